package scanner

import "time"

// Report is what one pass of a scanner did.
type Report struct {
	Examined int // things looked at
	Done     int // things changed
	Failed   int // things that could not be: they are tried again

	unread int       // indexes that could not be read, which count as failed too
	next   time.Time // when something is known to be due, by the server's clock; zero: nothing before the interval is over
}

func (r *Report) count(done bool, err error) {
	r.Examined++
	switch {
	case err != nil:
		r.Failed++
	case done:
		r.Done++
	}
}

func (r *Report) add(other Report) {
	r.Examined += other.Examined
	r.Done += other.Done
	r.Failed += other.Failed
}
