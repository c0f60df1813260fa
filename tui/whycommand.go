package tui

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views"
)

// openWhy takes the id of either: one of an execution begins with its partition.
func openWhy(m *Model, id string) (tea.Cmd, error) {
	if execution, err := engine.ParseExecutionID(id); err == nil {
		return m.push(views.NewWhy(m.common, execution)), nil
	}
	if flow, err := engine.ParseFlowID(id); err == nil {
		return m.push(views.NewFlowWhy(m.common, flow)), nil
	}
	return nil, errors.New("an execution's id is {fp:N}: and a UUID, a flow's is a UUID")
}
