package scanner

import "sync"

const (
	failuresToRest = 3  // failures in a row after which a thing is left alone
	passesToRest   = 10 // for how many passes
)

// failures leaves alone what keeps failing, so that it does not take the time of what would not (spec 05 §3.4).
type failures struct {
	mu    sync.Mutex
	pass  int
	items map[string]*failing
}

type failing struct {
	inARow  int
	resting int // until which pass
}

func newFailures() *failures { return &failures{items: map[string]*failing{}} }

// begin begins a pass.
func (f *failures) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass++
}

// rests tells whether an item is left alone in this pass.
func (f *failures) rests(item string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	failed := f.items[item]
	if failed == nil || failed.inARow < failuresToRest {
		return false
	}
	if f.pass < failed.resting {
		return true
	}
	delete(f.items, item)
	return false
}

// note remembers how an item went; it tells whether the item is left alone from now on.
func (f *failures) note(item string, err error) (rests bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		delete(f.items, item)
		return false
	}
	failed := f.items[item]
	if failed == nil {
		failed = &failing{}
		f.items[item] = failed
	}
	failed.inARow++
	if failed.inARow < failuresToRest {
		return false
	}
	failed.resting = f.pass + passesToRest
	return true
}
