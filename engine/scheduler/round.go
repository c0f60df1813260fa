package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ffboard/engine"
)

// round is one call's search. What it reads of budgets and workers holds for the whole call.
type round struct {
	s       *Scheduler
	req     Request
	now     time.Time
	budgets map[engine.BudgetID]verdict
	workers map[engine.Namespace][]engine.Worker
}

// verdict is what a gate says of an execution. admitted is the quota that counts it since this call.
type verdict struct {
	park     engine.BlockingReason // "" lets it pass
	detail   string
	admitted engine.QuotaPolicyID
}

// grant tries the first candidates of some lines; nil when none may go.
func (r *round) grant(ctx context.Context, lines []engine.IndexRef) (*engine.Grant, error) {
	var ids []engine.ExecutionID
	for _, line := range lines {
		some, err := r.s.b.ScanEligible(ctx, line.Lane, line.Partition, candidatesPerPartition)
		if err != nil {
			return nil, err
		}
		ids = append(ids, some...)
	}
	candidates, err := r.s.b.ReadAdmission(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		grant, err := r.try(ctx, c)
		if err != nil {
			// One that cannot be judged is not admitted, and stands in nobody's way.
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			r.s.cfg.Logger.Warn("not admitted", "execution", c.Execution, "error", err)
			continue
		}
		if grant != nil {
			return grant, nil
		}
	}
	return nil, nil
}

// try takes one candidate through the gates in the order of spec 03d §8.4.
func (r *round) try(ctx context.Context, c engine.AdmissionFacts) (*engine.Grant, error) {
	switch {
	case c.Granted:
		return nil, nil // promised to somebody
	case !c.Exists:
		return r.issue(ctx, c, "") // which takes the stray entry off the line
	case len(engine.MissingCapabilities(c.RequiredCapabilities, r.req.Capabilities)) > 0:
		return nil, r.unfit(ctx, c)
	}
	v, err := r.budgeted(ctx, c)
	if err == nil && v.park == "" {
		v, err = r.admitted(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	if v.park != "" {
		return nil, r.park(ctx, c, v)
	}
	return r.issue(ctx, c, v.admitted)
}

// issue grants unless somebody was faster, and gives back what the quota counted for this call when that fails: what was counted before
// is somebody else's.
func (r *round) issue(ctx context.Context, c engine.AdmissionFacts, counted engine.QuotaPolicyID) (*engine.Grant, error) {
	grant, err := r.s.b.IssueClaimGrant(ctx, engine.IssueGrant{
		Execution: c.Execution, Lane: r.req.Lane, Worker: r.req.Worker, WorkerInstance: r.req.WorkerInstance,
		Capabilities: r.req.Capabilities, TTL: r.req.TTL,
	})
	if err == nil {
		return &grant, nil
	}
	if counted != "" {
		if releaseErr := r.s.b.ReleaseAdmission(ctx, counted, c.Execution); releaseErr != nil {
			return nil, errors.Join(err, releaseErr)
		}
	}
	if engine.Contended(err) {
		return nil, nil // whoever was faster has it
	}
	return nil, err
}

// unfit parks work that no live worker of its namespace can run. Where one can, it is left in line for that one.
func (r *round) unfit(ctx context.Context, c engine.AdmissionFacts) error {
	workers, err := r.registered(ctx, c.Namespace)
	if err != nil || engine.AnyCovers(workers, c.RequiredCapabilities, r.now) {
		return err
	}
	return r.park(ctx, c, verdict{
		park: engine.WaitingForCapableWorker, detail: "no connected worker satisfies required_capabilities",
	})
}

const workersPerPage = 1000

func (r *round) registered(ctx context.Context, ns engine.Namespace) ([]engine.Worker, error) {
	workers, known := r.workers[ns]
	if known {
		return workers, nil
	}
	for after := engine.WorkerInstanceID(""); ; {
		page, err := r.s.b.ListWorkers(ctx, ns, after, workersPerPage)
		if err != nil {
			return nil, err
		}
		workers = append(workers, page.Items...)
		if after = page.Next; after == "" {
			r.workers[ns] = workers
			return workers, nil
		}
	}
}

// budgeted asks every budget of an execution. What is no budget id limits nothing.
func (r *round) budgeted(ctx context.Context, c engine.AdmissionFacts) (verdict, error) {
	for _, text := range c.BudgetIDs {
		id, err := engine.ParseBudgetID(text)
		if err != nil {
			continue
		}
		v, known := r.budgets[id]
		if !known {
			limits, err := r.s.b.ReadBudgetLimits(ctx, id)
			if err != nil {
				return verdict{}, err // not remembered: it may be readable for the next
			}
			if dimension, used, limit, breached := limits.Breach(); breached {
				r.s.cfg.OnBudgetHit(dimension)
				v = verdict{
					park:   engine.WaitingForBudget,
					detail: fmt.Sprintf("budget ff:budget:%s:usage: %s %d/%d", id, dimension, used, limit),
				}
			}
			r.budgets[id] = v
		}
		if v.park != "" {
			return v, nil
		}
	}
	return verdict{}, nil
}

// defaultWindow is the window of a policy that names none.
const defaultWindow = time.Minute

// admitted asks the quota of an execution, which counts it when there is room.
func (r *round) admitted(ctx context.Context, c engine.AdmissionFacts) (verdict, error) {
	id, err := engine.ParseQuotaPolicyID(c.QuotaPolicyID)
	if err != nil {
		return verdict{}, nil // none, or none that limits anything
	}
	policy, err := r.s.b.ReadQuotaPolicyLimits(ctx, id)
	if err != nil {
		return verdict{}, err
	}
	if policy == nil || policy.MaxPerWindow == 0 && policy.MaxConcurrent == 0 {
		return verdict{}, nil
	}
	policy.ID = id
	if policy.Window == 0 {
		policy.Window = defaultWindow
	}
	result, err := r.s.b.CheckAdmission(ctx, engine.Admission{Policy: *policy, Execution: c.Execution, Now: r.now})
	if err != nil {
		return verdict{}, err
	}
	switch result.Status {
	case engine.Admitted:
		return verdict{admitted: id}, nil
	case engine.AlreadyAdmitted:
		return verdict{}, nil
	case engine.RateExceeded:
		r.s.cfg.OnQuotaHit("rate")
		return verdict{park: engine.WaitingForQuota, detail: fmt.Sprintf("quota %s: rate limit %d/%d per %ds window",
			id, policy.MaxPerWindow, policy.MaxPerWindow, int(policy.Window/time.Second))}, nil
	default:
		r.s.cfg.OnQuotaHit("concurrency")
		return verdict{park: engine.WaitingForQuota, detail: fmt.Sprintf("quota %s: concurrency cap %d", id, policy.MaxConcurrent)}, nil
	}
}

// park takes an execution out of the line until the unblock scanner finds that it may go.
func (r *round) park(ctx context.Context, c engine.AdmissionFacts, v verdict) error {
	rejected, err := r.s.b.Block(ctx, engine.BlockRequest{
		Execution: c.Execution, Lane: r.req.Lane, Reason: v.park, Detail: v.detail, Now: r.now,
	})
	if rejected != nil {
		return rejected // it moved on meanwhile
	}
	return err
}
