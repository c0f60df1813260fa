package valkey

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	retentionPage = 500 // members of a terminal index looked at in one round trip
	purgesAtOnce  = 8
)

// retention is what trimming knows of the terminal indexes, so that a pass costs nothing for what is kept: executions whose own
// policy says how long they are kept, and up to where an index has been looked through for such ones. It is a shortcut only:
// starting again from nothing finds the same.
type retention struct {
	mu    sync.Mutex
	lanes map[engine.IndexRef]*laneRetention
}

type laneRetention struct {
	mu   sync.Mutex
	seen float64                          // highest score looked at, in ms
	own  map[engine.ExecutionID]time.Time // when an execution with a retention of its own is due
}

func (r *retention) of(p engine.Partition, lane engine.LaneID) *laneRetention {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lanes == nil {
		r.lanes = map[engine.IndexRef]*laneRetention{}
	}
	ref := engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexTerminal)}
	if r.lanes[ref] == nil {
		r.lanes[ref] = &laneRetention{own: map[engine.ExecutionID]time.Time{}}
	}
	return r.lanes[ref]
}

// TrimRetention deletes executions that ended longer ago than keep, or than their own policy's stream_policy.retention_ttl_ms
// (spec 04a §19.7, Q-195, Q-196): at most batch, so a full batch means that there is more to do. Failures of single executions are
// joined into the error; the count stands.
func (b *Backend) TrimRetention(ctx context.Context, p engine.Partition, lane engine.LaneID, keep time.Duration, now time.Time, batch int) (int, error) {
	known := b.retention.of(p, lane)
	known.mu.Lock()
	defer known.mu.Unlock()
	key := partitionKeys(p).lane(lane, engine.IndexTerminal)
	if err := b.lookThrough(ctx, key, known); err != nil {
		return 0, err
	}
	due, err := b.dueForTrimming(ctx, key, known, keep, now, batch)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	pending, err := b.pendingWaitpoints(ctx, p)
	if err != nil {
		return 0, err
	}
	return b.purgeAll(ctx, p, lane, due, pending, known)
}

// lookThrough reads the policies of executions that ended since the last pass.
func (b *Backend) lookThrough(ctx context.Context, key string, known *laneRetention) error {
	const op = "trim_retention"
	from := strconv.FormatFloat(known.seen, 'f', -1, 64)
	for offset := int64(0); ; offset += retentionPage {
		ended, err := b.rdb.ZRangeByScoreWithScores(ctx, key, &redis.ZRangeBy{
			Min: from, Max: "+inf", Offset: offset, Count: retentionPage,
		}).Result()
		if err != nil {
			return engine.Transport(op, err)
		}
		policies := make([]*redis.StringCmd, len(ended))
		err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, e := range ended {
				policies[i] = p.Get(ctx, keysOf(memberID(e)).policy())
			}
		})
		if err != nil {
			return err
		}
		for i, e := range ended {
			known.seen = max(known.seen, e.Score)
			if own, found := ownRetention(policies[i].Val()); found {
				known.own[memberID(e)] = time.UnixMilli(int64(e.Score)).Add(own)
			}
		}
		if len(ended) < retentionPage {
			return nil
		}
	}
}

func memberID(z redis.Z) engine.ExecutionID {
	member, _ := z.Member.(string)
	return engine.ExecutionID(member)
}

// ownRetention is the retention that a policy names.
func ownRetention(policy string) (time.Duration, bool) {
	var p struct {
		Stream struct {
			RetentionTTL *uint64 `json:"retention_ttl_ms"`
		} `json:"stream_policy"`
	}
	if policy == "" || json.Unmarshal([]byte(policy), &p) != nil || p.Stream.RetentionTTL == nil {
		return 0, false
	}
	const longest = uint64(1<<63-1) / uint64(time.Millisecond)
	return time.Duration(min(*p.Stream.RetentionTTL, longest)) * time.Millisecond, true
}

// dueForTrimming lists at most batch executions whose time has come: those with a retention of their own first.
func (b *Backend) dueForTrimming(ctx context.Context, key string, known *laneRetention, keep time.Duration, now time.Time, batch int) ([]engine.ExecutionID, error) {
	var due []engine.ExecutionID
	for id, at := range known.own {
		if len(due) < batch && !at.After(now) {
			due = append(due, id)
		}
	}
	for offset := int64(0); len(due) < batch; offset += retentionPage {
		members, err := b.rdb.ZRangeByScore(ctx, key, &redis.ZRangeBy{
			Min: "-inf", Max: scoreOf(now.Add(-keep)), Offset: offset, Count: retentionPage,
		}).Result()
		if err != nil {
			return nil, engine.Transport("trim_retention", err)
		}
		for _, member := range members {
			if _, own := known.own[engine.ExecutionID(member)]; !own && len(due) < batch {
				due = append(due, engine.ExecutionID(member))
			}
		}
		if len(members) < retentionPage {
			break
		}
	}
	return due, nil
}

// pendingWaitpoints are the waitpoints of a partition that were made ahead of a suspension, by execution: FlowFabric's library lists
// them nowhere else, and they would outlive the execution.
func (b *Backend) pendingWaitpoints(ctx context.Context, p engine.Partition) (map[engine.ExecutionID][]engine.WaitpointID, error) {
	const op = "trim_retention"
	k := partitionKeys(p)
	members, err := b.rdb.ZRange(ctx, k.pendingWaitpointExpiry(), 0, -1).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	owners := make([]*redis.StringCmd, len(members))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, member := range members {
			owners[i] = p.HGet(ctx, k.waitpoint(engine.WaitpointID(member)), "execution_id")
		}
	})
	pending := map[engine.ExecutionID][]engine.WaitpointID{}
	for i, member := range members {
		owner := engine.ExecutionID(owners[i].Val())
		pending[owner] = append(pending[owner], engine.WaitpointID(member))
	}
	return pending, err
}

// purgeAll purges several at a time and counts those that are gone.
func (b *Backend) purgeAll(ctx context.Context, p engine.Partition, lane engine.LaneID, due []engine.ExecutionID,
	pending map[engine.ExecutionID][]engine.WaitpointID, known *laneRetention,
) (int, error) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, purgesAtOnce)
	gone := make([]bool, len(due))
	failures := make([]error, len(due))
	for i, id := range due {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			gone[i], failures[i] = b.purge(ctx, purge{id: id, partition: p, lane: lane, pending: pending[id]})
		})
	}
	wg.Wait()
	count := 0
	for i, id := range due {
		if failures[i] == nil {
			delete(known.own, id) // purged, or back at work: its next end is looked at anew
		}
		if gone[i] {
			count++
		}
	}
	return count, errors.Join(failures...)
}
