package views

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine/action"
	"ffboard/theme"
)

// actionMenu lists everything that can be done to its targets, each with its letter and, where it makes no sense now, with the reason.
type actionMenu struct {
	c       *Common
	targets []action.Target

	states  []*action.State // nil until read
	entries []menuEntry
	at      int
	err     error
	early   string // a letter that came before the states
	closed  bool
}

// menuEntry is an action and what keeps it from being done.
type menuEntry struct {
	*action.Action
	possible int    // to how many
	why      string // to none, and why
}

// NewActions makes the menu of everything that can be done to targets of one kind.
func NewActions(c *Common, targets ...action.Target) Dialog {
	return &actionMenu{c: c, targets: targets}
}

// actionsRead are the targets as they are now.
type actionsRead struct {
	states []*action.State
	err    error
}

func (m *actionMenu) Init() tea.Cmd { return readTargets(m.c.Engine, m.targets) }
func (m *actionMenu) Closed() bool  { return m.closed }

func readTargets(e Engine, targets []action.Target) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), longestCall)
		defer cancel()
		states, err := action.Read(ctx, e, targets)
		return actionsRead{states, err}
	}
}

var (
	menuUp    = Bind("↑↓", "choose", "up", "down")
	menuEnter = Bind("enter", "go on", "enter")
	menuClose = Bind("esc", "close", "esc")
)

func (m *actionMenu) Bindings() []key.Binding {
	bs := []key.Binding{menuUp, menuEnter, menuClose}
	for _, a := range action.For(m.kind()) {
		bs = append(bs, m.c.Write(Bind(a.Key, a.Name, a.Key)))
	}
	return bs
}

func (m *actionMenu) kind() action.Kind { return m.targets[0].Kind }

func (m *actionMenu) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case actionsRead:
		return m.read(msg)
	case tea.KeyMsg:
		return m.pressed(msg)
	}
	return nil
}

func (m *actionMenu) read(msg actionsRead) tea.Cmd {
	m.err = msg.err
	if msg.err != nil {
		return nil
	}
	m.states = msg.states
	m.entries = nil
	for _, a := range action.For(m.kind()) {
		m.entries = append(m.entries, m.judge(a))
	}
	for i := len(m.entries) - 1; i >= 0; i-- {
		if m.entries[i].why == "" {
			m.at = i
		}
	}
	early := m.early
	m.early = ""
	return m.choose(early)
}

// judge finds out to how many targets an action may be done.
func (m *actionMenu) judge(a *action.Action) menuEntry {
	e := menuEntry{Action: a}
	switch {
	case m.c.ReadOnly:
		e.why = "the program runs read-only"
		return e
	case len(m.states) > 1 && !a.Bulk:
		e.why = "one at a time: esc unmarks"
		return e
	}
	for _, s := range m.states {
		why := a.Possible(s)
		if why == "" {
			e.possible++
		} else if e.why == "" {
			e.why = why
		}
	}
	if e.possible > 0 {
		e.why = ""
	}
	return e
}

func (m *actionMenu) pressed(k tea.KeyMsg) tea.Cmd {
	switch {
	case Pressed(k, menuClose):
		m.closed = true
	case k.String() == "up":
		m.at = max(m.at-1, 0)
	case k.String() == "down":
		m.at = max(min(m.at+1, len(m.entries)-1), 0)
	case Pressed(k, menuEnter):
		if m.at < len(m.entries) {
			return m.open(m.entries[m.at])
		}
	case m.states == nil:
		m.early = k.String()
	default:
		return m.choose(k.String())
	}
	return nil
}

// choose opens the action of a letter; one that is not possible is pointed at, with its reason.
func (m *actionMenu) choose(letter string) tea.Cmd {
	for i, e := range m.entries {
		if e.Key == letter {
			m.at = i
			return m.open(e)
		}
	}
	return nil
}

func (m *actionMenu) open(e menuEntry) tea.Cmd {
	if e.why != "" {
		return nil
	}
	m.closed = true
	return Send(Ask{m.form(e.Action)})
}

// form is the dialog of an action: its own where it has one.
func (m *actionMenu) form(a *action.Action) Dialog {
	if len(m.states) == 1 {
		s := m.states[0]
		switch {
		case a.Kind == action.Execution && a.Name == action.NameCancel:
			return NewCancelExecution(m.c, s.Row)
		case a.Kind == action.Execution && a.Name == action.NameSignal:
			return NewSignal(m.c, s.Execution)
		case a.Kind == action.Flow && a.Name == action.NameCancel && s.Whole != nil:
			return NewCancelFlow(m.c, s.Whole)
		}
	}
	return newActionDialog(m.c, a, m.targets)
}

func (m *actionMenu) View(width, height int) string {
	th := m.c.Theme
	inner := max(min(width-4, max(dialogWidth, m.widest())), 1)
	var lines []string
	say := func(cells ...Cell) { lines = append(lines, cellLine(th, inner, cells...)) }
	switch {
	case m.err != nil:
		lines = append(lines, sentence(th, th.Bad, action.Explain(m.err), inner)...)
	case m.states == nil:
		say(Cell{"reading what it is now", th.Dim})
	default:
		for _, cells := range aboutTargets(m.c, m.states) {
			say(cells...)
		}
		say()
		for i := range m.entries {
			lines = append(lines, m.entry(i, inner))
		}
	}
	if room := max(height-2, 0); len(lines) > room {
		lines = lines[:room]
	}
	return strings.Join(Box(th, "Actions", lines, inner, ""), "\n")
}

// menuNames is how wide the names of actions are.
const menuNames = 13

// menuLead is how wide the mark, the letter and the name before an action's words are.
const menuLead = 5 + menuNames

// widest is as much as the longest entry takes.
func (m *actionMenu) widest() int {
	most := 0
	for i := range m.entries {
		most = max(most, menuLead+m.words(&m.entries[i]).Width())
	}
	return most
}

// words are what an action does, or why it cannot be done.
func (m *actionMenu) words(e *menuEntry) theme.Text {
	switch {
	case e.why != "":
		return m.c.Theme.Glyphs.Cross + " " + theme.Clean(e.why)
	case e.possible < len(m.states):
		return "for " + Count(e.possible) + " of " + Count(len(m.states)) + ": " + theme.Clean(e.Does)
	default:
		return theme.Clean(e.Does)
	}
}

func (m *actionMenu) entry(i, width int) string {
	th, e := m.c.Theme, &m.entries[i]
	mark := theme.Text(" ")
	if i == m.at {
		mark = th.Glyphs.Selected
	}
	name, letter := th.Plain, th.Key
	if e.why != "" {
		name, letter = th.Dim, th.Dim
	}
	l := th.Line(width)
	if i == m.at {
		l.Bar(th.Selected)
	}
	return l.Add(th.Accent, mark).Add(letter, " "+theme.Clean(e.Key)+"  ").Field(name, theme.Clean(e.Name), menuNames, theme.Left).
		Add(th.Dim, m.words(e)).String()
}
