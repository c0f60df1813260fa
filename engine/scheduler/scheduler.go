// Package scheduler grants executions to workers that ask: it looks for the most urgent execution of a lane that the worker is able to
// run and that budgets and quotas admit, and parks what they do not (spec 03d §8). Where it cannot read what decides, it does not
// admit.
package scheduler

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"ffboard/engine"
)

// Backend is what a scheduler needs of a backend.
type Backend interface {
	engine.Claimer
	engine.Scheduling
	Occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error)
	ListWorkers(ctx context.Context, ns engine.Namespace, after engine.WorkerInstanceID, limit int) (engine.Page[engine.Worker, engine.WorkerInstanceID], error)
	ServerTime(ctx context.Context) (time.Time, error)
	Partitions() engine.PartitionConfig
}

// Config of a scheduler. The zero value is ready.
type Config struct {
	OnBudgetHit func(dimension string)                       // a budget held something back
	OnQuotaHit  func(reason string)                          // a quota did, by its rate or its concurrency
	OnClaim     func(lane engine.LaneID, took time.Duration) // a call ended, granted or not
	Logger      *slog.Logger                                 // the default logger by default
}

// Scheduler grants. It is safe for concurrent use; several may work on one deployment.
type Scheduler struct {
	b     Backend
	cfg   Config
	calls atomic.Uint32
}

// New makes a scheduler.
func New(b Backend, cfg Config) *Scheduler {
	if cfg.OnBudgetHit == nil {
		cfg.OnBudgetHit = func(string) {}
	}
	if cfg.OnQuotaHit == nil {
		cfg.OnQuotaHit = func(string) {}
	}
	if cfg.OnClaim == nil {
		cfg.OnClaim = func(engine.LaneID, time.Duration) {}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Scheduler{b: b, cfg: cfg}
}

// Request is who asks for what.
type Request struct {
	Lane           engine.LaneID
	Worker         engine.WorkerID
	WorkerInstance engine.WorkerInstanceID
	Capabilities   []string
	TTL            time.Duration // how long the grant may be used
}

// candidatesPerPartition is how far a scheduler looks behind the head of a partition's line; partitionsPerRound is how many
// partitions it reads before it tries what it found.
const (
	candidatesPerPartition = 16
	partitionsPerRound     = 8
)

// ClaimForWorker grants one execution to a worker, or returns nil: nothing of the lane is eligible that the worker may run now. All
// partitions of the lane are looked at, from another start each time, so nil means none.
func (s *Scheduler) ClaimForWorker(ctx context.Context, req Request) (*engine.Grant, error) {
	if _, err := engine.CapabilityCSV(req.Capabilities); err != nil {
		return nil, err
	}
	began := time.Now()
	defer func() { s.cfg.OnClaim(req.Lane, time.Since(began)) }()
	now, err := s.b.ServerTime(ctx)
	if err != nil {
		return nil, err
	}
	occupied, err := s.b.Occupied(ctx, s.lines(req))
	if err != nil && len(occupied) == 0 {
		return nil, err
	}
	round := &round{s: s, req: req, now: now, budgets: map[engine.BudgetID]verdict{}, workers: map[engine.Namespace][]engine.Worker{}}
	for lines := range slices.Chunk(occupied, partitionsPerRound) {
		grant, err := round.grant(ctx, lines)
		if grant != nil || err != nil {
			return grant, err
		}
	}
	return nil, nil
}

// lines are the eligible indexes of the lane, from a place of the instance's own that moves with each call (spec 03d §8.2).
func (s *Scheduler) lines(req Request) []engine.IndexRef {
	n := s.b.Partitions().Flow
	start := uint32(engine.ScanStart(req.WorkerInstance, n)) + (s.calls.Add(1)-1)*partitionsPerRound
	refs := make([]engine.IndexRef, n)
	for i := range refs {
		refs[i] = engine.IndexRef{
			Partition: engine.Partition{Family: engine.FamilyFlow, Index: uint16((start + uint32(i)) % uint32(n))},
			Lane:      req.Lane, Name: engine.IndexName(engine.IndexEligible),
		}
	}
	return refs
}

// claimGrantTTL is how long a grant waits for its claim when both are made here (spec 01 §3.1.6).
const claimGrantTTL = 5 * time.Second

// Claim grants and claims in one go, for workers in this process: the same as a backend's Claim, but budgets and quotas are asked
// first.
func (s *Scheduler) Claim(ctx context.Context, req engine.ClaimRequest) (*engine.Claimed, error) {
	grant, err := s.ClaimForWorker(ctx, Request{
		Lane: req.Lane, Worker: req.Worker, WorkerInstance: req.WorkerInstance, Capabilities: req.Capabilities, TTL: claimGrantTTL,
	})
	if grant == nil || err != nil {
		return nil, err
	}
	if grant.Resumed {
		return s.b.ClaimFromResumeGrant(ctx, *grant, req.Worker, req.WorkerInstance, req.LeaseTTL)
	}
	return s.b.ClaimExecution(ctx, engine.ClaimExecution{
		Execution: grant.Execution, Worker: req.Worker, WorkerInstance: req.WorkerInstance, Lane: req.Lane, LeaseTTL: req.LeaseTTL,
		ExpectedAttempt: grant.AttemptIndex,
	})
}
