package scanner

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"ffboard/engine"
)

const (
	sliceCount = 4 // shares that the partitions are divided into: those with equal remainders
	// An engine that dies has its partitions looked after by another one within shareTTL + shareKeep, and what became due in them
	// meanwhile is handled at once.
	shareTTL  = 6 * time.Second
	shareKeep = shareTTL / 4
	// shareWanted is a share by itself: its holder has fewer slices than somebody else and asks for one.
	shareWanted = "partitions:wanted"
)

// shares are the partitions that this engine looks after. An engine takes whatever is free, so that others take over when one is
// gone, and leaves a slice to one that has two fewer.
type shares struct {
	hold func(ctx context.Context, share, name string, ttl time.Duration) (held bool, holder string, err error)
	name string
	log  *slog.Logger
	// gained is told when the engine begins to look after partitions that nobody may have looked after for a while.
	gained func()
	gains  atomic.Int64 // how often that was so

	mu    sync.Mutex
	until [sliceCount]time.Time // until when a slice is held

	holders [sliceCount]string    // who holds each, as last seen
	left    [sliceCount]time.Time // until when a slice is left to whoever wanted it
}

func shareName(slice int) string { return fmt.Sprintf("partitions:%d/%d", slice, sliceCount) }

// holds tells whether this engine looks after a partition.
func (s *shares) holds(p engine.Partition) bool { return s.holdsSlice(int(p.Index) % sliceCount) }

func (s *shares) holdsSlice(slice int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until[slice])
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
		s.balance(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for slice := range sliceCount {
		if s.holdsSlice(slice) {
			s.letGo(ctx, slice)
		}
	}
}

// takeAll tries the shares in random order, so that engines which start together divide them.
func (s *shares) takeAll(ctx context.Context) {
	gained := false
	for _, slice := range rand.Perm(sliceCount) {
		if time.Now().After(s.left[slice]) {
			gained = s.take(ctx, slice) || gained
		}
	}
	if gained {
		s.gains.Add(1)
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
	s.holders[slice] = holder
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
	if !had {
		s.log.Info("looking after a share of the partitions", "share", shareName(slice))
	}
	return !had
}

// balance asks for a slice when somebody has two more than this engine, and leaves one to whoever asks and has two fewer.
func (s *shares) balance(ctx context.Context) {
	counts := map[string]int{}
	for _, holder := range s.holders {
		counts[holder]++
	}
	own := counts[s.name]
	for holder, n := range counts {
		if holder != "" && n >= own+2 {
			_, _, _ = s.hold(ctx, shareWanted, s.name, shareTTL)
			return
		}
	}
	if own < 2 {
		return
	}
	_, asking, err := s.hold(ctx, shareWanted, s.name, time.Millisecond)
	if err != nil || asking == "" || asking == s.name || counts[asking] > own-2 {
		return
	}
	for slice := range sliceCount {
		if s.holdsSlice(slice) {
			s.log.Info("leaving a share of the partitions to another engine", "share", shareName(slice), "to", asking)
			s.left[slice] = time.Now().Add(2 * shareKeep)
			s.letGo(ctx, slice)
			return
		}
	}
}

// letGo makes a slice free for others. When the server does not answer, it is free when its time is over.
func (s *shares) letGo(ctx context.Context, slice int) {
	s.mu.Lock()
	s.until[slice] = time.Time{}
	s.mu.Unlock()
	s.holders[slice] = ""
	_, _, _ = s.hold(ctx, shareName(slice), s.name, 0)
}
