package tui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// keptLines is where names that were given within the board are kept, each with its line.
const keptLines = "saved"

// savedLines are the names that the user gave to lines of the palette: in the file of settings, and within the board.
func (m *Model) savedLines() map[string]string {
	lines := maps.Clone(m.options.Filters)
	if lines == nil {
		lines = map[string]string{}
	}
	for _, kept := range m.common.Kept.Get(keptLines) {
		name, line, _ := strings.Cut(kept, " ")
		lines[name] = line
	}
	return lines
}

// saveLine gives a name to what is on the screen: a root view and what narrows it.
func saveLine(m *Model, name string) (tea.Cmd, error) {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return nil, errors.New("a name is of small letters, digits and dashes")
	}
	if slices.ContainsFunc(m.ownCommands(), func(c command) bool { return c.name == name }) {
		return nil, fmt.Errorf("%s is a command of the program", name)
	}
	line := m.line()
	if line == "" {
		return nil, errors.New("only a view that a number key leads to can be saved, with what narrows it")
	}
	m.keepLine(name, line)
	return views.Send(views.Said{Text: "saved: :" + theme.Clean(name) + " is " + theme.Clean(line)}), nil
}

// forgetLine takes a name away that was given within the board.
func forgetLine(m *Model, name string) (tea.Cmd, error) {
	kept := m.common.Kept.Get(keptLines)
	if !slices.ContainsFunc(kept, func(k string) bool { return strings.HasPrefix(k, name+" ") }) {
		if _, set := m.options.Filters[name]; set {
			return nil, fmt.Errorf("%s is set in the file of settings", name)
		}
		return nil, fmt.Errorf("nothing is saved as %s", name)
	}
	m.keepLine(name, "")
	return nil, nil
}

// keepLine keeps a line under a name instead of the one before; "" keeps none.
func (m *Model) keepLine(name, line string) {
	kept := slices.DeleteFunc(m.common.Kept.Get(keptLines), func(k string) bool { return strings.HasPrefix(k, name+" ") })
	if line != "" {
		kept = append(kept, name+" "+line)
	}
	m.common.Kept.Put(keptLines, kept)
	m.learnCommands()
}

// ownCommands are the program's.
func (m *Model) ownCommands() commandSet {
	if m.replay == nil {
		return commands()
	}
	return append(commands(), replayCommand)
}

// learnCommands takes in what the palette understands: the program's commands and the names that the user gave.
func (m *Model) learnCommands() { m.commands = m.ownCommands().withSaved(m.savedLines()) }

// line is what leads to the screen from the palette; "" when nothing does.
func (m *Model) line() string {
	if len(m.stack) != 1 {
		return ""
	}
	for _, r := range roots {
		if m.roots[r.name] == m.top() {
			return strings.TrimSpace(r.name + " " + m.top().query())
		}
	}
	return ""
}
