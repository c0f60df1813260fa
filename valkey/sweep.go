package valkey

import (
	"cmp"
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	existsBatch = 1024 // keys of one EXISTS: some 50 kB on the wire
	existsSplit = 4    // the fewest parts that a batch with something in it is split into, all asked in one round trip
)

func indexKey(ref engine.IndexRef) string {
	k := partitionKeys(ref.Partition)
	switch {
	case ref.Name == engine.IndexEndedFlows:
		return k.endedFlows()
	case ref.Lane == "":
		return k.idx(string(ref.Name))
	default:
		return k.lane(ref.Lane, engine.LaneIndex(ref.Name))
	}
}

// occupancy remembers which indexes held something when they were last asked for.
type occupancy struct {
	mu   sync.Mutex
	held map[engine.IndexRef]struct{}
}

// Occupied splits its way to the indexes that exist: an EXISTS of many keys is one command and counts those that do, and the more
// there are among them the smaller are the parts that are asked next. Those that held something the last time are asked apart from the
// others, so that only what has changed since costs more than that.
func (b *Backend) Occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	const op = "occupied"
	exists := make([]bool, len(refs))
	var failed error
	for open := b.existsBatches(refs); len(open) > 0; {
		counts := make([]*redis.IntCmd, len(open))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, batch := range open {
				counts[i] = p.Exists(ctx, indexKeys(refs, batch)...)
			}
		})
		failed = cmp.Or(failed, err)
		var next [][]int
		for i, batch := range open {
			count, err := counts[i].Result()
			switch {
			case err != nil || count == 0:
			case count == int64(len(batch)):
				for _, at := range batch {
					exists[at] = true
				}
			default:
				next = append(next, split(batch, max(existsSplit, 2*int(count)))...)
			}
		}
		open = next
	}
	return b.occupancy.take(refs, exists), failed
}

// Clustered tells a cluster by the client that Connect made for it.
func (b *Backend) Clustered() bool {
	_, cluster := b.rdb.(*redis.ClusterClient)
	return cluster
}

// take remembers an answer and gives the indexes that hold something.
func (o *occupancy) take(refs []engine.IndexRef, exists []bool) []engine.IndexRef {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		o.held = map[engine.IndexRef]struct{}{}
	}
	var occupied []engine.IndexRef
	for i, ref := range refs {
		if !exists[i] {
			delete(o.held, ref)
			continue
		}
		o.held[ref] = struct{}{}
		occupied = append(occupied, ref)
	}
	return occupied
}

// existsGroup is what one EXISTS may ask together.
type existsGroup struct {
	slot engine.Partition // zero but in a cluster, where a command must stay in a slot
	held bool             // the last time
}

// existsBatches groups positions in refs so that one EXISTS may ask each group.
func (b *Backend) existsBatches(refs []engine.IndexRef) [][]int {
	groups := map[existsGroup][]int{}
	var order []existsGroup
	clustered := b.Clustered()
	b.occupancy.mu.Lock()
	for i, ref := range refs {
		var in existsGroup
		_, in.held = b.occupancy.held[ref]
		if clustered {
			in.slot = ref.Partition
		}
		if groups[in] == nil {
			order = append(order, in)
		}
		groups[in] = append(groups[in], i)
	}
	b.occupancy.mu.Unlock()
	var batches [][]int
	for _, in := range order {
		for group := groups[in]; len(group) > 0; {
			n := min(len(group), existsBatch)
			batches = append(batches, group[:n])
			group = group[n:]
		}
	}
	return batches
}

func indexKeys(refs []engine.IndexRef, positions []int) []string {
	keys := make([]string, len(positions))
	for i, at := range positions {
		keys[i] = indexKey(refs[at])
	}
	return keys
}

// split cuts a batch into at most parts pieces of about one size.
func split(batch []int, parts int) [][]int {
	size := (len(batch) + parts - 1) / parts
	var pieces [][]int
	for ; len(batch) > size; batch = batch[size:] {
		pieces = append(pieces, batch[:size])
	}
	return append(pieces, batch)
}

// Earliest reads the head of each index.
func (b *Backend) Earliest(ctx context.Context, refs []engine.IndexRef) []engine.IndexHead {
	const op = "earliest"
	reads := make([]*redis.ZSliceCmd, len(refs))
	_ = b.pipelined(ctx, op, func(p redis.Pipeliner) { // each command has its own error
		for i, ref := range refs {
			reads[i] = p.ZRangeWithScores(ctx, indexKey(ref), 0, 0)
		}
	})
	heads := make([]engine.IndexHead, len(refs))
	for i, read := range reads {
		found, err := read.Result()
		heads[i].Err = transport(op, err)
		if len(found) > 0 {
			heads[i].At = time.UnixMilli(int64(found[0].Score))
		}
	}
	return heads
}

// IndexMembers reads a run of an index.
func (b *Backend) IndexMembers(ctx context.Context, ref engine.IndexRef, offset, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	members, err := b.rdb.ZRange(ctx, indexKey(ref), int64(offset), int64(offset+limit-1)).Result()
	return members, transport("index_members", err)
}

// scoreOf renders a time as a bound of a range of scores.
func scoreOf(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
