package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// fake is a deployment in memory: as much of one as a worker sees. It keeps leases by the clock.
type fake struct {
	engine.Refusing

	mu      sync.Mutex
	waiting map[engine.LaneID][]engine.ExecutionID
	records map[engine.ExecutionID]*record
	workers map[engine.WorkerInstanceID]bool
	calls   map[string]int
	ahead   time.Duration // the server's clock less this machine's

	// intercept, when set, is asked before every call; its error is the call's answer. applied tells that the call is made all the
	// same: the answer was lost on its way.
	intercept func(op string, n int) (applied bool, err error)
}

type record struct {
	lane       engine.LaneID
	kind       string
	payload    []byte
	state      engine.PublicState
	ownership  engine.OwnershipState
	epoch      uint64
	attempt    uint32
	expires    time.Time
	result     []byte
	failure    engine.Failure
	suspended  engine.SuspendArgs
	signals    []engine.Delivered
	buffered   bool // the resume condition holds before the suspension
	frames     []engine.Frame
	granted    bool
	required   []string
	claimedBy  engine.WorkerInstanceID
	resumeNext bool
}

func newFake() *fake {
	return &fake{
		Refusing: engine.Refusing{Refuse: func(op string) error { return engine.Unavailable(op) }},
		waiting:  map[engine.LaneID][]engine.ExecutionID{},
		records:  map[engine.ExecutionID]*record{},
		workers:  map[engine.WorkerInstanceID]bool{},
		calls:    map[string]int{},
	}
}

var dropped = engine.Uncertain("test", errors.New("connection reset"))

// begin counts a call; when the answer is not to come, done is true.
func (f *fake) begin(op string) (applied bool, err error) {
	f.mu.Lock()
	f.calls[op]++
	n := f.calls[op]
	intercept := f.intercept
	f.mu.Unlock()
	if intercept == nil {
		return true, nil
	}
	return intercept(op, n)
}

func (f *fake) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// submit makes an eligible execution.
func (f *fake) submit(lane engine.LaneID, kind string, payload string) engine.ExecutionID {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := engine.DefaultPartitionConfig.NewSolo(lane)
	f.records[id] = &record{lane: lane, kind: kind, payload: []byte(payload), state: engine.StateWaiting}
	f.waiting[lane] = append(f.waiting[lane], id)
	return id
}

func (f *fake) record(id engine.ExecutionID) record {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *f.records[id]
}

func (f *fake) change(id engine.ExecutionID, change func(*record)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f.records[id])
}

// resume makes a suspended or delayed execution eligible again.
func (f *fake) resume(id engine.ExecutionID, signals ...engine.Delivered) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.records[id]
	r.state, r.signals, r.resumeNext = engine.StateWaiting, signals, true
	f.waiting[r.lane] = append(f.waiting[r.lane], id)
}

func (f *fake) Claim(_ context.Context, req engine.ClaimRequest) (*engine.Claimed, error) {
	if _, err := f.begin("Claim"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	line := f.waiting[req.Lane]
	if len(line) == 0 {
		return nil, nil
	}
	f.waiting[req.Lane] = line[1:]
	r := f.records[line[0]]
	kind := engine.HandleFresh
	if r.resumeNext {
		kind, r.resumeNext = engine.HandleResumed, false
	}
	return f.lease(line[0], r, kind, req.WorkerInstance, req.LeaseTTL), nil
}

func (f *fake) ClaimSome(ctx context.Context, req engine.ClaimRequest, most int) (claimed []*engine.Claimed, err error) {
	for range most {
		c, err := f.Claim(ctx, req)
		if c == nil {
			return claimed, err
		}
		claimed = append(claimed, c)
	}
	return claimed, nil
}

func (f *fake) ServerTime(context.Context) (time.Time, error) { return time.Now().Add(f.ahead), nil }

func (f *fake) Partitions() engine.PartitionConfig { return engine.DefaultPartitionConfig }

func (f *fake) WatchOccupied(context.Context, []engine.IndexRef) ([]engine.IndexRef, <-chan struct{}, error) {
	return nil, nil, engine.Unavailable("watch lines")
}

func (f *fake) Occupied(_ context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	f.begin("Occupied")
	f.mu.Lock()
	defer f.mu.Unlock()
	var occupied []engine.IndexRef
	for _, ref := range refs {
		for _, id := range f.waiting[ref.Lane] {
			if id.Partition() == ref.Partition {
				occupied = append(occupied, ref)
				break
			}
		}
	}
	return occupied, nil
}

func (f *fake) lease(id engine.ExecutionID, r *record, kind engine.HandleKind, by engine.WorkerInstanceID, ttl time.Duration) *engine.Claimed {
	r.epoch++
	r.state, r.ownership, r.granted = engine.StateActive, engine.OwnerLeased, false
	r.expires, r.claimedBy = time.Now().Add(ttl), by
	return &engine.Claimed{
		Handle: engine.Handle{Kind: kind, ExecutionID: id, LeaseEpoch: r.epoch, LeaseTTL: ttl, Lane: r.lane, AttemptIndex: r.attempt},
	}
}

// fenced makes a call of a lease holder.
func (f *fake) fenced(op string, h engine.Handle, effect func(*record)) error {
	applied, lost := f.begin(op)
	if !applied {
		return lost
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.records[h.ExecutionID]
	switch {
	case r.state != engine.StateActive:
		phase := "terminal"
		if !r.state.Terminal() {
			phase = "runnable"
		}
		details := []string{string(r.state), fmt.Sprint(r.epoch), phase, ""}
		return engine.FromCode(op, string(engine.CodeExecutionNotActive), details)
	case r.ownership == engine.OwnerRevoked:
		return engine.FromCode(op, string(engine.CodeLeaseRevoked), nil)
	case r.epoch != h.LeaseEpoch:
		return engine.FromCode(op, string(engine.CodeStaleLease), nil)
	case !time.Now().Before(r.expires):
		return engine.FromCode(op, string(engine.CodeLeaseExpired), nil)
	}
	effect(r)
	return lost
}

func (f *fake) Renew(_ context.Context, h engine.Handle) (time.Time, error) {
	err := f.fenced("Renew", h, func(r *record) { r.expires = time.Now().Add(h.LeaseTTL) })
	return time.Now().Add(h.LeaseTTL), err
}

func (f *fake) Progress(_ context.Context, h engine.Handle, _ int, _ string) error {
	return f.fenced("Progress", h, func(*record) {})
}

func (f *fake) AppendFrame(_ context.Context, h engine.Handle, frame engine.Frame) (engine.Appended, error) {
	return engine.Appended{}, f.fenced("AppendFrame", h, func(r *record) { r.frames = append(r.frames, frame) })
}

// Complete knows its own earlier completion, as a backend does (spec 04a §6.5).
func (f *fake) Complete(_ context.Context, h engine.Handle, result []byte) error {
	err := f.fenced("Complete", h, func(r *record) { r.state, r.result = engine.StateCompleted, result })
	if r := f.record(h.ExecutionID); errors.Is(err, engine.CodeExecutionNotActive) && r.epoch == h.LeaseEpoch {
		return nil
	}
	return err
}

func (f *fake) Fail(_ context.Context, h engine.Handle, failure engine.Failure) (engine.FailResult, error) {
	return engine.FailResult{}, f.fenced("Fail", h, func(r *record) { r.state, r.failure = engine.StateFailed, failure })
}

func (f *fake) Suspend(_ context.Context, h engine.Handle, args engine.SuspendArgs) (engine.SuspendOutcome, error) {
	if r := f.record(h.ExecutionID); r.state == engine.StateSuspended && r.suspended.IdempotencyKey == args.IdempotencyKey {
		return engine.SuspendOutcome{}, nil
	}
	var outcome engine.SuspendOutcome
	err := f.fenced("Suspend", h, func(r *record) {
		outcome.AlreadySatisfied = r.buffered
		r.suspended, r.buffered = args, false
		if !outcome.AlreadySatisfied {
			r.state = engine.StateSuspended
		}
	})
	return outcome, err
}

func (f *fake) Delay(_ context.Context, h engine.Handle, _ time.Time) error {
	return f.fenced("Delay", h, func(r *record) { r.state = engine.StateDelayed })
}

func (f *fake) ObserveSignals(_ context.Context, h engine.Handle) ([]engine.Delivered, error) {
	return f.record(h.ExecutionID).signals, nil
}

func (f *fake) ReadExecutionContext(_ context.Context, id engine.ExecutionID) (engine.ExecutionContext, error) {
	if applied, err := f.begin("ReadExecutionContext"); !applied {
		return engine.ExecutionContext{}, err
	}
	r := f.record(id)
	return engine.ExecutionContext{Payload: r.payload, Kind: r.kind}, nil
}

func (f *fake) Reclaimable(_ context.Context, lanes []engine.LaneID, limit int) ([]engine.Reclaimable, error) {
	f.begin("Reclaimable")
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []engine.Reclaimable
	for id, r := range f.records {
		if r.state == engine.StateActive && !time.Now().Before(r.expires) && len(found) < limit {
			found = append(found, engine.Reclaimable{
				Execution: id, Lane: r.lane, AttemptIndex: r.attempt, RequiredCapabilities: r.required, Ownership: r.ownership,
			})
		}
	}
	return found, nil
}

func (f *fake) MarkLeaseExpiredIfDue(_ context.Context, id engine.ExecutionID) error {
	f.change(id, func(r *record) { r.ownership = engine.OwnerExpired })
	return nil
}

func (f *fake) IssueReclaimGrant(_ context.Context, req engine.IssueGrant) (*engine.Grant, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.records[req.Execution]
	if r.granted {
		return nil, "", engine.FromCode("issue_reclaim_grant", string(engine.CodeGrantAlreadyExists), nil)
	}
	if r.ownership != engine.OwnerExpired {
		return nil, string(engine.CodeExecutionNotReclaimable), nil
	}
	r.granted = true
	return &engine.Grant{Execution: req.Execution, Lane: req.Lane}, "", nil
}

func (f *fake) ReclaimExecution(_ context.Context, req engine.Reclaim) (engine.ReclaimOutcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.records[req.Execution]
	if !r.granted {
		return engine.ReclaimOutcome{GrantNotFound: true}, nil
	}
	r.attempt++
	claimed := f.lease(req.Execution, r, engine.HandleReclaimed, req.WorkerInstance, req.LeaseTTL)
	return engine.ReclaimOutcome{Claimed: claimed}, nil
}

func (f *fake) RegisterWorker(_ context.Context, w engine.Worker) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls["RegisterWorker"]++
	f.workers[w.Instance] = true
	return true, nil
}

func (f *fake) HeartbeatWorker(_ context.Context, _ engine.Namespace, i engine.WorkerInstanceID) (time.Time, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls["HeartbeatWorker"]++
	return time.Time{}, f.workers[i], nil
}

func (f *fake) MarkWorkerDead(_ context.Context, _ engine.Namespace, i engine.WorkerInstanceID, _ string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.workers, i)
	return true, nil
}

// run starts a worker and gives the function that stops it and waits.
func run(t *testing.T, f *fake, cfg worker.Config) (stop func()) {
	t.Helper()
	if cfg.Lanes == nil {
		cfg.Lanes = []engine.LaneID{"default"}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	w, err := worker.New(f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func handlers(h worker.Handler) map[string]worker.Handler {
	return map[string]worker.Handler{"greet": h}
}
