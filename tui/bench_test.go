package tui

import (
	"context"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views"
	"ffboard/views/viewstest"
)

var colours = theme.Terminal{Profile: termenv.TrueColor, Dark: true}

// full is the program at 200x60 on a list of a thousand executions, with a full header.
func full(b *testing.B) *Model {
	b.Helper()
	e := viewstest.Canned()
	m := New(Options{Engine: e, Clock: e, Role: "attached", Terminal: colours})
	m.Init()
	m.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	need := m.status.need()
	value, err := need.Fetch(context.Background(), e)
	m.status.take(views.Data{Key: need.Key, Value: value, Err: err, At: viewstest.Now}, m.common)
	v := views.NewLaneExecutions(m.common, "default", engine.IndexActive)
	m.push(v)
	var rows []engine.ExecutionRow
	for i := range 1000 {
		r := viewstest.CannedRows()[i%16]
		r.ID = viewstest.ExecutionID(i)
		rows = append(rows, r)
	}
	v.Update(views.Data{Key: v.Need().Key, Value: rows})
	return m
}

func BenchmarkKeyToFrame(b *testing.B) {
	m := full(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%900 < 450 {
			m.Update(viewstest.Key("j"))
		} else {
			m.Update(viewstest.Key("k"))
		}
		m.View()
	}
}

func BenchmarkFilterKeyToFrame(b *testing.B) {
	m := full(b)
	m.Update(viewstest.Key("/"))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			m.Update(viewstest.Key("e"))
		} else {
			m.Update(viewstest.Key("backspace"))
		}
		m.View()
	}
}

func BenchmarkDialogFrame(b *testing.B) {
	m := full(b)
	m.Update(views.Ask{Dialog: &box{}})
	b.ReportAllocs()
	for b.Loop() {
		m.View()
	}
}

func BenchmarkStartToFirstFrame(b *testing.B) {
	e := viewstest.Canned()
	b.ReportAllocs()
	for b.Loop() {
		m := New(Options{Engine: e, Clock: e, Role: "attached", Terminal: colours})
		m.Init()
		m.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
		m.View()
	}
}
