package scanner

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
)

// fake is a deployment of indexes, in memory, that counts what is asked of it.
type fake struct {
	engine.Refusing
	partitions engine.PartitionConfig
	clustered  bool

	mu      sync.Mutex
	indexes map[engine.IndexRef]map[string]time.Time
	calls   map[string]int
	acted   []string // members acted on, in order
	failing map[string]error
	losers  bool             // every cascade leaves some
	owners  map[string]owner // of shares
	beats   []engine.EngineBeat
	feed    chan engine.Completion
	lanes   []engine.LaneID
	// probed is how many indexes Occupied was asked about.
	probed int
}

func newFake() *fake {
	return &fake{
		Refusing:   engine.Refusing{Refuse: func(op string) error { return engine.Unavailable(op) }},
		partitions: engine.PartitionConfig{Flow: 4, Budget: 2, Quota: 2},
		indexes:    map[engine.IndexRef]map[string]time.Time{},
		calls:      map[string]int{},
		failing:    map[string]error{},
		owners:     map[string]owner{},
		feed:       make(chan engine.Completion),
		lanes:      []engine.LaneID{"default"},
	}
}

func (f *fake) called(op string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[op]++
}

func (f *fake) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// put gives an index a member.
func (f *fake) put(ref engine.IndexRef, member string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.indexes[ref] == nil {
		f.indexes[ref] = map[string]time.Time{}
	}
	f.indexes[ref][member] = at
}

func (f *fake) take(ref engine.IndexRef, member string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.indexes[ref], member)
}

// act is a transition of an execution that takes it out of an index, unless it is to fail.
func (f *fake) act(op string, ref engine.IndexRef, member string) error {
	f.called(op)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failing[member]; err != nil {
		return err
	}
	f.acted = append(f.acted, member)
	delete(f.indexes[ref], member)
	return nil
}

func (f *fake) actedOn() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.acted)
}

func (f *fake) Partitions() engine.PartitionConfig { return f.partitions }
func (f *fake) Clustered() bool                    { return f.clustered }

func (f *fake) ServerTime(context.Context) (time.Time, error) {
	f.called("ServerTime")
	return time.Now(), nil
}

func (f *fake) ListLanes(context.Context, engine.LaneID, int) (engine.Page[engine.LaneID, engine.LaneID], error) {
	f.called("ListLanes")
	f.mu.Lock()
	defer f.mu.Unlock()
	return engine.Page[engine.LaneID, engine.LaneID]{Items: slices.Clone(f.lanes)}, nil
}

func (f *fake) register(lane engine.LaneID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lanes = append(f.lanes, lane)
}

func (f *fake) HoldShare(_ context.Context, share, name string, ttl time.Duration) (bool, string, error) {
	f.called("HoldShare")
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.owners[share]; o.name != name && time.Now().Before(o.until) {
		return false, o.name, nil
	}
	f.owners[share] = owner{name, time.Now().Add(ttl)}
	return ttl > 0, name, nil
}

// owner is who holds a share, and until when.
type owner struct {
	name  string
	until time.Time
}

// divided tells how many slices of the partitions each engine holds.
func (f *fake) divided() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices := map[string]int{}
	for slice := range sliceCount {
		if o := f.owners[shareName(slice)]; time.Now().Before(o.until) {
			slices[o.name]++
		}
	}
	return slices
}

func (f *fake) BeatEngine(_ context.Context, beat engine.EngineBeat, _ time.Duration) error {
	f.called("BeatEngine")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.beats = append(f.beats, beat)
	return nil
}

func (f *fake) ForgetEngine(context.Context, string) error {
	f.called("ForgetEngine")
	return nil
}

// lastBeat is what the engine said last.
func (f *fake) lastBeat() engine.EngineBeat {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.beats[len(f.beats)-1]
}

func (f *fake) Occupied(_ context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	f.called("Occupied")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.probed += len(refs)
	return slices.DeleteFunc(slices.Clone(refs), func(ref engine.IndexRef) bool { return len(f.indexes[ref]) == 0 }), nil
}

func (f *fake) Earliest(_ context.Context, refs []engine.IndexRef) []engine.IndexHead {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls["Earliest"] += len(refs)
	heads := make([]engine.IndexHead, len(refs))
	for i, ref := range refs {
		for _, at := range f.indexes[ref] {
			if heads[i].At.IsZero() || at.Before(heads[i].At) {
				heads[i].At = at
			}
		}
	}
	return heads
}

func (f *fake) members(ref engine.IndexRef) []string {
	var members []string
	for member := range f.indexes[ref] {
		members = append(members, member)
	}
	slices.SortFunc(members, func(a, b string) int {
		if c := f.indexes[ref][a].Compare(f.indexes[ref][b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return members
}

func (f *fake) Due(_ context.Context, ps []engine.Partition, idx engine.DueIndex, lane engine.LaneID, now time.Time, limit int) ([]engine.DueMember, map[engine.Partition]error) {
	f.called("Due")
	f.mu.Lock()
	defer f.mu.Unlock()
	var due []engine.DueMember
	for _, p := range ps {
		ref := engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(idx)}
		members := slices.DeleteFunc(f.members(ref), func(m string) bool { return f.indexes[ref][m].After(now) })
		for _, m := range members[:min(limit, len(members))] {
			due = append(due, engine.DueMember{Partition: p, Member: m})
		}
	}
	return due, nil
}

func (f *fake) DropDue(_ context.Context, m engine.DueMember, idx engine.DueIndex, lane engine.LaneID) error {
	f.called("DropDue")
	f.take(engine.IndexRef{Partition: m.Partition, Lane: lane, Name: engine.IndexName(idx)}, m.Member)
	return nil
}

func (f *fake) PromoteDelayed(_ context.Context, lane engine.LaneID, id engine.ExecutionID, _ time.Time) error {
	return f.act("PromoteDelayed", delayedRef(id, lane), string(id))
}

func (f *fake) SubscribeCompletions(ctx context.Context) (<-chan engine.Completion, error) {
	f.called("SubscribeCompletions")
	out := make(chan engine.Completion)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case c, ok := <-f.feed:
				if !ok {
					return
				}
				out <- c
			}
		}
	}()
	return out, nil
}

func (f *fake) CascadeCompletion(_ context.Context, id engine.ExecutionID, _ engine.FlowID) (engine.Cascaded, error) {
	f.called("CascadeCompletion")
	f.mu.Lock()
	err := f.failing[string(id)]
	f.mu.Unlock()
	if err != nil {
		panic(err)
	}
	return engine.Cascaded{Resolved: 1, Losers: f.losers}, nil
}

func (f *fake) PendingSiblingCancels(context.Context, engine.Partition, int) ([]engine.SiblingGroup, error) {
	f.called("PendingSiblingCancels")
	return nil, nil
}

func (f *fake) BlockedByDependencies(_ context.Context, p engine.Partition, lane engine.LaneID, offset, limit int) ([]engine.ExecutionID, error) {
	f.called("BlockedByDependencies")
	f.mu.Lock()
	defer f.mu.Unlock()
	members := f.members(engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexBlockedDependencies)})
	var ids []engine.ExecutionID
	for _, m := range members[min(offset, len(members)):min(offset+limit, len(members))] {
		ids = append(ids, engine.ExecutionID(m))
	}
	return ids, nil
}

func (f *fake) ReconcileDependencies(context.Context, engine.ExecutionID) (int, error) {
	f.called("ReconcileDependencies")
	return 0, nil
}

func delayedRef(id engine.ExecutionID, lane engine.LaneID) engine.IndexRef {
	return engine.IndexRef{Partition: id.Partition(), Lane: lane, Name: engine.IndexName(engine.IndexDelayed)}
}

// quiet is a configuration that says nothing.
func quiet(change ...func(*Config)) Config {
	cfg := Config{Logger: slog.New(slog.DiscardHandler), Name: "one"}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

func named(name string) func(*Config) { return func(c *Config) { c.Name = name } }

// start runs an engine; the returned function stops it.
func start(t *testing.T, f *fake, cfg Config) (stop func()) {
	t.Helper()
	e, err := New(f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// scopeOf is what a scanner by itself works with: all partitions are its own.
func scopeOf(t *testing.T, f *fake, cfg Config) *scope {
	t.Helper()
	e, err := New(f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	e.scope.shares.gained = func() {}
	e.scope.shares.takeAll(t.Context())
	return e.scope
}

func (f *fake) MarkLeaseExpiredIfDue(_ context.Context, id engine.ExecutionID) error {
	return f.act("MarkLeaseExpiredIfDue", dueRef(id, engine.DueLeaseExpiry), string(id))
}

func (f *fake) ExpireExecution(_ context.Context, id engine.ExecutionID, reason engine.ExpireReason) error {
	index := engine.DueAttemptTimeout
	if reason == engine.ExpireDeadline {
		index = engine.DueDeadline
	}
	return f.act("ExpireExecution", dueRef(id, index), string(id))
}

func (f *fake) ExpireSuspension(_ context.Context, id engine.ExecutionID) error {
	return f.act("ExpireSuspension", dueRef(id, engine.DueSuspensionTimeout), string(id))
}

func (f *fake) CloseWaitpoint(_ context.Context, p engine.Partition, id engine.WaitpointID) error {
	return f.act("CloseWaitpoint", engine.IndexRef{Partition: p, Name: engine.IndexName(engine.DuePendingWaitpoint)}, string(id))
}

func dueRef(id engine.ExecutionID, index engine.DueIndex) engine.IndexRef {
	return engine.IndexRef{Partition: id.Partition(), Name: engine.IndexName(index)}
}
