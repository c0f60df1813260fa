package tui

import (
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/views"
)

var errReadOnly = errors.New("read-only: it is not offered")

// openRotation asks for a new waitpoint signing secret.
func openRotation(m *Model, _ string) (tea.Cmd, error) {
	if m.common.ReadOnly {
		return nil, errReadOnly
	}
	return m.ask(views.NewRotation(m.common)), nil
}

// openActions opens the menu of a thing that no row on the screen stands for.
func openActions(m *Model, line string) (tea.Cmd, error) {
	kind, id, _ := strings.Cut(line, " ")
	target, err := actionTarget(action.Kind(kind), strings.TrimSpace(id))
	if err != nil {
		return nil, err
	}
	return m.ask(views.NewActions(m.common, target)), nil
}

// actionTarget reads what a person writes: a worker is its namespace, a slash and its instance.
func actionTarget(kind action.Kind, id string) (action.Target, error) {
	t := action.Target{Kind: kind}
	var err error
	switch kind {
	case action.Execution:
		t.Execution, err = engine.ParseExecutionID(id)
	case action.Flow:
		t.Flow, err = engine.ParseFlowID(id)
	case action.Budget:
		t.Budget, err = engine.ParseBudgetID(id)
	case action.Worker:
		ns, instance, found := strings.Cut(id, "/")
		t.Namespace, t.Instance = engine.Namespace(ns), engine.WorkerInstanceID(instance)
		if !found || instance == "" {
			err = errors.New("a worker is written namespace/instance")
		}
	case action.Deployment:
	default:
		err = errors.New("the kinds are execution, flow, worker, budget and deployment")
	}
	return t, err
}
