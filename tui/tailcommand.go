package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views"
)

// openTails follows the streams of up to as many executions as a screen has room for.
func openTails(m *Model, line string) (tea.Cmd, error) {
	var ids []engine.ExecutionID
	for _, word := range strings.Fields(line) {
		id, err := engine.ParseExecutionID(word)
		if err != nil {
			return nil, errors.New("an execution's id is {fp:N}: and a UUID")
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > views.MostTails {
		return nil, fmt.Errorf("at most %d streams fit on one screen", views.MostTails)
	}
	return m.push(views.NewTailOf(m.common, ids)), nil
}
