package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// marks are the rows of a table that the next action is meant for, by id, as they were seen last. A marked row that leaves the list, or
// that the filter hides, stays marked and is counted.
type marks[R any] struct {
	order []string
	rows  map[string]R
}

func (m *marks[R]) has(id string) bool {
	_, marked := m.rows[id]
	return marked
}

func (m *marks[R]) set(id string, r R) {
	if m.rows == nil {
		m.rows = map[string]R{}
	}
	if !m.has(id) {
		m.order = append(m.order, id)
	}
	m.rows[id] = r
}

func (m *marks[R]) remove(id string) {
	delete(m.rows, id)
	for i, other := range m.order {
		if other == id {
			m.order = append(m.order[:i], m.order[i+1:]...)
			return
		}
	}
}

// Marked are the marked rows, in the order in which they were marked.
func (t *Table[R]) Marked() []R {
	rows := make([]R, len(t.marks.order))
	for i, id := range t.marks.order {
		rows[i] = t.marks.rows[id]
	}
	return rows
}

// Unmark forgets all marks; false when there are none.
func (t *Table[R]) Unmark() bool {
	had := len(t.marks.order) > 0
	t.marks = marks[R]{}
	t.follow()
	return had
}

// markPressed answers the keys that mark. The space bar goes on to the next row, so that several in a row are marked by holding it.
func (t *Table[R]) markPressed(msg tea.Msg) bool {
	if !t.Marks {
		return false
	}
	switch {
	case Pressed(msg, Keys.Mark):
		if r := t.Selected(); r != nil {
			t.toggle(r)
			t.moveTo(t.at + 1)
		}
	case Pressed(msg, Keys.MarkAll):
		t.markAll()
	default:
		return false
	}
	return true
}

func (t *Table[R]) toggle(r *R) {
	id := t.ID(r)
	if t.marks.has(id) {
		t.marks.remove(id)
		return
	}
	t.marks.set(id, *r)
}

// markAll marks what the filter shows; where all of it is marked already, it takes those marks off.
func (t *Table[R]) markAll() {
	all := true
	for _, i := range t.order {
		r := &t.rows[i]
		all = all && t.marks.has(t.ID(r))
		t.marks.set(t.ID(r), *r)
	}
	if all {
		for _, i := range t.order {
			t.marks.remove(t.ID(&t.rows[i]))
		}
	}
	t.follow()
}

// refreshMarks takes over what is known of marked rows now.
func (t *Table[R]) refreshMarks() {
	if len(t.marks.order) == 0 {
		return
	}
	for i := range t.rows {
		if id := t.ID(&t.rows[i]); t.marks.has(id) {
			t.marks.rows[id] = t.rows[i]
		}
	}
}

// markWords counts the marks, and those of them that are not to be seen in the list; "" when there are none.
func (t *Table[R]) markWords() theme.Text {
	n := len(t.marks.order)
	if n == 0 {
		return ""
	}
	listed := 0
	for _, i := range t.order {
		if t.marks.has(t.ID(&t.rows[i])) {
			listed++
		}
	}
	words := Count(n) + " marked"
	if listed < n {
		words += ", " + Count(n-listed) + " not shown"
	}
	return words
}

func markBindings() []key.Binding { return []key.Binding{Keys.Mark, Keys.MarkAll} }

// markLine says what is marked and what can be done with it.
func (t *Table[R]) markLine(th *theme.Theme) string {
	return cellLine(th, t.width, Cell{" " + th.Glyphs.Mark + " " + t.markWords(), th.Accent},
		Cell{": " + t.markedWords() + ", esc unmarks", th.Dim})
}

func (t *Table[R]) markedWords() theme.Text {
	if t.forMarked != "" {
		return t.forMarked
	}
	return "actions are for all of them"
}

// gutter is the cell before a row: whether it is selected, marked, or both.
func (t *Table[R]) gutter(th *theme.Theme, selected, marked bool) theme.Text {
	switch {
	case selected && marked:
		return th.Glyphs.MarkHere
	case selected:
		return th.Glyphs.Selected
	case marked:
		return th.Glyphs.Mark
	default:
		return unmarked
	}
}

const unmarked theme.Text = " "
