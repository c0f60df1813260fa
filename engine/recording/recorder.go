package recording

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"ffboard/engine"
)

// DefaultLimit is how large a recording may become when nobody says otherwise.
const DefaultLimit = 1 << 30

const (
	// writeEvery is how much of a recording is lost at most when the program is killed.
	writeEvery = time.Second
	// mostWaiting is how many bytes wait to be written. A board is never held up: what is more is not recorded, and counted.
	mostWaiting = 2 * mostAnswer
)

// Options say what is recorded to where.
type Options struct {
	File    string
	Replace bool  // a recording that is there already goes; otherwise that is an error
	Limit   int64 // bytes; 0 means DefaultLimit
	Program string
	Start   string
	Now     func() time.Time // nil is time.Now
}

// Recorder is a backend that passes every call on to another one and keeps what its reads answered. It is closed by whoever made it.
type Recorder struct {
	reads
	file  *os.File
	now   func() time.Time
	began time.Time

	mu      sync.Mutex
	waiting []heard
	bytes   int // of waiting
	dropped int
	lastAt  int64
	closed  bool
	stopped error // why nothing is recorded any more
	size    int64

	wake    chan struct{} // has room for one
	closing chan struct{}
	ended   chan struct{}
}

// heard is one answer on its way to the file.
type heard struct {
	at       int64
	question question
	line     []byte
	note     string
}

// Record begins a recording of what a backend tells.
func Record(b engine.Attached, o Options) (*Recorder, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	file, err := create(o.File, o.Replace)
	if err != nil {
		return nil, err
	}
	r := &Recorder{file: file, now: o.Now, began: o.Now(), wake: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{})}
	r.reads = reads{Attached: b, from: r}
	w, err := newWriter(file, o.Limit, Header{Format: formatName, Version: Version, Program: o.Program, Began: r.began.UnixMilli(), Start: o.Start})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("record to %s: %w", o.File, err), file.Close(), os.Remove(o.File))
	}
	r.size = w.written
	go r.write(w)
	return r, nil
}

// CheckFree says that there is a file already which nobody wants to lose.
func CheckFree(path string, replace bool) error {
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("%s exists already: give another name, or --record-replace to lose what is in it", path)
	}
	return nil
}

// create makes the file, for its owner alone: a recording holds what the deployment holds.
func create(path string, replace bool) (*os.File, error) {
	const fresh = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	file, err := os.OpenFile(path, fresh, 0o600)
	if !errors.Is(err, fs.ErrExist) {
		return file, err
	}
	if err := CheckFree(path, replace); err != nil {
		return nil, err
	}
	if was, err := os.Lstat(path); err != nil || !was.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: it is not replaced", path)
	}
	if err := os.Remove(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, fresh, 0o600)
}

// answer asks the backend and keeps what it says. What the board no longer waits for is no answer.
func (r *Recorder) answer(ctx context.Context, q question, into any, live func() error) error {
	err := live()
	if ctx.Err() == nil {
		r.keep(q, into, err, "")
	}
	return err
}

// keep puts an answer in line. It is written as text at once: its parts may be shared with answers to come.
func (r *Recorder) keep(q question, answer any, failed error, note string) {
	line, err := lineOf(answer, failed)
	if err != nil || len(line) > mostAnswer {
		line = nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.stopped != nil {
		return
	}
	if line == nil || r.bytes+len(line) > mostWaiting {
		r.dropped++
		return
	}
	r.lastAt = max(r.lastAt, r.clock().UnixMilli())
	r.waiting = append(r.waiting, heard{r.lastAt, q, line, note})
	r.bytes += len(line)
	if r.bytes >= fullMember {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// clock goes on evenly also where the machine's clock is set meanwhile.
func (r *Recorder) clock() time.Time { return r.began.Add(r.now().Sub(r.began)) }

func lineOf(answer any, failed error) (line []byte, err error) {
	line = append(line, `{"Answer":`...)
	if failed != nil {
		line = append(line[:0], `{"Error":`...)
		line, err = encodeError(line, failed)
	} else {
		line, err = encode(line, answer)
	}
	return append(line, "}\n"...), err
}

// write writes what is in line until the recorder is closed.
func (r *Recorder) write(w *writer) {
	defer close(r.ended)
	ticker := time.NewTicker(writeEvery)
	defer ticker.Stop()
	for open := true; open; {
		select {
		case <-r.wake:
		case <-ticker.C:
		case <-r.closing:
			open = false
		}
		if err := r.writeWaiting(w); err != nil {
			r.mu.Lock()
			r.stopped, r.waiting, r.bytes = err, nil, 0
			r.mu.Unlock()
			return
		}
		r.mu.Lock()
		r.size = w.written
		r.mu.Unlock()
	}
}

func (r *Recorder) writeWaiting(w *writer) error {
	r.mu.Lock()
	waiting := r.waiting
	w.index.Dropped += r.dropped
	r.waiting, r.bytes, r.dropped = nil, 0, 0
	r.mu.Unlock()
	for _, h := range waiting {
		w.add(h)
		if w.full() {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return w.flush()
}

// State is how far a recording has come.
type State struct {
	Bytes   int64
	For     time.Duration // up to the last answer that was kept
	Stopped error         // nil: it goes on
}

// State tells how far the recording has come, and why it has ended if it has.
func (r *Recorder) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return State{r.size, time.Duration(max(r.lastAt-r.began.UnixMilli(), 0)) * time.Millisecond, r.stopped}
}

// Close writes what is in line and closes the file.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.mu.Unlock()
	close(r.closing)
	<-r.ended
	return errors.Join(r.State().Stopped, r.file.Close())
}
