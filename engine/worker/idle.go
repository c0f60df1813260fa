package worker

import (
	"context"
	"math/rand/v2"
	"time"
)

// Bounds of the pause after an empty poll.
const (
	idleMin = 20 * time.Millisecond
	idleMax = time.Second
)

// idle is a pause that doubles each time until it is reset. The zero value is ready.
type idle struct{ last time.Duration }

func (i *idle) reset() { i.last = 0 }

// next is the pause to make now: up to a quarter shorter than the doubling says, so that workers do not poll in step.
func (i *idle) next() time.Duration {
	i.last = min(max(i.last*2, idleMin), idleMax)
	return i.last - rand.N(i.last/4)
}

// pause waits until d is over or something wakes it; false when ctx ended.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	return pauseUntil(ctx, d, wake, nil)
}

// pauseUntil has a second thing to be woken by.
func pauseUntil(ctx context.Context, d time.Duration, wake, changed <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-changed:
	case <-timer.C:
	}
	return ctx.Err() == nil
}
