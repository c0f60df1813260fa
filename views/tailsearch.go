package views

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// tailSearch is the line behind `/`: it goes to what matches as one types, enter keeps it, esc goes back to where one was.
type tailSearch struct {
	input  Input
	typing bool
	query  string // lower case
	from   int    // where one was
	at     int    // what was found last
	failed bool   // nothing matches
}

func (s *tailSearch) open(from int) {
	*s = tailSearch{typing: true, from: from}
}

// clear forgets the query; false when there is none.
func (s *tailSearch) clear() bool {
	had := s.typing || s.query != ""
	*s = tailSearch{}
	return had
}

// searching takes a message while the query is typed.
func (v *Tail) searching(msg tea.Msg) {
	switch {
	case Pressed(msg, Keys.Back):
		v.goTo(v.search.from)
		v.search.clear()
	case Pressed(msg, Keys.Enter):
		v.search.typing = false
	case v.search.input.Update(msg):
		v.search.query = strings.ToLower(v.search.input.Value())
		v.find(v.search.from, 1)
	}
	v.layout()
}

// find goes to the next place from start on, by steps of by, that matches; round the end to the beginning.
func (v *Tail) find(start, by int) {
	n := v.places()
	v.search.failed = v.search.query != ""
	if n == 0 || v.search.query == "" {
		return
	}
	for i := range n {
		at := ((start+i*by)%n + n) % n
		if v.matches(at) {
			v.goTo(at)
			v.search.at, v.search.failed = at, false
			return
		}
	}
}

// places are the frames, or the lines of text, that one can be at.
func (v *Tail) places() int {
	if v.flow != nil {
		return v.flow.count()
	}
	return len(v.list.rows)
}

func (v *Tail) position() int {
	if v.flow != nil {
		return v.text.Top()
	}
	return v.list.at
}

// found is where the search goes on from: in a text that is the last match, which need not stand on the first line.
func (v *Tail) found() int {
	if v.flow != nil {
		return v.search.at
	}
	return v.list.at
}

func (v *Tail) goTo(at int) {
	if v.flow != nil {
		v.text.ScrollTo(at)
		v.follow = v.text.AtBottom()
		return
	}
	v.list.at = at
	v.list.follow()
	v.follow = v.list.atEnd()
}

func (v *Tail) matches(at int) bool {
	if v.flow != nil {
		return foldedIndex(v.flow.line(at).text, v.search.query) >= 0
	}
	f := v.list.rows[at]
	return strings.Contains(strings.ToLower(string(f.Payload)), v.search.query) || strings.Contains(strings.ToLower(f.Type), v.search.query)
}

// foldedIndex is where the query, in lower case, first stands in the text in any case; -1 where it does not.
func foldedIndex(text theme.Text, query string) int {
	if query == "" {
		return -1
	}
	for i := 0; i+len(query) <= len(text); i++ {
		if strings.EqualFold(string(text[i:i+len(query)]), query) {
			return i
		}
	}
	return -1
}

// marked is the text with what matches the search standing out.
func (v *Tail) marked(text theme.Text, s theme.Style) []Cell {
	i := foldedIndex(text, v.search.query)
	if i < 0 {
		return []Cell{{text, s}}
	}
	end := i + len(v.search.query)
	return []Cell{{text[:i], s}, {text[i:end], v.c.Theme.Match}, {text[end:], s}}
}
