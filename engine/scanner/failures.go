package scanner

import (
	"sync"
	"time"
)

const (
	failuresToRest = 3 // failures in a row after which a thing is left alone
	firstRest      = 2 * time.Second
	longestRest    = time.Minute
)

// failures leaves alone what keeps failing, so that it does not take the time of what would not (spec 05 §3.4): for 2 s, and for
// twice as long each time it fails again, up to a minute.
type failures struct {
	mu    sync.Mutex
	items map[string]*failing
	swept time.Time
}

type failing struct {
	inARow int
	rest   time.Duration
	until  time.Time
}

func newFailures() *failures { return &failures{items: map[string]*failing{}} }

// rests tells whether an item is left alone at this time.
func (f *failures) rests(item string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	failed := f.items[item]
	return failed != nil && now.Before(failed.until)
}

// note remembers how an item went; it tells for how long the item is left alone now.
func (f *failures) note(item string, err error, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		delete(f.items, item)
		return 0
	}
	failed := f.items[item]
	if failed == nil {
		f.forget(now)
		failed = &failing{}
		f.items[item] = failed
	}
	failed.inARow++
	if failed.inARow < failuresToRest {
		failed.until = now
		return 0
	}
	failed.rest = min(max(firstRest, 2*failed.rest), longestRest)
	failed.until = now.Add(failed.rest)
	return failed.rest
}

// forget lets go of what has not been tried for long: it is over, or others handled it.
func (f *failures) forget(now time.Time) {
	if now.Sub(f.swept) < longestRest {
		return
	}
	f.swept = now
	for item, failed := range f.items {
		if now.Sub(failed.until) > longestRest {
			delete(f.items, item)
		}
	}
}
