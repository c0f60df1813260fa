package enginetest

import (
	"testing"

	"ffboard/engine"
	"ffboard/engine/scanner"
)

func init() {
	suites["unblocking"] = map[string]func(*testing.T, Subject){
		"work without a namespace is released like any other": unblockWithoutNamespace,
	}
}

// FlowFabric's engine leaves such work parked for good.
func unblockWithoutNamespace(t *testing.T, s Subject) {
	nowhere := func(req *engine.CreateExecution) { req.Namespace = "" }
	budget := newBudget(t, s)
	report(t, s, tokens(budget, 100), engine.UsageResult{Status: engine.UsageSoftBreach, Dimension: "tokens", Current: 100, Limit: 50})
	dear := submit(t, s, "default", nowhere, func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{BudgetIDs: []engine.BudgetID{budget}}
	})
	special := submit(t, s, "default", nowhere, requiring("gpu"))
	block(t, s, dear, engine.WaitingForBudget)
	block(t, s, special, engine.WaitingForCapableWorker)

	passes := watchPasses()
	background(t, s, only(scanner.Unblock), passes.observe)
	passes.waitMore(t, scanner.Unblock, 2)
	wantState(t, s, dear, engine.StateRateLimited)
	wantState(t, s, special, engine.StateRateLimited)
	_, err := s.ResetBudget(Context(t), budget)
	noError(t, err)
	capable := worker("i")
	capable.Namespace, capable.Capabilities = "", []string{"gpu"}
	register(t, s, capable)
	eventuallyIs(t, s, dear, engine.StateWaiting)
	eventuallyIs(t, s, special, engine.StateWaiting)
}
