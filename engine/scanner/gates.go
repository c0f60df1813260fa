package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// gates tells whether what an execution waits for is there, reading each budget, quota and registry once in a pass.
type gates struct {
	s       *scope
	now     time.Time
	budgets map[engine.BudgetID]bool
	quotas  map[engine.QuotaPolicyID]bool
	workers map[engine.Namespace]registry
}

// registry is the workers of a namespace; known is false when they could not be read.
type registry struct {
	workers []engine.Worker
	known   bool
}

func newGates(s *scope, now time.Time) *gates {
	return &gates{
		s:       s,
		now:     now,
		budgets: map[engine.BudgetID]bool{},
		quotas:  map[engine.QuotaPolicyID]bool{},
		workers: map[engine.Namespace]registry{},
	}
}

// open tells whether the reason for which an execution is parked is gone.
func (g *gates) open(ctx context.Context, reason engine.BlockingReason, f engine.AdmissionFacts) bool {
	switch reason {
	case engine.WaitingForBudget:
		for _, id := range f.BudgetIDs {
			if !g.budgetOpen(ctx, id) {
				return false
			}
		}
		return true
	case engine.WaitingForQuota:
		return g.quotaOpen(ctx, f.QuotaPolicyID)
	default:
		return g.covered(ctx, f)
	}
}

// budgetOpen stays closed while the budget cannot be read. What is no budget id limits nothing.
func (g *gates) budgetOpen(ctx context.Context, text string) bool {
	id, err := engine.ParseBudgetID(text)
	if err != nil {
		return true
	}
	open, known := g.budgets[id]
	if !known {
		limits, err := g.s.b.ReadBudgetLimits(ctx, id)
		_, _, _, breached := limits.Breach()
		open = err == nil && !breached
		g.budgets[id] = open
	}
	return open
}

// quotaOpen stays closed while the policy cannot be read. What is no policy limits nothing.
func (g *gates) quotaOpen(ctx context.Context, text string) bool {
	id, err := engine.ParseQuotaPolicyID(text)
	if err != nil {
		return true
	}
	open, known := g.quotas[id]
	if !known {
		policy, err := g.s.b.ReadQuotaPolicyLimits(ctx, id)
		open = err == nil && (policy == nil || hasRoom(policy))
		g.quotas[id] = open
	}
	return open
}

func hasRoom(p *engine.QuotaPolicy) bool {
	rate := p.MaxPerWindow == 0 || p.InWindow < p.MaxPerWindow
	concurrency := p.MaxConcurrent == 0 || p.Active < p.MaxConcurrent
	return rate && concurrency
}

// covered opens when the registry cannot be read: the scheduler parks the execution again if it must.
func (g *gates) covered(ctx context.Context, f engine.AdmissionFacts) bool {
	if len(f.RequiredCapabilities) == 0 {
		return true
	}
	r, read := g.workers[f.Namespace]
	if !read {
		r = g.readWorkers(ctx, f.Namespace)
		g.workers[f.Namespace] = r
	}
	return !r.known || engine.AnyCovers(r.workers, f.RequiredCapabilities, g.now)
}

const workersPage = 1000

func (g *gates) readWorkers(ctx context.Context, ns engine.Namespace) registry {
	r := registry{known: true}
	for after := engine.WorkerInstanceID(""); ; {
		page, err := g.s.b.ListWorkers(ctx, ns, after, workersPage)
		if err != nil {
			g.s.log.Warn("workers not listed", "namespace", ns, "error", err)
			return registry{}
		}
		r.workers = append(r.workers, page.Items...)
		if page.Next == "" {
			return r
		}
		after = page.Next
	}
}
