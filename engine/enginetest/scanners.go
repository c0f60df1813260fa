package enginetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
)

func init() {
	suites["scanners"] = map[string]func(*testing.T, Subject){
		"a lease that ran out is marked":                           scanLease,
		"however many are due, all are handled":                    scanMany,
		"what is due soon is not late for what is due later":       scanSoon,
		"a deadline ends an execution":                             scanDeadline,
		"a waitpoint that was never used is closed":                scanPendingWaitpoint,
		"a completion frees its dependants at once":                scanCascade,
		"a skipped child skips its own":                            scanSkip,
		"completions missed while nobody listened are found":       scanMissed,
		"a cancelled flow's members are cancelled":                 scanCancelBacklog,
		"the losers of a race are cancelled":                       scanLosers,
		"flows are summarised until they are over":                 scanSummary,
		"what ended long ago is deleted, and then its flow":        scanRetention,
		"a policy's own retention counts":                          scanOwnRetention,
		"work parked for a budget runs after the budget's reset":   scanBudget,
		"work parked for a quota runs when there is room":          scanQuota,
		"work parked for a worker runs when one can run all of it": scanRoute,
		"a lane that appears later is looked after":                scanNewLane,
		"of two engines one acts, and the other when that is gone": scanShares,
	}
}

// only runs one scanner fast and leaves the others at their own pace.
func only(names ...string) func(*scanner.Config) {
	return func(c *scanner.Config) {
		c.Intervals = map[string]time.Duration{}
		for _, name := range names {
			c.Intervals[name] = fast[name]
		}
	}
}

func scanLease(t *testing.T, s Subject) {
	background(t, s, only(scanner.LeaseExpiry))
	submit(t, s, "default")
	claimed, err := s.Claim(Context(t), engine.ClaimRequest{Lane: "default", Worker: "w", WorkerInstance: "w-1", LeaseTTL: 50 * time.Millisecond})
	noError(t, err)
	Eventually(t, "the lease is marked", func() bool {
		return describe(t, s, claimed.Handle.ExecutionID).State.Ownership == engine.OwnerExpired
	})
}

func scanMany(t *testing.T, s Subject) {
	due := serverNow(t, s).Add(200 * time.Millisecond)
	ids := make([]engine.ExecutionID, 130)
	for i := range ids {
		ids[i] = submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = due })
	}
	background(t, s, only(scanner.DelayedPromoter))
	for _, id := range ids {
		eventuallyIs(t, s, id, engine.StateWaiting)
	}
}

func scanSoon(t *testing.T, s Subject) {
	passes := watchPasses()
	background(t, s, only(scanner.DelayedPromoter), passes.observe)
	later := submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = time.Now().Add(time.Hour) })
	passes.waitMore(t, scanner.DelayedPromoter, 2)
	due := serverNow(t, s).Add(300 * time.Millisecond)
	soon := submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = due })
	eventuallyIs(t, s, soon, engine.StateWaiting)
	if late := serverNow(t, s).Sub(due); late > 2*time.Second {
		t.Errorf("%v late", late)
	}
	wantState(t, s, later, engine.StateDelayed)
}

func scanDeadline(t *testing.T, s Subject) {
	background(t, s, only(scanner.ExecutionDeadline))
	id := submit(t, s, "default", func(req *engine.CreateExecution) { req.Deadline = time.Now().Add(200 * time.Millisecond) })
	claimed := tryClaim(t, s, "default")
	wantClaimed(t, claimed, id)
	eventuallyIs(t, s, id, engine.StateExpired)
}

func scanPendingWaitpoint(t *testing.T, s Subject) {
	background(t, s, only(scanner.PendingWaitpoints))
	h := working(t, s, "default")
	_, err := s.CreateWaitpoint(Context(t), h, "wpk:unused", 100*time.Millisecond)
	noError(t, err)
	Eventually(t, "it is closed", func() bool {
		page, err := s.ListPendingWaitpoints(Context(t), h.ExecutionID, "", 10)
		noError(t, err)
		return len(page.Items) == 0
	})
}

func scanCascade(t *testing.T, s Subject) {
	passes := watchPasses()
	background(t, s, only(), passes.observe) // the dependency reconciler's next pass is 15 s away
	Eventually(t, "the first pass is over", func() bool { return passes.count(scanner.DependencyReconciler) > 0 })
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	f.wire(up, child)
	f.start(up)
	noError(t, s.CompleteExecution(Context(t), up, nil, nil, engine.CancelByOperator))
	eventuallyIs(t, s, child, engine.StateWaiting)
}

func scanSkip(t *testing.T, s Subject) {
	background(t, s)
	f := newFlow(t, s)
	up, child, grandchild := f.member(), f.member(), f.member()
	f.wire(up, child)
	f.wire(child, grandchild)
	_, err := s.CancelExecution(Context(t), up, "test", engine.CancelByOperator)
	noError(t, err)
	eventuallyIs(t, s, grandchild, engine.StateSkipped)
}

func scanMissed(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	f.wire(up, child)
	f.start(up)
	noError(t, s.CompleteExecution(Context(t), up, nil, nil, engine.CancelByOperator))
	f.wantState(child, engine.StateWaitingChildren)
	background(t, s, only())
	eventuallyIs(t, s, child, engine.StateWaiting)
}

func scanCancelBacklog(t *testing.T, s Subject) {
	f := newFlow(t, s)
	members := f.members(3)
	f.start(members[0])
	noError(t, s.CompleteExecution(Context(t), members[0], nil, nil, engine.CancelByOperator))
	_, err := s.CancelFlow(Context(t), engine.CancelFlow{
		Flow: f.id, Policy: engine.CancelFlowAll, Reason: "enough", Grace: 50 * time.Millisecond,
	})
	noError(t, err)
	background(t, s, only(scanner.CancelReconciler))
	eventuallyIs(t, s, members[1], engine.StateCancelled)
	eventuallyIs(t, s, members[2], engine.StateCancelled)
	f.wantState(members[0], engine.StateCompleted)
	Eventually(t, "nothing is owed", func() bool {
		owed, err := s.DueFlowCancels(Context(t), f.partition(), serverNow(t, s).Add(time.Hour), 10)
		noError(t, err)
		return len(owed) == 0
	})
}

func scanLosers(t *testing.T, s Subject) {
	background(t, s, only(scanner.EdgeCancelDispatcher))
	f := newFlow(t, s)
	ups, child := f.members(3), f.member()
	f.policy(child, engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining})
	for _, up := range ups {
		f.wire(up, child)
	}
	f.start(ups[1])
	f.succeed(ups[0], "")
	eventuallyIs(t, s, ups[1], engine.StateCancelled)
	eventuallyIs(t, s, ups[2], engine.StateCancelled)
	Eventually(t, "the group is settled", func() bool { return len(siblingGroups(t, s, f)) == 0 })
}

func scanSummary(t *testing.T, s Subject) {
	background(t, s, only(scanner.FlowProjector))
	f := newFlow(t, s)
	members := f.members(2)
	summary := func() engine.FlowSummary {
		detail, err := s.FlowDetail(Context(t), f.id, 10)
		noError(t, err)
		if detail.Summary == nil {
			return engine.FlowSummary{}
		}
		return *detail.Summary
	}
	f.start(members[0])
	Eventually(t, "the summary says that it runs", func() bool { return summary().State == engine.FlowRunning })
	for _, id := range members {
		_, err := s.CancelExecution(Context(t), id, "test", engine.CancelByOperator)
		noError(t, err)
	}
	Eventually(t, "the flow is off the index", func() bool {
		active, _, err := s.ActiveFlows(Context(t), f.partition(), 0, 100)
		noError(t, err)
		return !slices.Contains(active, f.id)
	})
	if got := summary(); got.Total != 2 || got.ByState[engine.StateCancelled] != 2 {
		t.Errorf("the last summary %+v", got)
	}
}

func scanRetention(t *testing.T, s Subject) {
	f := newFlow(t, s)
	members := f.members(2)
	f.succeed(members[0], "")
	f.fail(members[1])
	solo := submit(t, s, "default")
	_, err := s.CancelExecution(Context(t), solo, "test", engine.CancelByOperator)
	noError(t, err)
	background(t, s, only(scanner.RetentionTrimmer, scanner.FlowProjector), func(c *scanner.Config) {
		c.Retention, c.FlowRetention = 300*time.Millisecond, 400*time.Millisecond
	})
	for _, id := range append(members, solo) {
		Eventually(t, "the execution is gone", func() bool {
			e, err := s.DescribeExecution(Context(t), id)
			noError(t, err)
			return e == nil
		})
	}
	Eventually(t, "the flow is gone", func() bool {
		flow, err := s.DescribeFlow(Context(t), f.id)
		noError(t, err)
		return flow == nil
	})
}

func scanOwnRetention(t *testing.T, s Subject) {
	keep := 200 * time.Millisecond
	short := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Stream: &engine.StreamPolicy{RetentionTTL: &keep}}
	})
	long := submit(t, s, "default")
	for _, id := range []engine.ExecutionID{short, long} {
		_, err := s.CancelExecution(Context(t), id, "test", engine.CancelByOperator)
		noError(t, err)
	}
	background(t, s, only(scanner.RetentionTrimmer))
	Eventually(t, "it is gone", func() bool {
		e, err := s.DescribeExecution(Context(t), short)
		noError(t, err)
		return e == nil
	})
	wantState(t, s, long, engine.StateCancelled)
}

func scanBudget(t *testing.T, s Subject) {
	budget := newBudget(t, s, func(b *engine.CreateBudget) { b.ResetInterval = 5 * time.Second }) // longer than two passes on a busy machine
	report(t, s, tokens(budget, 100), engine.UsageResult{Status: engine.UsageSoftBreach, Dimension: "tokens", Current: 100, Limit: 50})
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{BudgetIDs: []engine.BudgetID{budget}}
	})
	block(t, s, id, engine.WaitingForBudget)
	passes := watchPasses()
	background(t, s, only(scanner.Unblock), passes.observe)
	passes.waitMore(t, scanner.Unblock, 2)
	wantState(t, s, id, engine.StateRateLimited)
	background(t, s, only(scanner.BudgetReset), func(c *scanner.Config) { c.Name = "the other" })
	_, err := s.ResetBudget(Context(t), budget)
	noError(t, err)
	eventuallyIs(t, s, id, engine.StateWaiting)
}

func scanQuota(t *testing.T, s Subject) {
	policy := newPolicy(t, s, 0, 1)
	holder := submit(t, s, "default")
	admit(t, s, policy, holder, time.Time{}, engine.Admitted)
	wantClaimed(t, tryClaim(t, s, "default"), holder)
	parked := submit(t, s, "default")
	block(t, s, parked, engine.WaitingForQuota)
	background(t, s, only(scanner.Unblock, scanner.QuotaReconciler))
	// Nothing attaches a quota to an execution but its creator's own hand; one without is free to go.
	eventuallyIs(t, s, parked, engine.StateWaiting)
	_, err := s.CancelExecution(Context(t), holder, "test", engine.CancelByOperator)
	noError(t, err)
	Eventually(t, "the slot is given back", func() bool {
		read, err := s.ReadQuotaPolicyLimits(Context(t), policy.ID)
		noError(t, err)
		return read.Active == 0
	})
}

func scanRoute(t *testing.T, s Subject) {
	id := submit(t, s, "default", requiring("a", "b"))
	block(t, s, id, engine.WaitingForCapableWorker)
	capable := func(instance string, capabilities ...string) engine.Worker {
		w := worker(instance)
		w.Capabilities = capabilities
		return w
	}
	register(t, s, capable("half", "a"))
	register(t, s, capable("other half", "b"))
	passes := watchPasses()
	background(t, s, only(scanner.Unblock), passes.observe)
	passes.waitMore(t, scanner.Unblock, 2)
	wantState(t, s, id, engine.StateRateLimited)
	register(t, s, capable("whole", "a", "b", "c"))
	eventuallyIs(t, s, id, engine.StateWaiting)
}

func scanNewLane(t *testing.T, s Subject) {
	background(t, s, only(scanner.DelayedPromoter))
	id := submit(t, s, "brand new", func(req *engine.CreateExecution) { req.DelayUntil = time.Now().Add(100 * time.Millisecond) })
	eventuallyIs(t, s, id, engine.StateWaiting)
}

func scanShares(t *testing.T, s Subject) {
	counts := map[string]int{}
	var mu sync.Mutex
	count := func(name string) func(*scanner.Config) {
		return func(c *scanner.Config) {
			c.Name = name
			c.Observe = func(p scanner.Pass) {
				mu.Lock()
				defer mu.Unlock()
				counts[name] += p.Report.Done
			}
		}
	}
	handled := func(name string) int {
		mu.Lock()
		defer mu.Unlock()
		return counts[name]
	}
	promote := func() {
		id := submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = time.Now().Add(100 * time.Millisecond) })
		eventuallyIs(t, s, id, engine.StateWaiting)
	}
	first := untilTheEnd(t, engineFor(t, s, count("first"), only(scanner.DelayedPromoter)))
	promote()
	untilTheEnd(t, engineFor(t, s, count("second"), only(scanner.DelayedPromoter)))
	promote()
	Eventually(t, "one of them did it", func() bool { return handled("first")+handled("second") == 2 })
	first()
	before := handled("second")
	promote()
	Eventually(t, "the second did it", func() bool { return handled("second") == before+1 })
}

func engineFor(t *testing.T, s Subject, change ...func(*scanner.Config)) func(context.Context) error {
	t.Helper()
	cfg := scanner.Config{Intervals: fast, Logger: quietLog()}
	for _, c := range change {
		c(&cfg)
	}
	e, err := scanner.New(s, cfg)
	noError(t, err)
	return e.Run
}

// passLog remembers how often each scanner has run.
type passLog struct {
	mu   sync.Mutex
	runs map[string]int
}

func watchPasses() *passLog { return &passLog{runs: map[string]int{}} }

func (p *passLog) observe(c *scanner.Config) {
	c.Observe = func(pass scanner.Pass) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.runs[pass.Scanner]++
	}
}

func (p *passLog) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs[name]
}

// waitMore waits until a scanner has run some more times.
func (p *passLog) waitMore(t *testing.T, name string, times int) {
	t.Helper()
	enough := p.count(name) + times
	Eventually(t, name+" has run", func() bool { return p.count(name) >= enough })
}
