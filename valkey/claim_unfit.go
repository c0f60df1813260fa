package valkey

import (
	"sync"
	"time"

	"ffboard/engine"
)

const (
	mostUnfit   = 50_000 // executions that are remembered for workers who are able to do the same
	unfitWhiles = time.Minute
)

// unfitFor remembers, for what workers are able to do, which executions ask for more: that is told when an execution is created and never
// changes. Everything is forgotten now and then, for ids of what is purged would stay for ever.
type unfitFor struct {
	mu    sync.Mutex
	known map[string]map[engine.ExecutionID]struct{} // by capabilities
	since time.Time
}

// note remembers that an execution asks for more than these capabilities.
func (u *unfitFor) note(capabilities string, execution engine.ExecutionID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := time.Now(); u.known == nil || now.Sub(u.since) > unfitWhiles {
		u.known, u.since = map[string]map[engine.ExecutionID]struct{}{}, now
	}
	unfit := u.known[capabilities]
	if unfit == nil || len(unfit) >= mostUnfit {
		unfit = map[engine.ExecutionID]struct{}{}
		u.known[capabilities] = unfit
	}
	unfit[execution] = struct{}{}
}

// has tells whether an execution is known to ask for more.
func (u *unfitFor) has(capabilities string, execution engine.ExecutionID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, known := u.known[capabilities][execution]
	return known
}
