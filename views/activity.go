package views

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	// mostActivity is how many events are kept.
	mostActivity = 5000
	// activityHead are the lines above the list.
	activityHead = 2
)

// activityKinds are what tab goes through; "" is all of them.
var activityKinds = []activityKind{"", activityCompletion, activitySignal, activityLease, activityAction}

// Activity shows what happens, as it happens, the newest last.
type Activity struct {
	c     *Common
	feed  *activityFeed
	table Table[activityEvent]

	events  []activityEvent // kept, oldest first
	total   int             // that the feed has told of
	actions int             // of the session that were taken in
	rate    Series

	second          time.Time // that is being counted
	inSecond        int
	heardLost, lost time.Time // when a subscription broke the last time, by the feed and by this view

	kind   int
	follow bool
	paused int // total when the screen was stopped, plus one; 0: it goes on

	width, height int
}

// NewActivity makes the view of what happens.
func NewActivity(c *Common) *Activity {
	v := &Activity{c: c, feed: &activityFeed{}, follow: true}
	v.table = Table[activityEvent]{
		Columns: []Column[activityEvent]{
			{Title: "TIME", Width: 12, Cell: func(r *activityEvent) Cell { return Cell{Clock(r.at), c.Theme.Dim} }},
			{Title: "KIND", Width: 10, Cell: func(r *activityEvent) Cell { return Cell{theme.Clean(string(r.kind)), c.Theme.Key} }},
			{Title: "WHAT", Width: 18, Flex: 1, Cell: v.what},
			{Title: "EXEC", Width: shortID, Cell: func(r *activityEvent) Cell { return Cell{ShortExecution(r.execution), c.Theme.Plain} }},
			{Title: "FLOW", Width: shortID, Drop: 1, Cell: func(r *activityEvent) Cell { return Cell{ShortFlow(r.flow), c.Theme.Dim} }},
			{Title: "", Width: 16, Flex: 4, Cell: func(r *activityEvent) Cell { return Cell{theme.CleanTo(r.detail, 200), c.Theme.Dim} }},
		},
		ID:    func(r *activityEvent) string { return r.id },
		Text:  (*activityEvent).text,
		Empty: "nothing has happened since this view was opened",
	}
	return v
}

func (v *Activity) what(r *activityEvent) Cell {
	th, word := v.c.Theme, theme.CleanTo(r.what, 60)
	switch {
	case r.kind == activityLost:
		return Cell{th.Glyphs.Alert + " " + word, th.Warn}
	case r.bad:
		return Cell{th.Glyphs.Cross + " " + word, th.Bad}
	case r.kind == activityCompletion && r.what == string(engine.OutcomeSuccess):
		return Cell{th.Glyphs.Check + " " + word, th.Good}
	default:
		return Cell{th.Glyphs.Dot + " " + word, th.Plain}
	}
}

func (v *Activity) Title() theme.Text { return "activity" }
func (v *Activity) Init() tea.Cmd     { return nil }
func (v *Activity) Close()            { v.feed.close() }
func (v *Activity) Capturing() bool   { return v.table.Capturing() }
func (v *Activity) Unwind() bool      { return v.table.Unwind() }

func (v *Activity) Need() Need {
	return Need{Key: "activity", Every: activityPace, Fetch: v.feed.fetch}
}

func (v *Activity) Bindings() []key.Binding {
	pause := pauseKey
	if v.paused > 0 {
		pause = Does(pause, "go on")
	}
	return append([]key.Binding{Keys.Enter, pause, followKey, Does(Keys.NextTab, "next kind"), Does(Keys.PreviousTab, "previous kind"), Keys.Edges},
		v.table.Bindings()...)
}

func (v *Activity) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if batch, ok := data.Value.(activityBatch); ok && data.Err == nil {
			v.take(batch)
		}
		return nil
	}
	if v.table.Capturing() {
		v.table.Update(msg)
		return nil
	}
	switch {
	case Pressed(msg, pauseKey):
		v.pause()
	case Pressed(msg, followKey):
		v.paused, v.follow = 0, true
		v.show()
	case Pressed(msg, Keys.NextTab):
		v.turn(1)
	case Pressed(msg, Keys.PreviousTab):
		v.turn(-1)
	case Pressed(msg, Keys.Enter) || Pressed(msg, Keys.Edges):
		return v.open(msg)
	default:
		if m, ok := msg.(tea.MouseMsg); ok {
			m.Y -= activityHead
			msg = m
		}
		if v.table.Update(msg) {
			v.follow = v.table.at >= v.table.Shown()-1
		}
	}
	return nil
}

// open leads to the execution that an event is about, or to its flow.
func (v *Activity) open(msg tea.Msg) tea.Cmd {
	r := v.table.Selected()
	switch {
	case r == nil:
		return nil
	case r.execution == "" && r.flow != "" && Pressed(msg, Keys.Enter):
		return Send(Push{NewFlow(v.c, r.flow)})
	default:
		return onExecution(v.c, &engine.ExecutionRow{ID: r.execution, Flow: r.flow}, msg)
	}
}

func (v *Activity) pause() {
	if v.paused == 0 {
		v.paused = v.total + 1
		return
	}
	v.paused = 0
	v.show()
}

func (v *Activity) turn(by int) {
	v.kind = (v.kind + by + len(activityKinds)) % len(activityKinds)
	v.show()
}

// take keeps what has happened, also while the screen stands still.
func (v *Activity) take(batch activityBatch) {
	now := v.c.Now()
	v.count(now, batch.total-v.total)
	v.total = batch.total
	if !batch.lost.Equal(v.heardLost) {
		v.heardLost, v.lost = batch.lost, now
	}
	fresh := append(batch.events, v.newActions()...)
	if len(fresh) == 0 && v.table.loaded {
		return
	}
	v.events = append(v.events, fresh...)
	if over := len(v.events) - mostActivity; over > 0 {
		v.events = append(v.events[:0:0], v.events[over:]...)
	}
	if v.paused == 0 {
		v.show()
	}
}

// count counts by the second.
func (v *Activity) count(now time.Time, n int) {
	if second := now.Truncate(time.Second); !second.Equal(v.second) {
		v.second, v.inSecond = second, 0
	}
	v.inSecond += n
	v.rate.Set(v.second, float64(v.inSecond))
}

// newActions are what this session did since the last time.
func (v *Activity) newActions() []activityEvent {
	if v.c.Outcomes == nil {
		return nil
	}
	outcomes, total := v.c.Outcomes()
	fresh := outcomes[max(len(outcomes)-(total-v.actions), 0):]
	first := total - len(fresh)
	v.actions = total
	var events []activityEvent
	for i, o := range fresh {
		what := "done"
		if o.Error {
			what = "refused or failed"
		}
		events = append(events, activityEvent{id: "action " + string(theme.Number(first+i)), kind: activityAction, at: o.At, what: what,
			detail: string(o.Text), bad: o.Error})
	}
	return events
}

// show puts what is kept on the screen.
func (v *Activity) show() {
	rows := v.events
	if kind := activityKinds[v.kind]; kind != "" {
		rows = nil
		for i := range v.events {
			if v.events[i].kind == kind || v.events[i].kind == activityLost {
				rows = append(rows, v.events[i])
			}
		}
	}
	v.table.SetRows(rows)
	if v.follow {
		v.table.moveTo(v.table.Shown() - 1)
	}
}

func (v *Activity) SetSize(width, height int) {
	v.width, v.height = width, height
	v.table.SetSize(width, max(height-activityHead, 0))
	if v.follow {
		v.table.moveTo(v.table.Shown() - 1)
	}
}

func (v *Activity) View() string {
	th := v.c.Theme
	lines := []string{v.modes(), v.limits()}
	return strings.Join(Fit(th, append(lines, rows(v.table.View(th))...), v.width, v.height), "\n")
}

// modes says how much happens and what of it is shown.
func (v *Activity) modes() string {
	th := v.c.Theme
	l := th.Line(v.width).Add(th.Plain, " ")
	switch {
	case v.paused > 0:
		l.Add(th.Badge, " paused ").Add(th.Warn, " "+Count(v.total-v.paused+1)+" new")
	case v.follow:
		l.Add(th.Badge, " following ")
	default:
		l.Add(th.Dim, "standing, f follows")
	}
	l.Add(th.Plain, " "+v.perSecond()+" ").Add(th.Dim, Sparkline(th, v.rate.Values(), 20)).Add(th.Plain, "  ")
	for i, kind := range activityKinds {
		name := theme.Clean(string(kind))
		if kind == "" {
			name = "all"
		}
		if i == v.kind {
			l.Add(th.Accent, "["+name+"]")
			continue
		}
		l.Add(th.Dim, " "+name+" ")
	}
	return l.Rest(th.Dim, Count(v.total)+" in all ").String()
}

// limits says what is not told here.
func (v *Activity) limits() string {
	th := v.c.Theme
	if !v.lost.IsZero() && v.c.Now().Sub(v.lost) < time.Minute {
		return cellLine(th, v.width, Cell{" " + th.Glyphs.Alert + " a subscription was lost " + Age(v.c.Now(), v.lost) + " ago and is resumed by itself", th.Warn})
	}
	return cellLine(th, v.width, Cell{" completions are of flow members alone and may be lost; leases are those of some executions at work", th.Dim})
}

// perSecond is what the last whole second brought.
func (v *Activity) perSecond() theme.Text {
	values := v.rate.Values()
	if len(values) < 2 || !(values[len(values)-2] > 0) {
		return "0/s"
	}
	return Count(int(values[len(values)-2])) + "/s"
}
