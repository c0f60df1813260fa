package views

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// Filter is the line behind `/`: it narrows as one types, enter keeps it, esc clears it.
type Filter struct {
	input  Input
	typing bool
	words  []string // of the query, lower case
}

// Capturing tells whether keys go into the filter.
func (f *Filter) Capturing() bool { return f.typing }

// Active tells whether there is a query, being typed or kept.
func (f *Filter) Active() bool { return f.typing || len(f.words) > 0 }

// Query is the text as typed.
func (f *Filter) Query() string { return f.input.Value() }

// Clear forgets the query.
func (f *Filter) Clear() { *f = Filter{} }

// Unwind clears a query; false when there is none.
func (f *Filter) Unwind() bool {
	active := f.Active()
	f.Clear()
	return active
}

// Set makes query the one that is kept.
func (f *Filter) Set(query string) {
	f.input.SetValue(query)
	f.typing, f.words = false, strings.Fields(strings.ToLower(query))
}

// Update opens the filter on `/` and edits it while it is open. changed tells that other things match now.
func (f *Filter) Update(msg tea.Msg) (handled, changed bool) {
	if !f.typing {
		f.typing = Pressed(msg, Keys.Filter)
		return f.typing, false
	}
	switch {
	case Pressed(msg, Keys.Back):
		f.Clear()
		return true, true
	case Pressed(msg, Keys.Enter):
		f.typing = false
		return true, false
	}
	if !f.input.Update(msg) {
		return false, false
	}
	f.words = strings.Fields(strings.ToLower(f.input.Value()))
	return true, true
}

// Match tells whether text holds every word of the query, in any case.
func (f *Filter) Match(text string) bool {
	if len(f.words) == 0 {
		return true
	}
	text = strings.ToLower(text)
	for _, w := range f.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// View draws the filter's line: the query on the left and note, dimmed, on the right.
func (f *Filter) View(th *theme.Theme, width int, note theme.Text) string {
	room := max(width-2-note.Width()-1, 0)
	return th.Line(min(2, width)).Add(th.Key, "/ ").String() + f.input.View(th, min(room, max(width-2, 0)), f.typing) +
		th.Line(width-min(2, width)-min(room, max(width-2, 0))).Rest(th.Dim, note).String()
}
