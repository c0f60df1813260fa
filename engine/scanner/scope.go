package scanner

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"ffboard/engine"
)

// scope is what all scanners of an engine work with.
type scope struct {
	b      Backend
	cfg    Config
	log    *slog.Logger
	clock  *engine.ServerClock
	shares *shares
	lanes  *laneList
	news   *news
}

// actionsAtOnce is how many things one scanner does at the same time.
const actionsAtOnce = 8

// refs names one index of every partition that this engine looks after.
func (s *scope) refs(partitions iter.Seq[engine.Partition], name engine.IndexName) []engine.IndexRef {
	var refs []engine.IndexRef
	for p := range partitions {
		if s.shares.holds(p) {
			refs = append(refs, engine.IndexRef{Partition: p, Name: name})
		}
	}
	return refs
}

// flowRefs names an index of every flow partition.
func (s *scope) flowRefs(name engine.IndexName) []engine.IndexRef {
	return s.refs(s.b.Partitions().FlowPartitions(), name)
}

// laneRefs names indexes of every lane of every flow partition.
func (s *scope) laneRefs(ctx context.Context, names ...engine.LaneIndex) ([]engine.IndexRef, error) {
	lanes, err := s.lanes.all(ctx)
	if err != nil {
		return nil, err
	}
	var refs []engine.IndexRef
	for p := range s.b.Partitions().FlowPartitions() {
		if !s.shares.holds(p) {
			continue
		}
		for _, lane := range lanes {
			for _, name := range names {
				refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(name)})
			}
		}
	}
	return refs, nil
}

// each acts on every item, several at a time, and counts. It stops beginning new ones when ctx ends.
func each[T any](ctx context.Context, items []T, report *Report, act func(T) (done bool, err error)) {
	var mu sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, actionsAtOnce)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			done, err := act(item)
			mu.Lock()
			defer mu.Unlock()
			report.count(done, err)
		})
	}
	running.Wait()
}

// pause waits; false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
