package valkey

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	leaseFeedBuffer = 64
	leaseFeedBatch  = 128 // events of one execution a round
	// A round reads all watched executions in one round trip. The pause after it grows as long as nothing happens.
	leaseFeedPoll, leaseFeedRest = 500 * time.Millisecond, 2 * time.Second
)

// SubscribeLeases follows the lease histories of executions and their entries in the expiry indexes: nothing writes the partitions'
// lease feeds that spec 04a §18.2 names, and a renewal is in no history. "From now on" is fixed before it returns.
func (b *Backend) SubscribeLeases(ctx context.Context, executions []engine.ExecutionID) (<-chan engine.LeaseChange, error) {
	const op = "subscribe_lease_history"
	f := &leaseFeed{b: b, out: make(chan engine.LeaseChange, leaseFeedBuffer)}
	for _, id := range executions {
		if err := checkExecutionID(op, id); err != nil {
			return nil, err
		}
		f.watched = append(f.watched, watchedLease{execution: id, last: "0-0"})
	}
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	go func() {
		defer close(f.out)
		wait := leaseFeedPoll
		for healthy := true; pause(ctx, wait); {
			told, err := f.round(ctx)
			if wait = min(wait*3/2, leaseFeedRest); told > 0 || err != nil {
				wait = leaseFeedPoll
			}
			if healthy && err != nil && !f.send(ctx, engine.LeaseChange{Lost: true}) {
				return
			}
			healthy = err == nil
		}
	}()
	return f.out, nil
}

// SubscribeInstanceTags is ClassUnavailable (spec 04a §18.5).
func (b *Backend) SubscribeInstanceTags(context.Context) error {
	return engine.Unavailable("subscribe_instance_tags")
}

// leaseFeed is one subscription.
type leaseFeed struct {
	b       *Backend
	watched []watchedLease
	out     chan engine.LeaseChange
}

// watchedLease is an execution with what was seen of it.
type watchedLease struct {
	execution engine.ExecutionID
	last      string  // entry of its history
	expires   float64 // its score in the expiry index; 0 when it is not there
}

// begin finds the ends of the histories.
func (f *leaseFeed) begin(ctx context.Context) error {
	ends := make([]*redis.XMessageSliceCmd, len(f.watched))
	scores := make([]*redis.FloatCmd, len(f.watched))
	err := f.b.pipelined(ctx, "subscribe_lease_history", func(p redis.Pipeliner) {
		for i, w := range f.watched {
			k := keysOf(w.execution)
			ends[i] = p.XRevRangeN(ctx, k.leaseHistory(), "+", "-", 1)
			scores[i] = p.ZScore(ctx, k.partition().leaseExpiry(), string(w.execution))
		}
	})
	if err != nil {
		return err
	}
	for i := range f.watched {
		if entries := ends[i].Val(); len(entries) > 0 {
			f.watched[i].last = entries[0].ID
		}
		f.watched[i].expires = scores[i].Val()
	}
	return nil
}

// round tells what happened since the last one, and how much that was. The error is that of a read; nothing is told then, and nothing
// missed.
func (f *leaseFeed) round(ctx context.Context) (told int, err error) {
	histories := make([]*redis.XMessageSliceCmd, len(f.watched))
	scores := make([]*redis.FloatCmd, len(f.watched))
	err = f.b.pipelined(ctx, "subscribe_lease_history", func(p redis.Pipeliner) {
		for i, w := range f.watched {
			k := keysOf(w.execution)
			histories[i] = p.XRangeN(ctx, k.leaseHistory(), entryAfter(w.last), "+", leaseFeedBatch)
			scores[i] = p.ZScore(ctx, k.partition().leaseExpiry(), string(w.execution))
		}
	})
	if err != nil {
		return 0, err
	}
	for i := range f.watched {
		for _, change := range f.watched[i].changes(histories[i].Val(), scores[i].Val()) {
			if !f.send(ctx, change) {
				return told, nil
			}
			told++
		}
	}
	return told, nil
}

// changes are the new entries of a history, or the renewal that a later expiry without one is.
func (w *watchedLease) changes(entries []redis.XMessage, expires float64) []engine.LeaseChange {
	renewed := expires > w.expires && w.expires > 0
	w.expires = expires
	if len(entries) == 0 {
		if !renewed {
			return nil
		}
		return []engine.LeaseChange{{Execution: w.execution, LeaseEvent: engine.LeaseEvent{Event: engine.LeaseRenewed, At: time.Now()}}}
	}
	changes := make([]engine.LeaseChange, len(entries))
	for i, entry := range entries {
		changes[i] = engine.LeaseChange{Execution: w.execution, LeaseEvent: decodeLeaseEvent(entry)}
		w.last = entry.ID
	}
	return changes
}

// send tells whether the change was taken.
func (f *leaseFeed) send(ctx context.Context, change engine.LeaseChange) bool {
	select {
	case f.out <- change:
		return true
	case <-ctx.Done():
		return false
	}
}
