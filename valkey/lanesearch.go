package valkey

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// laneSearch finds lanes that no engine has declared: creating an execution on a lane does not put it into the registry, so only the
// executions themselves know (spec 01 §3.9.2, 06 §12.1). The first look samples every partition; after that a few executions are
// looked at with each count, round and round.
type laneSearch struct {
	mu        sync.Mutex
	sampled   bool
	partition uint16
	cursor    uint64
	rests     time.Time // no look before that
}

const (
	laneSample   = 512 // executions in the first look, some of each partition
	laneStep     = 12  // executions in each later one
	laneRestTime = time.Minute
)

// searchLanes looks a little further. What it cannot read is looked at again another time.
func (b *Backend) searchLanes(ctx context.Context) {
	s := &b.laneSearch
	if !s.mu.TryLock() {
		return // somebody is at it
	}
	defer s.mu.Unlock()
	if !s.sampled {
		s.sampled = b.sampleLanes(ctx) == nil
		return
	}
	if time.Now().Before(s.rests) {
		return
	}
	key := partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: s.partition}).allExecutions()
	members, next, err := b.rdb.SScan(ctx, key, s.cursor, "", laneStep).Result()
	if err != nil || b.meetLanes(ctx, members) != nil {
		return
	}
	if s.cursor = next; next != 0 {
		return
	}
	if s.partition++; s.partition >= b.Partitions().Flow {
		s.partition, s.rests = 0, time.Now().Add(laneRestTime)
	}
}

var metFields = []string{"lane_id", "namespace"}

// sampleLanes looks at some executions of every partition that has any.
func (b *Backend) sampleLanes(ctx context.Context) error {
	var refs []engine.IndexRef
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexAllExecutions})
	}
	occupied, err := b.Occupied(ctx, refs)
	if err != nil || len(occupied) == 0 {
		return err
	}
	each := int64((laneSample + len(occupied) - 1) / len(occupied))
	picks := make([]*redis.StringSliceCmd, len(occupied))
	err = b.pipelined(ctx, "search_lanes", func(p redis.Pipeliner) {
		for i, ref := range occupied {
			picks[i] = p.SRandMemberN(ctx, indexKey(ref), each)
		}
	})
	if err != nil {
		return err
	}
	var members []string
	for _, pick := range picks {
		members = append(members, pick.Val()...)
	}
	return b.meetLanes(ctx, members)
}

// meetLanes notes the lanes of executions, and their namespaces, which nothing lists either.
func (b *Backend) meetLanes(ctx context.Context, members []string) error {
	var reads []*redis.SliceCmd
	err := b.pipelined(ctx, "search_lanes", func(p redis.Pipeliner) {
		for _, member := range members {
			if execution, err := engine.ParseExecutionID(member); err == nil {
				reads = append(reads, p.HMGet(ctx, keysOf(execution).core(), metFields...))
			}
		}
	})
	for _, read := range reads {
		r := readHash(read, metFields)
		b.sawLane(engine.LaneID(r.text("lane_id")))
		if ns, named := r.fields["namespace"]; named {
			b.sawNamespace(engine.Namespace(ns))
		}
	}
	return err
}
