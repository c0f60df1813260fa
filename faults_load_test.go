package main

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
	"ffboard/valkey/audittest"
)

const (
	loadEvery = 20 * time.Millisecond // a new execution, while fewer than loadOpen have not ended
	loadOpen  = 60
	// loadSettled holds those back that depend on others until that is on record.
	loadSettled = 500 * time.Millisecond
)

// load keeps a deployment busy while something of it breaks, and remembers what it was told of each execution.
type load struct {
	t testing.TB
	b *valkey.Backend

	mu     sync.Mutex
	told   map[engine.ExecutionID]time.Time // those whose creation was acknowledged, and when
	ended  map[engine.ExecutionID]end       // those that were seen to have ended
	more   chan struct{}                    // closed and renewed with each acknowledgement
	judged sync.Mutex                       // held while the deployment is judged: it would grow for as long as that takes
	stop   context.CancelFunc
	during sync.WaitGroup
}

// end is how an execution ended, and when that was seen.
type end struct {
	state engine.PublicState
	seen  time.Time
}

func startLoad(t testing.TB, b *valkey.Backend) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{
		t: t, b: b, stop: stop, more: make(chan struct{}),
		told: map[engine.ExecutionID]time.Time{}, ended: map[engine.ExecutionID]end{},
	}
	l.during.Go(func() { stepByStep(ctx, l.step) })
	t.Cleanup(func() { stop(); l.during.Wait() })
	return l
}

// stepByStep makes load until ctx ends, one step after the other.
func stepByStep(ctx context.Context, step func(ctx context.Context, n int)) {
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(loadEvery):
			step(ctx, n)
		}
	}
}

func (l *load) step(ctx context.Context, n int) {
	l.judged.Lock()
	defer l.judged.Unlock()
	if n%10 == 0 {
		l.look(ctx)
	}
	switch {
	case l.open() >= loadOpen:
	case n%8 == 0:
		l.flow(ctx)
	default:
		kind := faultKinds[n%len(faultKinds)]
		l.create(ctx, engine.CreateExecution{ID: l.b.Partitions().NewFlowMember(engine.NewFlowID()), Kind: kind})
	}
}

var faultKinds = slices.Sorted(maps.Keys(faultHandlers))

// create tells whether it was acknowledged.
func (l *load) create(ctx context.Context, c engine.CreateExecution) bool {
	c.Namespace, c.Lane, c.CreatorIdentity = "faults", cmp.Or(c.Lane, e2eLane), "test"
	c.Policy = &engine.ExecutionPolicy{Retry: &engine.RetryPolicy{
		MaxRetries: 3, Backoff: engine.Backoff{Kind: engine.BackoffFixed, Fixed: 10 * time.Millisecond},
	}}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := l.b.CreateExecution(ctx, c); err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[c.ID] = time.Now()
	close(l.more)
	l.more = make(chan struct{})
	return true
}

// flow makes a flow of two, of which one waits for the other. What fails halfway is left as it is.
func (l *load) flow(ctx context.Context) {
	flow, edge := engine.NewFlowID(), engine.NewEdgeID()
	first, second := l.b.Partitions().NewFlowMember(flow), l.b.Partitions().NewFlowMember(flow)
	if _, err := l.b.CreateFlow(ctx, engine.CreateFlow{ID: flow, Kind: "pair", Namespace: "faults"}); err != nil {
		return
	}
	for _, c := range []engine.CreateExecution{{ID: first, Kind: "stream"}, {ID: second, Kind: "long", DelayUntil: time.Now().Add(loadSettled)}} {
		if !l.create(ctx, c) {
			return
		}
		if _, _, err := l.b.AddExecutionToFlow(ctx, flow, c.ID); err != nil {
			return
		}
	}
	staged := engine.StageEdge{Flow: flow, Edge: edge, Upstream: first, Downstream: second, ExpectedRevision: 2}
	revision, err := l.b.StageDependencyEdge(ctx, staged)
	if err != nil {
		return
	}
	_, _, _ = l.b.ApplyDependencyToChild(ctx, engine.ApplyEdge{
		Flow: flow, Edge: edge, Upstream: first, Downstream: second, GraphRevision: revision,
	})
}

// acknowledged waits until so many more creations were acknowledged.
func (l *load) acknowledged(n int) {
	l.t.Helper()
	limit := time.After(3 * soon)
	for range n {
		l.mu.Lock()
		more := l.more
		l.mu.Unlock()
		select {
		case <-more:
		case <-limit:
			l.t.Fatalf("nothing more is acknowledged: %d are open", l.open())
		}
	}
}

// atRandom returns at a random moment, under load.
func (l *load) atRandom() {
	l.t.Helper()
	l.acknowledged(1 + rand.IntN(15))
	<-time.After(rand.N(loadEvery)) // no moment between two creations is left out
}

func (l *load) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.told) - len(l.ended)
}

// over is how many were seen to have ended.
func (l *load) over() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ended)
}

// all are those that were acknowledged until a moment.
func (l *load) all(until time.Time) []engine.ExecutionID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []engine.ExecutionID
	for id, at := range l.told {
		if at.Before(until) {
			ids = append(ids, id)
		}
	}
	return ids
}

// unfinished are those that were not seen to have ended.
func (l *load) unfinished() (ids []engine.ExecutionID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.told {
		if _, ended := l.ended[id]; !ended {
			ids = append(ids, id)
		}
	}
	return ids
}

// look notes which have ended. What cannot be read now is looked at again.
func (l *load) look(ctx context.Context) {
	asked := time.Now()
	rows, err := l.b.ExecutionRows(ctx, l.unfinished())
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range rows {
		if _, known := l.told[row.ID]; known && row.State.Terminal() {
			l.ended[row.ID] = end{row.State, asked}
		}
	}
}

// holds fails the test unless the deployment is without contradictions and all that it acknowledged is there: what had ended as it had
// ended.
func (l *load) holds() {
	l.t.Helper()
	l.judged.Lock()
	defer l.judged.Unlock()
	audittest.Clean(l.t, l.b)
	l.mu.Lock()
	ended := maps.Clone(l.ended)
	l.mu.Unlock()
	for _, row := range l.rows(l.all(time.Now())) {
		if row.Missing {
			l.t.Errorf("%s was acknowledged and is gone", row.ID)
		}
		if was := ended[row.ID].state; was != "" && row.State != was {
			l.t.Errorf("%s had ended as %s and is %s", row.ID, was, row.State)
		}
	}
}

func (l *load) rows(ids []engine.ExecutionID) []engine.ExecutionRow {
	l.t.Helper()
	var all []engine.ExecutionRow
	for some := range slices.Chunk(ids, 500) {
		rows, err := l.b.ExecutionRows(l.t.Context(), some)
		if err != nil {
			l.t.Fatal(err)
		}
		all = append(all, rows...)
	}
	return all
}

// drain ends the load and waits until all that was acknowledged has ended; then each must have ended once.
func (l *load) drain() {
	l.t.Helper()
	l.stop()
	l.during.Wait()
	for deadline := time.Now().Add(2 * time.Minute); l.open() > 0; l.look(l.t.Context()) {
		if time.Now().After(deadline) {
			l.t.Fatalf("%d never ended: %v", l.open(), l.unended())
		}
		time.Sleep(20 * time.Millisecond)
	}
	l.holds()
	for id, end := range l.ended {
		l.endedOnce(id, end.state)
	}
}

func (l *load) unended() []engine.ExecutionRow {
	return slices.DeleteFunc(l.rows(l.all(time.Now())), func(r engine.ExecutionRow) bool { return r.State.Terminal() })
}

// endedOnce looks for a second end in the history of the leases, where each end by a lease's holder is on record.
func (l *load) endedOnce(id engine.ExecutionID, state engine.PublicState) {
	l.t.Helper()
	detail, err := l.b.ExecutionDetail(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	ends := 0
	for _, event := range detail.Leases {
		switch reason := event.Fields["reason"]; {
		case event.Event != engine.LeaseReleased:
		case reason == "completed", reason == "failed_terminal", reason == "cancelled", strings.HasPrefix(reason, "expired:"):
			ends++
		}
	}
	if ends > 1 || ends == 0 && state == engine.StateCompleted {
		l.t.Errorf("%s ended %d times: %+v", id, ends, detail.Leases)
	}
}
