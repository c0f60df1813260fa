package tui

import (
	"time"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views"
)

// headerHeight is how many lines the header takes of a terminal this high.
func headerHeight(height int) int {
	switch {
	case height >= 16:
		return 3
	case height >= 10:
		return 2
	case height >= 4:
		return 1
	default:
		return 0
	}
}

// header draws who we talk to, what it holds, and where we are, in this order of importance from below.
func (m *Model) header() []string {
	switch headerHeight(m.height) {
	case 3:
		return []string{m.identity(), m.counts(), m.whereabouts()}
	case 2:
		return []string{m.identity(), m.whereabouts()}
	case 1:
		return []string{m.whereabouts()}
	default:
		return nil
	}
}

func (m *Model) identity() string {
	th := m.common.Theme
	left := []segment{seg(9, th.Title, "ffboard")}
	if d := m.status.deployment; d != nil {
		left = append(left, m.deploymentSegments(d)...)
	}
	right := m.hindrance()
	if m.common.ReadOnly && m.replay == nil {
		right = append(right, seg(8, th.Badge, " read-only "))
	}
	if m.options.Role != "" {
		right = append(right, seg(7, th.Badge, " "+theme.CleanTo(m.options.Role, 16)+" "))
	}
	return row(th, left, append(append(right, m.recordingBadge()...), m.connection()), "  ", m.width)
}

func (m *Model) deploymentSegments(d *engine.Deployment) []segment {
	th := m.common.Theme
	segments := []segment{
		seg(6, th.Plain, theme.CleanTo(d.Address, 60)),
		seg(3, th.Dim, theme.CleanTo(d.ServerName, 16)+" "+theme.CleanTo(d.ServerVersion, 16)),
	}
	if d.Cluster {
		segments = append(segments, seg(2, th.Dim, "cluster of "+views.Plural(d.Nodes, "node", "nodes")))
	}
	switch {
	case d.LibraryVersion == "":
		segments = append(segments, seg(5, th.Bad, "no function library"))
	case d.Ours:
		segments = append(segments, seg(5, th.Dim, "wire "+theme.CleanTo(d.LibraryVersion, 12)+" ours"))
	default:
		segments = append(segments, seg(5, th.Dim, "wire "+theme.CleanTo(d.LibraryVersion, 12)))
	}
	if !d.PartitionsSet {
		segments = append(segments, seg(4, th.Warn, "not initialised"))
	}
	return segments
}

// hindrance says why a server that answers takes no writes, and since when.
func (m *Model) hindrance() []segment {
	th := m.common.Theme
	d := m.status.deployment
	if d == nil || !d.Hindered.Known() {
		return nil
	}
	return []segment{seg(10, th.Bad, th.Glyphs.Alert+" no writes, "+theme.Clean(string(d.Hindered))+": "+views.Age(m.clock(), m.status.hinderedAt))}
}

// connection says how far away the server is.
func (m *Model) connection() segment {
	th := m.common.Theme
	f := &m.status.feed
	switch {
	case m.replay != nil:
		first, _ := m.replay.player.Span()
		return seg(4, th.Dim, "recorded "+views.Stamp(first))
	case f.err != nil && f.fetchedAt.IsZero():
		return seg(8, th.Bad, th.Glyphs.Alert+" no connection")
	case f.err != nil && m.hears(f.failedAt):
		return seg(8, th.Warn, th.Glyphs.Alert+" answers come late")
	case f.err != nil:
		return seg(8, th.Bad, th.Glyphs.Alert+" offline for "+views.Age(m.clock(), f.fetchedAt))
	case f.silence() > 0:
		return seg(8, th.Warn, th.Glyphs.Alert+" no answer for "+views.Span(f.silence()))
	case f.fetchedAt.IsZero():
		return seg(8, th.Dim, "connecting")
	case m.status.roundTrip == 0:
		return seg(8, th.Good, "connected")
	default:
		return seg(8, th.Good, roundTrip(m.status.roundTrip))
	}
}

// hears tells whether what is on the screen was answered after a time: on a slow line what the header asks may take too long, and the
// server is there all the same.
func (m *Model) hears(since time.Time) bool {
	f := &m.top().feed
	return f.err == nil && !f.fetchedAt.Before(since)
}

func roundTrip(d time.Duration) theme.Text {
	if d < 10*time.Millisecond {
		tenths := d.Microseconds() / 100
		return theme.Number(tenths/10) + "." + theme.Number(tenths%10) + "ms"
	}
	return theme.Number(d.Milliseconds()) + "ms"
}

// tally is a kind of execution in the header. short is its word where room is short.
type tally struct {
	look        theme.State
	word, short theme.Text
	keep        int
	always      bool // also when there are none
	in          []engine.LaneIndex
}

var tallies = []tally{
	{theme.Running, "active", "active", 9, true, []engine.LaneIndex{engine.IndexActive}},
	{theme.Waiting, "waiting", "wait", 8, true, []engine.LaneIndex{engine.IndexEligible}},
	{theme.Suspended, "suspended", "susp", 7, true, []engine.LaneIndex{engine.IndexSuspended}},
	{theme.Delayed, "delayed", "delay", 4, false, []engine.LaneIndex{engine.IndexDelayed}},
	{theme.Blocked, "waiting_children", "child", 3, false, []engine.LaneIndex{engine.IndexBlockedDependencies}},
	{theme.Limited, "rate_limited", "limit", 5, false, []engine.LaneIndex{engine.IndexBlockedBudget, engine.IndexBlockedQuota}},
	{theme.Cancelled, "blocked", "block", 6, false, []engine.LaneIndex{engine.IndexBlockedRoute, engine.IndexBlockedOperator}},
	{theme.Done, "ended", "ended", 2, true, []engine.LaneIndex{engine.IndexTerminal}},
}

// counts draws how many executions there are by state, from the depths of the lane indexes.
func (m *Model) counts() string {
	th := m.common.Theme
	d := m.status.depths
	if d == nil {
		return row(th, []segment{seg(1, th.Dim, "counting")}, nil, "  ", m.width)
	}
	sums := map[engine.LaneIndex]int{}
	for _, lane := range d.Lanes {
		for index, n := range lane.ByIndex {
			sums[index] += n
		}
	}
	var right []segment
	if n := overdue(d); n > 0 {
		right = append(right, seg(10, th.Bad, th.Glyphs.Alert+" "+views.Count(n)+" overdue"))
	}
	if !d.Whole() {
		right = append(right, seg(1, th.Dim, "counted "+theme.Number(d.Covered)+" of "+theme.Number(d.Of)))
	}
	var left []segment
	for _, say := range []func(tally, int) (number, word theme.Text){tally.long, tally.brief, tally.tight} {
		left = tallySegments(th, sums, say)
		if needs(left, right, 2) <= m.width {
			break
		}
	}
	return row(th, left, right, "  ", m.width)
}

func (t tally) long(n int) (number, word theme.Text)  { return views.Count(n), " " + t.word }
func (t tally) brief(n int) (number, word theme.Text) { return views.Brief(n), " " + t.short }

// tight leaves all but the first three to their glyphs.
func (t tally) tight(n int) (number, word theme.Text) {
	if t.keep >= 7 {
		return t.brief(n)
	}
	return views.Brief(n), ""
}

func tallySegments(th *theme.Theme, sums map[engine.LaneIndex]int, say func(tally, int) (number, word theme.Text)) []segment {
	var segments []segment
	for _, t := range tallies {
		n := 0
		for _, index := range t.in {
			n += sums[index]
		}
		if n == 0 && !t.always {
			continue
		}
		style, keep := th.StateStyle(t.look), t.keep
		if n == 0 {
			style, keep = th.Dim, 1
		}
		number, word := say(t, n)
		segments = append(segments, segment{keep: keep, cells: []views.Cell{
			{Text: th.StateGlyph(t.look) + " " + number, Style: style}, {Text: word, Style: th.Dim},
		}})
	}
	return segments
}

func overdue(d *engine.Depths) int {
	n := 0
	for _, of := range d.Overdue {
		n += of
	}
	return n
}

// whereabouts draws the crumbs, and how old the data is when it is older than it should be.
func (m *Model) whereabouts() string {
	th := m.common.Theme
	var crumbs []segment
	for i, s := range m.stack {
		style, keep := th.Dim, i+1
		if i == len(m.stack)-1 {
			style, keep = th.Accent, 100
		}
		crumbs = append(crumbs, seg(keep, style, s.title()))
	}
	sep := " " + th.Glyphs.Crumb + " "
	var right []segment
	if t := m.staleness(m.width - total(crumbs, sep.Width()) - sep.Width() - 2); t != "" {
		right = append(right, seg(99, th.Warn, t))
	} else if t := m.turns(); t != "" {
		right = append(right, seg(1, th.Dim, t))
	}
	return row(th, crumbs, right, sep, m.width)
}

// turnsWorthSaying is how old a part of a list that is read by turns may be before it is said.
const turnsWorthSaying = 10 * time.Second

// turns says how old the oldest part of what is on the screen is, in steps, for a figure that ticks would be sent every second.
func (m *Model) turns() theme.Text {
	oldest := m.top().feed.oldestShown()
	if oldest.IsZero() {
		return ""
	}
	age := m.clock().Sub(oldest).Truncate(turnsWorthSaying)
	if age < turnsWorthSaying {
		return ""
	}
	return "by turns, the oldest part " + views.Span(age)
}

// leastOfError is how many cells of an error's text are worth showing.
const leastOfError = 16

// staleness says how old the data on the screen is, and why, in width cells or not much more.
func (m *Model) staleness(width int) theme.Text {
	if m.replay != nil {
		return m.recordedAge(width)
	}
	f := &m.top().feed
	connected := m.status.feed.err == nil && m.status.feed.silence() == 0
	if f.need.Key == "" || f.err == nil && connected {
		return ""
	}
	age := theme.Text("no data")
	if !f.fetchedAt.IsZero() {
		age = "data is " + views.Age(m.clock(), f.fetchedAt) + " old"
	}
	if f.err == nil {
		return age
	}
	if wait := f.retryAt.Sub(m.clock()).Round(time.Second); f.cancel == nil && wait > 0 {
		age += ", next try in " + views.Span(wait)
	} else {
		age += ", trying again"
	}
	room := width - age.Width() - 2
	if room < leastOfError {
		return age
	}
	return age + ": " + theme.CleanTo(f.err.Error(), room)
}
