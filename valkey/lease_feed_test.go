package valkey

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// nextChange waits for one change of a lease.
func (x bench) nextChange(changes <-chan engine.LeaseChange) engine.LeaseChange {
	x.Helper()
	select {
	case change, open := <-changes:
		if !open {
			x.Fatal("the subscription ended")
		}
		return change
	case <-time.After(20 * time.Second):
		x.Fatal("no change")
	}
	return engine.LeaseChange{}
}

func TestQ164AWatchedClaimIsToldWithinASecond(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		var ids []engine.ExecutionID
		for range 5 {
			ids = append(ids, x.submit())
		}
		changes, err := x.SubscribeLeases(x.ctx, ids)
		x.must(err)
		soonest := time.Hour // a busy machine may be late for some
		for _, id := range ids {
			h := x.claim(id)
			claimed := time.Now()
			change := x.nextChange(changes)
			if change.Event != engine.LeaseAcquired || change.Execution != id || change.Fields["lease_id"] != string(h.LeaseID) {
				t.Errorf("told %+v", change)
			}
			soonest = min(soonest, time.Since(claimed))
		}
		if soonest > time.Second {
			t.Errorf("told after %v", soonest)
		}
	})
}

func TestQ164ALossOfALeaseFeedIsToldOnceAndNothingIsMissed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		ctx, cancel := context.WithCancel(x.ctx)
		line := &outage{}
		b.rdb.AddHook(line)
		id := x.submit()
		changes, err := x.SubscribeLeases(ctx, []engine.ExecutionID{id})
		x.must(err)
		x.claim(id)
		if change := x.nextChange(changes); change.Event != engine.LeaseAcquired {
			t.Errorf("told %+v", change)
		}
		line.down.Store(true)
		if change := x.nextChange(changes); !change.Lost {
			t.Errorf("told %+v", change)
		}
		line.down.Store(false)
		revoked, err := x.RevokeLease(x.ctx, id, "", "maintenance")
		x.must(err)
		if change := x.nextChange(changes); !revoked || change.Lost || change.Event != engine.LeaseRevoked {
			t.Errorf("told %+v", change)
		}
		cancel()
		for range changes { // ends
		}
	})
}

// outage fails the pipelines of a client while it is down.
type outage struct{ down atomic.Bool }

func (o *outage) DialHook(next redis.DialHook) redis.DialHook { return next }

func (o *outage) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (o *outage) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if !o.down.Load() {
			return next(ctx, cmds)
		}
		err := errors.New("the line is down")
		for _, cmd := range cmds {
			cmd.SetErr(err)
		}
		return err
	}
}
