package valkey

import (
	"math/rand/v2"
	"strconv"
	"time"

	"ffboard/engine"
)

// What the executions of a Fill are about.
var (
	fillNamespaces = []engine.Namespace{"acme", "acme", "acme", "globex", "initech"}
	fillKinds      = []string{"resize", "transcribe", "summarise", "embed", "invoice", "ship", "notify", "review"}
	fillFlows      = []string{"order", "onboarding", "nightly-report", "document", "video"}
	fillTeams      = []string{"img", "billing", "search", "ml"}
	fillReleases   = []string{"2024.1", "2024.2", "2025.1"}
	fillWords      = []string{"lantern", "harbour", "copper", "meadow", "signal", "paper", "river", "quartz"}
	fillBehaviours = []string{"fail", "fail", "cancel", "expire", "escalate", "auto_resume_with_timeout_signal"}
	fillFailures   = []string{"timeout: upstream did not answer", "out of memory", "connection reset by peer", "invalid input: no such document",
		"rate limited by provider"}
	fillPolicies = []string{"{}", "{}",
		`{"priority":0,"max_reclaim_count":100,"max_replay_count":10,"budget_ids":[],"max_signals_per_execution":10000}`,
		`{"priority":0,"retry_policy":{"max_retries":4,"backoff":{"type":"exponential","initial_delay_ms":500,"max_delay_ms":20000,"multiplier":2.0},"retryable_categories":[]},"max_reclaim_count":100,"max_replay_count":10,"budget_ids":[],"max_signals_per_execution":10000}`}
)

const (
	scarceCapability = "h100"

	fillBudgets     = 24
	fillQuotas      = 12
	workersPerLane  = 32
	workerRemembers = 48 * time.Hour
)

// fillWorker holds leases.
type fillWorker struct {
	ID       engine.WorkerID
	Instance engine.WorkerInstanceID
}

// cast names those that executions refer to: workers, budgets and quotas.
func (s *fillScene) cast() {
	w := &fillWriter{fillScene: s, rng: rand.New(rand.NewPCG(s.fill.Seed, 1<<63))}
	s.workers = map[engine.LaneID][]fillWorker{}
	for _, lane := range s.fill.Lanes {
		for i := range workersPerLane {
			id := engine.WorkerID(string(lane) + "-pool")
			s.workers[lane] = append(s.workers[lane], fillWorker{id, engine.WorkerInstanceID(string(lane) + "-" + strconv.Itoa(i+1))})
		}
	}
	for range fillBudgets {
		s.budgets = append(s.budgets, engine.BudgetID(w.id()))
	}
	for range fillQuotas {
		s.quotas = append(s.quotas, engine.QuotaPolicyID(w.id()))
	}
}

// writeCast enters workers, budgets and quotas by the calls that make them.
func (w *fillWriter) writeCast() {
	do := func(err error) {
		if w.err == nil {
			w.err = err
		}
	}
	for _, lane := range w.fill.Lanes {
		for _, worker := range w.workers[lane] {
			for _, ns := range fillNamespaces[2:] {
				_, err := w.b.RegisterWorker(w.ctx, engine.Worker{ID: worker.ID, Instance: worker.Instance, Namespace: ns,
					Lanes: []engine.LaneID{lane}, Capabilities: []string{"cpu"}, LivenessTTL: workerRemembers})
				do(err)
			}
		}
	}
	for i, id := range w.budgets {
		_, err := w.b.CreateBudget(w.ctx, engine.CreateBudget{ID: id, ScopeType: "lane", ScopeID: string(w.fill.Lanes[i%len(w.fill.Lanes)]),
			EnforcementMode: "strict", OnHardLimit: "block", OnSoftLimit: "warn", ResetInterval: 24 * time.Hour, Now: w.now,
			Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 1_000_000, Soft: 800_000}, {Name: "usd_cents", Hard: 50_000}}})
		do(err)
		_, err = w.b.ReportUsage(w.ctx, engine.Usage{Budget: id, Deltas: map[string]uint64{"tokens": uint64(w.rng.IntN(1_000_000))}, Now: w.now})
		do(err)
	}
	for _, id := range w.quotas {
		_, err := w.b.CreateQuotaPolicy(w.ctx, engine.QuotaPolicy{ID: id, Window: time.Hour, MaxPerWindow: uint64(100 + w.rng.IntN(900)),
			MaxConcurrent: uint64(10 + w.rng.IntN(90)), CreatedAt: w.now})
		do(err)
	}
}
