package tui

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
	"ffboard/views/viewstest"
)

// driver runs a Model as Bubble Tea would, without a terminal: commands run in goroutines of their own, and their results come in one
// by one. The test's goroutine is the program's loop, so that a frame may be looked at between any two messages.
type driver struct {
	t    *testing.T
	m    *Model
	msgs chan tea.Msg
	quit bool
}

func drive(t *testing.T, o Options, width, height int) *driver {
	t.Helper()
	o.bare = true
	if o.Now == nil {
		o.Now = viewstest.Clock
	}
	d := &driver{t: t, m: New(o), msgs: make(chan tea.Msg, 1000)}
	d.run(d.m.Init())
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	return d
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			d.msgs <- msg
		}
	}()
}

func (d *driver) send(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.run(cmd)
		}
		return
	case tea.QuitMsg:
		d.quit = true
		return
	}
	_, cmd := d.m.Update(msg)
	d.run(cmd)
}

func (d *driver) press(keys ...string) {
	for _, k := range keys {
		d.send(viewstest.Key(k))
	}
}

func (d *driver) typing(text string) {
	for _, k := range viewstest.Type(text) {
		d.send(k)
	}
}

// until takes messages until the condition holds.
func (d *driver) until(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case msg := <-d.msgs:
			d.send(msg)
		case <-deadline:
			d.t.Fatalf("waited in vain for: %s\n%s", what, d.m.View())
		}
	}
}

func (d *driver) shows(text string) {
	d.t.Helper()
	d.until("the screen shows "+text, func() bool { return strings.Contains(d.m.View(), text) })
}

func (d *driver) hides(text string) {
	d.t.Helper()
	d.until("the screen no longer shows "+text, func() bool { return !strings.Contains(d.m.View(), text) })
}

func (d *driver) quits() {
	d.t.Helper()
	d.until("the program ends", func() bool { return d.quit })
}

// rounds lets the header's feed go round.
func (d *driver) rounds(n int) {
	d.t.Helper()
	for range n {
		d.until("the header has its answer", func() bool { return d.m.status.feed.cancel == nil })
		d.press("ctrl+r")
	}
	d.until("the header has its answer", func() bool { return d.m.status.feed.cancel == nil })
}

// push opens a view as a view would.
func (d *driver) push(v views.View) {
	d.send(views.Push{View: v})
}

func options(e *viewstest.Engine) Options {
	return Options{Engine: e, Clock: e, Role: "attached", Start: "lanes"}
}

// probe is a view that does what a test says and remembers what came to it.
type probe struct {
	name     theme.Text
	bindings []key.Binding
	need     func() views.Need
	update   func(tea.Msg) tea.Cmd
	draw     func() string
	capture  bool
	closed   bool

	mu            sync.Mutex
	got           []tea.Msg
	width, height int
}

func (p *probe) Title() theme.Text       { return p.name }
func (p *probe) Init() tea.Cmd           { return nil }
func (p *probe) SetSize(w, h int)        { p.width, p.height = w, h }
func (p *probe) Bindings() []key.Binding { return p.bindings }
func (p *probe) Capturing() bool         { return p.capture }
func (p *probe) Close()                  { p.closed = true }

func (p *probe) Update(msg tea.Msg) tea.Cmd {
	p.mu.Lock()
	p.got = append(p.got, msg)
	p.mu.Unlock()
	if p.update != nil {
		return p.update(msg)
	}
	return nil
}

func (p *probe) View() string {
	if p.draw != nil {
		return p.draw()
	}
	th := theme.Bare()
	return strings.Join(views.Fit(th, []string{th.Line(p.width).Add(th.Plain, "body of "+p.name).String()}, p.width, p.height), "\n")
}

func (p *probe) Need() views.Need {
	if p.need != nil {
		return p.need()
	}
	return views.Need{}
}

// received counts messages of the type of like.
func (p *probe) received(like any) int {
	n := 0
	for _, msg := range p.got {
		if reflect.TypeOf(msg) == reflect.TypeOf(like) {
			n++
		}
	}
	return n
}
