package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine/recording"
	"ffboard/theme"
	"ffboard/views"
)

const (
	lowestWithBar = 6  // lines of a terminal that has room for the time bar
	shortestTrack = 10 // cells
)

// timebarHeight is 1 in a replay, where there is room.
func (m *Model) timebarHeight() int {
	if m.replay == nil || m.height < lowestWithBar {
		return 0
	}
	return 1
}

// timebar draws where in the recording one is: how it goes on, the moment, the whole with what was recorded, and its end.
func (m *Model) timebar() string {
	th := m.common.Theme
	left, right := m.timebarSides()
	l := th.Line(m.width).Add(th.Plain, " ")
	join(l, th, left, "  ")
	l.Add(th.Plain, "  ")
	from, cells := m.track()
	if cells >= shortestTrack {
		m.drawTrack(l.Fill(from), cells)
		l.Add(th.Plain, "  ")
	}
	l.Fill(m.width - total(right, 2) - 1)
	join(l, th, right, "  ")
	return l.String()
}

// timebarSides are what stands on both sides of the track. Of narrow terminals the keys go first.
func (m *Model) timebarSides() (left, right []segment) {
	th, p := m.common.Theme, m.replay.player
	left = []segment{m.pace(), seg(99, th.Title, m.moment(p.Now()))}
	_, last := p.Span()
	right = []segment{seg(98, th.Dim, m.moment(p.OnServer(last)))}
	play := views.Does(replaying.Play, "play")
	if p.Playing() {
		play = views.Does(replaying.Play, "pause")
	}
	keys := []segment{keySegment(th, m.keymap.show(play), 90)}
	for _, pair := range []struct{ keys, does theme.Text }{{"< >", "5 s"}, {"{ }", "1 min"}, {"( )", "speed"}} {
		keys = append(keys, segment{keep: 50, cells: []views.Cell{{Text: pair.keys, Style: th.Key}, {Text: " " + pair.does, Style: th.Dim}}})
	}
	for _, k := range keys {
		if m.width-total(left, 2)-total(append(right, k), 2)-6 < m.width/3 {
			break
		}
		right = append(right, k)
	}
	return left, right
}

// pace says whether time goes on, and how fast.
func (m *Model) pace() segment {
	th, p := m.common.Theme, m.replay.player
	_, last := p.Span()
	switch {
	case p.Playing():
		return seg(100, th.Good, th.Glyphs.HeadRight+" playing "+speedWords(p.Speed()))
	case !p.At().Before(last):
		return seg(100, th.Dim, th.StateGlyph(theme.Suspended)+" at the end")
	case p.Speed() > 1:
		return seg(100, th.Warn, th.StateGlyph(theme.Suspended)+" paused "+speedWords(p.Speed()))
	default:
		return seg(100, th.Warn, th.StateGlyph(theme.Suspended)+" paused")
	}
}

// moment is a time of the recording; of one that goes beyond midnight with its date.
func (m *Model) moment(t time.Time) theme.Text {
	first, last := m.replay.player.Span()
	if first.Local().Format(time.DateOnly) != last.Local().Format(time.DateOnly) {
		return views.Stamp(t)
	}
	return replayTime(t)
}

// track is where the track begins and how many cells it has.
func (m *Model) track() (from, cells int) {
	left, right := m.timebarSides()
	from = 1 + total(left, 2) + 2
	return from, m.width - from - 2 - total(right, 2) - 1
}

func (m *Model) drawTrack(l *theme.Line, cells int) {
	th, r := m.common.Theme, m.replay
	trace := m.top().feed.trace
	if len(r.covered) != cells || r.drawnFor != trace {
		r.covered, r.drawnFor = r.player.Coverage(trace, cells), trace
	}
	here := r.player.PartOf(r.player.At(), cells)
	for i, c := range r.covered {
		switch {
		case i == here:
			l.Add(th.Accent, th.StateGlyph(theme.Running))
		case c == recording.Asked:
			l.Add(th.Plain, th.Glyphs.Heavy)
		case c == recording.Else:
			l.Add(th.Dim, th.Glyphs.Horizontal)
		case c == recording.Lost:
			l.Add(th.Warn, th.Glyphs.Times)
		default:
			l.Add(th.Dim, th.Glyphs.Wait)
		}
	}
}

// clickedTrack goes to the moment under the mouse; ok is false where it is elsewhere.
func (m *Model) clickedTrack(msg tea.MouseMsg) (cmd tea.Cmd, ok bool) {
	if m.timebarHeight() == 0 || msg.Y != headerHeight(m.height)+m.bodyHeight() {
		return nil, false
	}
	from, cells := m.track()
	if msg.Button != tea.MouseButtonLeft || msg.Action == tea.MouseActionRelease || cells < shortestTrack || msg.X < from || msg.X >= from+cells {
		return nil, true
	}
	return m.seek(m.replay.player.PartAt(msg.X-from, cells)), true
}
