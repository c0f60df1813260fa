package tui

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

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
