package views

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	signalsEvery = 2 * time.Second
	// signalsHurry is how soon the next look follows while not everything was read.
	signalsHurry = 400 * time.Millisecond
)

// Signals shows what suspended executions wait for: one line for all that wait for the same.
type Signals struct {
	c     *Common
	table Table[engine.SignalGroup]
	got   engine.SignalGroups

	width, height int
}

// NewSignals makes the view of what is waited for.
func NewSignals(c *Common) *Signals {
	v := &Signals{c: c}
	v.table = Table[engine.SignalGroup]{
		Columns: []Column[engine.SignalGroup]{
			{Title: "WAITS FOR", Width: 24, Flex: 4, SortKey: "N", Sorts: "what is waited for", Cell: v.condition,
				Compare: func(a, b *engine.SignalGroup) int { return strings.Compare(groupText(a), groupText(b)) }},
			{Title: "HOW", Width: 14, Cell: v.how},
			{Title: "COUNT", Width: 8, Align: theme.Right, SortKey: "C", Sorts: "count, most first",
				Cell:    func(r *engine.SignalGroup) Cell { return Cell{Text: Count(r.Count)} },
				Compare: func(a, b *engine.SignalGroup) int { return cmp.Compare(b.Count, a.Count) }},
			{Title: "OLDEST", Width: 7, Align: theme.Right, SortKey: "S", Sorts: "oldest first",
				Cell:    func(r *engine.SignalGroup) Cell { return Cell{Text: c.Since(r.Oldest)} },
				Compare: func(a, b *engine.SignalGroup) int { return a.Oldest.Compare(b.Oldest) }},
			{Title: "NEXT TIMEOUT", Width: 12, Align: theme.Right, SortKey: "T", Sorts: "timeout, soonest first", Cell: v.soonest,
				Compare: func(a, b *engine.SignalGroup) int { return compareDue(a.Soonest, b.Soonest) }},
			{Title: "FOR GOOD", Width: 8, Align: theme.Right, Drop: 1, Cell: v.endless},
		},
		ID:    func(r *engine.SignalGroup) string { return string(r.Key) },
		Text:  groupText,
		Empty: "nothing is suspended",
	}
	return v
}

func (v *Signals) Title() theme.Text { return "signals" }
func (v *Signals) Init() tea.Cmd     { return nil }
func (v *Signals) Capturing() bool   { return v.table.Capturing() }
func (v *Signals) Unwind() bool      { return v.table.Unwind() }

func (v *Signals) Query() string                  { return v.table.Query() }
func (v *Signals) SetFilter(query string) tea.Cmd { v.table.SetFilter(query); return nil }

func (v *Signals) Need() Need {
	every := signalsEvery
	if v.got.Covered < v.got.Partitions || v.got.Read < v.got.Of && v.hasRoom() {
		every = signalsHurry
	}
	return Need{Key: "signals", Every: every, Fetch: func(ctx context.Context, e Engine) (any, error) { return e.SignalGroups(ctx) }}
}

// hasRoom tells whether more is being read: the engine keeps so many and no more.
func (v *Signals) hasRoom() bool { return v.got.Read < mostSleepersRead }

// mostSleepersRead is beyond what looking more often would help.
const mostSleepersRead = 60_000

func (v *Signals) Bindings() []key.Binding {
	return append([]key.Binding{Does(Keys.Enter, "who waits"), Does(Keys.NextTab, "back to one by one")}, v.table.Bindings()...)
}

func (v *Signals) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if got, ok := data.Value.(engine.SignalGroups); ok && data.Err == nil {
			v.got = got
			v.table.SetRows(got.Groups)
			v.layout()
		}
		return nil
	}
	if r := v.table.Selected(); r != nil && !v.table.Capturing() && Pressed(msg, Keys.Enter) {
		return Send(Push{NewSuspendedGroup(v.c, r)})
	}
	if !v.table.Capturing() && Pressed(msg, Keys.NextTab) {
		return Send(Pop{})
	}
	v.table.Update(msg)
	return nil
}

func (v *Signals) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Signals) layout() { v.table.SetSize(v.width, max(v.height-1, 0)) }

func (v *Signals) View() string {
	if v.height < 2 {
		return v.table.View(v.c.Theme)
	}
	return v.table.View(v.c.Theme) + "\n" + v.coverage()
}

// coverage says how many of the suspended executions the groups are made of.
func (v *Signals) coverage() string {
	l := v.c.Theme.Line(v.width)
	g := &v.got
	if g.Partitions == 0 {
		return l.String()
	}
	l.Add(v.c.Theme.Dim, " read "+Count(g.Read)+" of "+Count(g.Of)+" suspended")
	if g.Covered < g.Partitions {
		l.Add(v.c.Theme.Warn, ", "+Count(g.Covered)+" of "+Count(g.Partitions)+" partitions so far")
	}
	return l.String()
}

func (v *Signals) condition(r *engine.SignalGroup) Cell {
	th := v.c.Theme
	switch r.Fault {
	case "":
		return Cell{Text: conditionWords(&r.Condition)}
	case engine.FaultNoSuspension:
		return Cell{Text: th.Glyphs.Alert + " no suspension record", Style: th.Warn}
	case engine.FaultOver:
		return Cell{Text: th.Glyphs.Alert + " the wait is over by its record", Style: th.Warn}
	default:
		return Cell{Text: th.Glyphs.Alert + " a record that cannot be read", Style: th.Warn}
	}
}

// how tells plain signals from what one signal does not end.
func (v *Signals) how(r *engine.SignalGroup) Cell {
	th := v.c.Theme
	switch {
	case r.Fault != "":
		return Cell{}
	case r.Condition.Kind == engine.ConditionOperatorOnly:
		return Cell{Text: "operator only", Style: th.Warn}
	case r.Condition.Kind == engine.ConditionTimeoutOnly:
		return Cell{Text: "timeout only", Style: th.Warn}
	case r.Condition.Composite():
		return Cell{Text: "composite", Style: th.Accent}
	case len(r.Condition.SignalNames()) == 0:
		return Cell{Text: "any signal", Style: th.Accent}
	case len(r.Condition.Names) > 1:
		return Cell{Text: "several", Style: th.Accent}
	default:
		return Cell{Text: "by name", Style: th.Dim}
	}
}

func (v *Signals) soonest(r *engine.SignalGroup) Cell {
	th := v.c.Theme
	switch {
	case r.Soonest.IsZero():
		return Cell{Text: th.Glyphs.Dot, Style: th.Dim}
	case r.Soonest.Before(v.c.Now()):
		return Cell{Text: Until(v.c.Now(), r.Soonest), Style: th.Bad}
	default:
		return Cell{Text: Until(v.c.Now(), r.Soonest)}
	}
}

func (v *Signals) endless(r *engine.SignalGroup) Cell {
	if r.Endless == 0 {
		return Cell{Text: "0", Style: v.c.Theme.Dim}
	}
	return Cell{Text: Count(r.Endless)}
}

func groupText(r *engine.SignalGroup) string {
	return string(conditionWords(&r.Condition)) + " " + strings.Join(r.Condition.SignalNames(), " ") + " " + string(r.Fault)
}
