package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/views"
	"ffboard/views/viewstest"
)

// door opens a view or a dialog on hostile data. made is the function of package views that makes it.
type door struct {
	made string
	open func(c *views.Common, e *viewstest.HostileEngine) tea.Msg
}

// behind is a view that needs nothing.
func behind[V views.View](made string, make func(c *views.Common) V) door {
	return door{made, func(c *views.Common, _ *viewstest.HostileEngine) tea.Msg { return views.Push{View: make(c)} }}
}

// behindA is a view of a thing.
func behindA[T any, V views.View](made string, make func(c *views.Common, of T) V) door {
	return door{made, func(c *views.Common, e *viewstest.HostileEngine) tea.Msg {
		return views.Push{View: make(c, filled[T](e))}
	}}
}

// asking is a dialog about a thing.
func asking[T any](made string, make func(c *views.Common, of T) views.Dialog) door {
	return door{made, func(c *views.Common, e *viewstest.HostileEngine) tea.Msg {
		return views.Ask{Dialog: make(c, filled[T](e))}
	}}
}

func filled[T any](e *viewstest.HostileEngine) (made T) {
	e.Fill(&made)
	return made
}

// doors lead to every view and dialog that can be made from outside. The others are behind their keys.
var doors = []door{
	behind("NewOverview", views.NewOverview), behind("NewFlows", views.NewFlows), behind("NewLanes", views.NewLanes),
	behind("NewExecutions", views.NewExecutions), behind("NewSuspended", views.NewSuspended), behind("NewStreams", views.NewStreams),
	behind("NewWorkers", views.NewWorkers), behind("NewBudgets", views.NewBudgets), behind("NewHealth", views.NewHealth),
	behind("NewActivity", views.NewActivity), behind("NewSignals", views.NewSignals), behind("NewLeases", views.NewLeases),
	behind("NewExpiredLeases", views.NewExpiredLeases), behind("NewQuotas", views.NewQuotas),

	behindA("NewFlow", views.NewFlow), behindA("NewExecution", views.NewExecution), behindA("NewWhy", views.NewWhy),
	behindA("NewFlowWhy", views.NewFlowWhy), behindA("NewTail", views.NewTail), behindA("NewTails", views.NewTails),
	behindA("NewTailOf", views.NewTailOf), behindA("NewWorker", views.NewWorker), behindA("NewPartition", views.NewPartition),
	behindA("NewFrame", views.NewFrame),
	behindA("NewSuspendedGroup", func(c *views.Common, g engine.SignalGroup) *views.SuspendedGroup {
		return views.NewSuspendedGroup(c, &g)
	}),
	behindA("NewBudget", func(c *views.Common, r engine.BudgetRow) *views.Budget {
		return views.NewBudget(c, r.Partition, string(r.ID), 0)
	}),
	behindA("NewEdges", func(c *views.Common, id engine.ExecutionID) *views.Edges { return views.NewEdges(c, "", id) }),
	behindA("NewEdges", func(c *views.Common, id engine.FlowID) *views.Edges { return views.NewEdges(c, id, "") }),
	behindA("NewLaneExecutions", func(c *views.Common, r engine.ExecutionRow) *views.LaneExecutions {
		return views.NewLaneExecutions(c, r.Lane, engine.IndexActive)
	}),

	asking("NewSignal", views.NewSignal), asking("NewCancelExecution", views.NewCancelExecution),
	asking("NewCancelFlow", func(c *views.Common, f engine.FlowDetail) views.Dialog { return views.NewCancelFlow(c, &f) }),
	asking("NewRotation", func(c *views.Common, _ struct{}) views.Dialog { return views.NewRotation(c) }),
	asking("NewActions", func(c *views.Common, r engine.ExecutionRow) views.Dialog {
		return views.NewActions(c, action.Target{Kind: action.Execution, Execution: r.ID, Flow: r.Flow})
	}),
	asking("NewActions", func(c *views.Common, ids []engine.FlowID) views.Dialog {
		targets := []action.Target{{Kind: action.Flow, Flow: "x"}}
		for _, id := range ids {
			targets = append(targets, action.Target{Kind: action.Flow, Flow: id})
		}
		return views.NewActions(c, targets...)
	}),
	asking("NewActions", func(c *views.Common, w engine.Worker) views.Dialog {
		return views.NewActions(c, action.Target{Kind: action.Worker, Namespace: w.Namespace, Instance: w.Instance})
	}),
	asking("NewActions", func(c *views.Common, id engine.BudgetID) views.Dialog {
		return views.NewActions(c, action.Target{Kind: action.Budget, Budget: id})
	}),
}

func TestADoorLeadsToEveryView(t *testing.T) {
	files, err := filepath.Glob("../views/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "New") {
				continue
			}
			if !slices.ContainsFunc(doors, func(d door) bool { return d.made == f.Name.Name }) {
				t.Errorf("no door leads to what %s makes", f.Name.Name)
			}
		}
	}
}
