package scanner

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	sliceCount = 4 // shares that the partitions are divided into: those with equal remainders
	shareTTL   = 15 * time.Second
	shareKeep  = shareTTL / 3
)

// shares are the partitions that this engine looks after. An engine takes whatever is free, so a second one stands by and takes over
// when the first is gone.
type shares struct {
	hold func(ctx context.Context, share, name string, ttl time.Duration) (held bool, holder string, err error)
	name string
	log  *slog.Logger
	// gained is told when the engine begins to look after partitions that nobody may have looked after for a while.
	gained func()

	mu    sync.Mutex
	until [sliceCount]time.Time // until when a slice is held
}

func shareName(slice int) string { return fmt.Sprintf("partitions:%d/%d", slice, sliceCount) }

// holds tells whether this engine looks after a partition.
func (s *shares) holds(p engine.Partition) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until[int(p.Index)%sliceCount])
}

// held names the shares that this engine holds.
func (s *shares) held() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for slice, until := range s.until {
		if time.Now().Before(until) {
			names = append(names, shareName(slice))
		}
	}
	return names
}

// keep takes and keeps shares until ctx ends, and lets go of them then.
func (s *shares) keep(ctx context.Context) {
	s.takeAll(ctx)
	for pause(ctx, shareKeep) {
		s.takeAll(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for slice := range sliceCount {
		if time.Now().Before(s.until[slice]) {
			_, _, _ = s.hold(ctx, shareName(slice), s.name, time.Millisecond)
		}
	}
}

// takeAll tries the shares in random order, so that engines which start together divide them.
func (s *shares) takeAll(ctx context.Context) {
	gained := false
	for _, slice := range rand.Perm(sliceCount) {
		gained = s.take(ctx, slice) || gained
	}
	if gained {
		s.gained()
	}
}

// take tells whether a slice is held that was not before. When the server does not answer, a slice is held until it lapses.
func (s *shares) take(ctx context.Context, slice int) (gained bool) {
	askedAt := time.Now()
	held, holder, err := s.hold(ctx, shareName(slice), s.name, shareTTL)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("share of the partitions not kept, trying again", "share", shareName(slice), "error", err)
		}
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	had := askedAt.Before(s.until[slice])
	if !held {
		if had {
			s.log.Warn("share of the partitions lost", "share", shareName(slice), "holder", holder)
		}
		s.until[slice] = time.Time{}
		return false
	}
	s.until[slice] = askedAt.Add(shareTTL)
	return !had
}
