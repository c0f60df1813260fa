package tui

import (
	"context"
	"strings"
	"testing"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/views"
	"ffboard/views/viewstest"
)

func TestAViewThatPanicsIsShownAsAnError(t *testing.T) {
	boom := func() { panic("boom \x1b[2J") }
	for name, p := range map[string]*probe{
		"drawing":     {draw: func() string { boom(); return "" }},
		"updating":    {update: func(tea.Msg) tea.Cmd { boom(); return nil }},
		"in its need": {need: func() views.Need { boom(); return views.Need{} }},
		"in a command": {update: func(tea.Msg) tea.Cmd {
			return func() tea.Msg { boom(); return nil }
		}},
		"in a batched command": {update: func(tea.Msg) tea.Cmd {
			return tea.Batch(func() tea.Msg { boom(); return nil }, func() tea.Msg { return nil })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := drive(t, options(viewstest.Canned()), 100, 30)
			d.shows("default")
			d.push(p)
			d.press("x")
			d.shows(`boom \x1b[2J`)
			d.shows("panic_test.go")
			viewstest.CheckFrame(t, d.m.View(), 100, 30)
			d.press("esc")
			d.hides("boom")
			d.shows("default")
		})
	}
}

func TestAFetchThatPanicsIsAnError(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 120, 30)
	p := &probe{name: "probe", need: func() views.Need {
		return views.Need{Key: "k", Fetch: func(context.Context, views.Engine) (any, error) { panic("boom") }}
	}}
	d.push(p)
	d.shows("fetch k: panic: boom")
	d.shows("body of probe")
}

// box is a dialog that does what a test says.
type box struct {
	update func(tea.Msg) tea.Cmd
	draw   func() string
	closed bool
	got    []tea.Msg
}

func (b *box) Init() tea.Cmd           { return nil }
func (b *box) Closed() bool            { return b.closed }
func (b *box) Bindings() []key.Binding { return []key.Binding{views.Bind("enter", "do it", "enter")} }

func (b *box) Update(msg tea.Msg) tea.Cmd {
	b.got = append(b.got, msg)
	if b.update != nil {
		return b.update(msg)
	}
	return nil
}

func (b *box) View(int, int) string {
	if b.draw != nil {
		return b.draw()
	}
	return "+---------+\n| dialog  |\n+---------+"
}

func TestADialogTakesAllKeysUntilItCloses(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	d.shows("default")
	b := &box{}
	b.update = func(msg tea.Msg) tea.Cmd {
		switch {
		case views.Pressed(msg, views.Keys.Enter):
			return views.Send(note{"done"})
		case msg == tea.Msg(note{"done"}):
			b.closed = true
			return views.Send(views.Said{Text: "it is done"})
		}
		return nil
	}
	d.send(views.Ask{Dialog: b})
	d.shows("| dialog  |")
	d.shows("enter do it")
	viewstest.CheckFrame(t, d.m.View(), 80, 24)
	d.press("q", "3", "enter")
	d.shows("it is done")
	d.hides("| dialog  |")
	if len(b.got) != 4 {
		t.Errorf("the dialog got %v", b.got)
	}
	d.press("5")
	d.shows("suspended")
}

func TestADialogThatPanicsCloses(t *testing.T) {
	for name, b := range map[string]*box{
		"updating":     {update: func(tea.Msg) tea.Cmd { panic("boom") }},
		"drawing":      {draw: func() string { panic("boom") }},
		"in a command": {update: func(tea.Msg) tea.Cmd { return func() tea.Msg { panic("boom") } }},
	} {
		t.Run(name, func(t *testing.T) {
			d := drive(t, options(viewstest.Canned()), 80, 24)
			d.shows("default")
			d.send(views.Ask{Dialog: b})
			d.m.View()
			d.press("x")
			d.shows("a dialog met something it could not handle: boom")
			if len(d.m.dialogs) != 0 {
				t.Error("it is still open")
			}
		})
	}
}

func TestADialogIsDrawnOverTheScreen(t *testing.T) {
	lines := []string{"0123456789", "世界世界世", "0123456789"}
	overlay(lines, []string{"+-+", "|x|"}, 10)
	want := "012+-+6789\n世 |x|界世\n0123456789"
	// Of the second rune of the middle line the box leaves one half, where nothing can stand.
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
