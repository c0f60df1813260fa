package valkey

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	movingPerLook  = 12 // terminal indexes to which something was added lately
	restingPerLook = 4  // the others
	endedSamples   = 2  // executions of one index whose outcome is looked at
)

// endedTally keeps what was counted of the terminal indexes.
type endedTally struct {
	mu              sync.Mutex
	moving, resting turns[engine.IndexRef]
	counts          map[engine.IndexRef]endedCount
}

// endedCount is what one terminal index said.
type endedCount struct {
	engine.EndedLately
	outcomes []engine.TerminalOutcome
}

// Ended counts the terminal indexes by time (spec 06 §12.2): those that grow more often than those that do not.
func (b *Backend) Ended(ctx context.Context) (engine.Ended, error) {
	t := &b.overview.ended
	t.mu.Lock()
	defer t.mu.Unlock()
	now, err := b.ServerTime(ctx)
	if err != nil {
		return engine.Ended{}, err
	}
	all := b.depths.holding(engine.IndexName(engine.IndexTerminal))
	moving, resting := t.divide(all, b.depths.growing())
	turn := append(t.moving.take(moving, movingPerLook, 4*movingPerLook), t.resting.take(resting, restingPerLook, 2*movingPerLook)...)
	if err := b.countEnded(ctx, t, turn, now); err != nil {
		return engine.Ended{}, err
	}
	return t.sum(all), nil
}

// divide tells the indexes that grow from the others, and forgets those that hold nothing any more.
func (t *endedTally) divide(all []engine.IndexRef, growing map[engine.IndexRef]bool) (moving, resting []engine.IndexRef) {
	kept := make(map[engine.IndexRef]endedCount, len(all))
	for _, ref := range all {
		if count, counted := t.counts[ref]; counted {
			kept[ref] = count
		}
		if growing[ref] || t.counts[ref].Minute > 0 {
			moving = append(moving, ref)
		} else {
			resting = append(resting, ref)
		}
	}
	t.counts = kept
	return moving, resting
}

// growing are the terminal indexes that were larger the last time than the time before.
func (t *depthTally) growing() map[engine.IndexRef]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	growing := map[engine.IndexRef]bool{}
	for ref, count := range t.counts {
		if ended(ref) && count.changed {
			growing[ref] = true
		}
	}
	return growing
}

func (b *Backend) countEnded(ctx context.Context, t *endedTally, turn []engine.IndexRef, now time.Time) error {
	const op = "ended"
	lately, minutes := make([]*redis.IntCmd, len(turn)), make([]*redis.IntCmd, len(turn))
	latest := make([]*redis.StringSliceCmd, len(turn))
	minute := scoreOf(now.Add(-time.Minute))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, ref := range turn {
			lately[i] = p.ZCount(ctx, indexKey(ref), scoreOf(now.Add(-engine.EndedWindow)), "+inf")
			minutes[i] = p.ZCount(ctx, indexKey(ref), minute, "+inf")
			latest[i] = p.ZRevRangeByScore(ctx, indexKey(ref), &redis.ZRangeBy{Min: minute, Max: "+inf", Count: endedSamples})
		}
	})
	if err != nil {
		return err
	}
	outcomes := make([][]*redis.StringCmd, len(turn))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i := range turn {
			for _, id := range executionIDs(latest[i].Val()) {
				outcomes[i] = append(outcomes[i], p.HGet(ctx, keysOf(id).core(), "terminal_outcome"))
			}
		}
	})
	if err != nil {
		return err
	}
	for i, ref := range turn {
		count := endedCount{EndedLately: engine.EndedLately{Lately: int(lately[i].Val()), Minute: int(minutes[i].Val())}}
		for _, read := range outcomes[i] {
			count.outcomes = append(count.outcomes, engine.TerminalOutcome(read.Val()))
		}
		t.counts[ref] = count
	}
	return nil
}

// sum adds up what is known of all terminal indexes.
func (t *endedTally) sum(all []engine.IndexRef) engine.Ended {
	sum := engine.Ended{
		Looked: engine.Looked{At: len(t.counts), Of: len(all)}, ByLane: map[engine.LaneID]engine.EndedLately{},
		Outcomes: map[engine.TerminalOutcome]int{},
	}
	for ref, count := range t.counts {
		lane := sum.ByLane[ref.Lane]
		lane.Lately += count.Lately
		lane.Minute += count.Minute
		sum.ByLane[ref.Lane] = lane
		for _, outcome := range count.outcomes {
			sum.Outcomes[outcome]++
		}
	}
	return sum
}
