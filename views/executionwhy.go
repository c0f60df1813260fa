package views

import (
	"slices"
	"time"

	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/theme"
)

// whys say why an execution is where it is, the first one above all; then what is out of the ordinary with it. They are the diagnosis
// of what the detail shows: what is around the execution is looked at by Why.
func (d *executionData) whys(c *Common) []Cell {
	told := diagnose.Execution(d.facts(c.Now()))
	var whys []Cell
	for _, cause := range told.Causes {
		whys = append(whys, causeCell(c.Theme, &cause))
	}
	return whys
}

func causeCell(th *theme.Theme, cause *diagnose.Cause) Cell {
	sign, style := standingSign(th, cause.Standing)
	if cause.Code == diagnose.CodeFailed || cause.Code == diagnose.CodeExpired {
		style = th.Bad
	}
	return Cell{sign + " " + theme.CleanTo(cause.Words, 300), style}
}

// facts are those that the detail holds.
func (d *executionData) facts(now time.Time) *engine.ExecutionFacts {
	x := &d.Execution
	f := &engine.ExecutionFacts{
		ID: x.ID, At: now, Execution: x, Policy: engine.ReadPolicyFacts(d.PolicyJSON), Suspension: d.Suspension, SuspensionChecked: true,
		Unread: []engine.Unread{{What: "what is around it"}},
	}
	if d.flow != nil {
		f.Flow = &engine.FlowStanding{Flow: d.flow}
	}
	if i := slices.IndexFunc(x.BudgetIDs, unknownBudget); i >= 0 {
		f.Budgets = []engine.BudgetFacts{{ID: x.BudgetIDs[i], Unknown: true}}
	}
	return f
}

// unknownBudget tells an id that can name no budget.
func unknownBudget(id string) bool {
	_, err := engine.ParseBudgetID(id)
	return err != nil
}

func because(reason string) theme.Text {
	if reason == "" {
		return ""
	}
	return ": " + theme.CleanTo(reason, 200)
}
