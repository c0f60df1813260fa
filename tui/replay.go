package tui

import (
	"errors"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/recording"
	"ffboard/theme"
	"ffboard/views"
)

// A replay is the program on a recording: the same views, the engine of which answers as of a moment that the user moves.

const (
	shortStep = 5 * time.Second
	longStep  = time.Minute
	// replayPace is how often a replay that plays looks for what has become of the screen.
	replayPace = 200 * time.Millisecond
)

// replaying are the keys of a replay, the same everywhere in it.
var replaying = struct{ Play, Back, On, FarBack, FarOn, Slower, Faster key.Binding }{
	Play:    views.Bind("ctrl+p", "play or pause", "ctrl+p"),
	Back:    views.Bind("<", "5 s back", "<", "ctrl+left"),
	On:      views.Bind(">", "5 s on", ">", "ctrl+right"),
	FarBack: views.Bind("{", "1 min back", "{"),
	FarOn:   views.Bind("}", "1 min on", "}"),
	Slower:  views.Bind("(", "play slower", "("),
	Faster:  views.Bind(")", "play faster", ")"),
}

func replayBindings() []key.Binding {
	r := replaying
	return []key.Binding{r.Play, r.Back, r.On, r.FarBack, r.FarOn, r.Slower, r.Faster}
}

// replay is the state of the time bar.
type replay struct {
	player  *recording.Player
	ticking bool

	drawnFor *recording.Trace // what covered is of
	covered  []recording.Coverage
}

// replayCommand is of the palette of a replay.
var replayCommand = command{name: "at", argument: "<time>", does: "go to a moment of the recording", run: openMoment}

// replayFrom makes the program one that shows a recording.
func (m *Model) replayFrom(p *recording.Player) {
	m.replay = &replay{player: p}
	m.common.Clock = p.Now
	if n := p.Dropped(); n > 0 {
		m.say(views.Plural(n, "answer", "answers")+" came faster than could be recorded: the bar has "+m.common.Theme.Glyphs.Times+" there", true)
	}
	if err := p.Fault(); err != nil {
		m.say(theme.Clean(err.Error()), true)
	}
}

// replayTick comes while a replay plays.
type replayTick struct{}

// everywhere are the keys of the program that mean the same in all views.
func (m *Model) everywhere() []key.Binding {
	if m.replay == nil {
		return everywhere()
	}
	return append(everywhere(), replayBindings()...)
}

// replayed answers the keys of a replay.
func (m *Model) replayed(msg tea.KeyMsg) (cmd tea.Cmd, ok bool) {
	if m.replay == nil {
		return nil, false
	}
	p := m.replay.player
	switch {
	case key.Matches(msg, replaying.Play):
		if p.Playing() {
			p.Pause()
			return nil, true
		}
		return m.play(), true
	case key.Matches(msg, replaying.Back):
		return m.seek(p.At().Add(-shortStep)), true
	case key.Matches(msg, replaying.On):
		return m.seek(p.At().Add(shortStep)), true
	case key.Matches(msg, replaying.FarBack):
		return m.seek(p.At().Add(-longStep)), true
	case key.Matches(msg, replaying.FarOn):
		return m.seek(p.At().Add(longStep)), true
	case key.Matches(msg, replaying.Slower):
		p.Faster(-1)
		return nil, true
	case key.Matches(msg, replaying.Faster):
		p.Faster(1)
		return nil, true
	}
	return nil, false
}

// play lets time go on. From the end it begins anew, which is a leap.
func (m *Model) play() tea.Cmd {
	p := m.replay.player
	before := p.At()
	p.Play()
	if p.At().Before(before) {
		return tea.Batch(m.leapt(), m.tickReplay())
	}
	return m.tickReplay()
}

// seek goes to another moment.
func (m *Model) seek(to time.Time) tea.Cmd {
	m.replay.player.Seek(to)
	return m.leapt()
}

// leapt has what is on the screen fetched anew, and views forget what they have gathered over time.
func (m *Model) leapt() tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range m.screens() {
		s.feed.stop()
		cmds = append(cmds, s.rewind())
	}
	m.status.feed.stop()
	m.status.deploymentAt = time.Time{}
	m.heard.take()
	return tea.Batch(cmds...)
}

func (m *Model) tickReplay() tea.Cmd {
	if m.replay == nil || m.replay.ticking || !m.replay.player.Playing() {
		return nil
	}
	m.replay.ticking = true
	return tea.Tick(replayPace, func(time.Time) tea.Msg { return replayTick{} })
}

// replayTicked looks anew where time goes faster than views look by themselves, or where they had nothing to look at.
func (m *Model) replayTicked() tea.Cmd {
	m.replay.ticking = false
	if m.replay.player.Speed() == 1 && m.top().feed.err == nil && m.status.feed.err == nil {
		return m.tickReplay()
	}
	return tea.Batch(m.refresh(), m.tickReplay())
}

// unrecorded is the error of a screen that was not recorded at the player's time; nil where it was.
func (m *Model) unrecorded() *engine.Error {
	var e *engine.Error
	if m.replay == nil || !errors.As(m.top().feed.err, &e) || e.Class != engine.ClassNotRecorded {
		return nil
	}
	return e
}

// drawUnrecorded stands for a view that was not recorded.
func (m *Model) drawUnrecorded(e *engine.Error) string {
	th, height := m.common.Theme, m.bodyHeight()
	say := func(style theme.Style, words theme.Text) string {
		return th.Line(m.width).Add(th.Plain, "   ").Add(style, words).String()
	}
	lines := []string{
		th.Line(m.width).String(),
		say(th.Warn, th.Glyphs.Alert+" This was not recorded at "+replayTime(m.replay.player.Now())+"."),
		say(th.Dim, theme.Clean(e.Op+": "+e.Detail)),
		th.Line(m.width).String(),
		say(th.Dim, "A recording has what was on the screen when it was made. The bar below is heavy where this view was."),
	}
	return strings.Join(views.Fit(th, lines, m.width, height), "\n")
}

// An answer of a recording is worth a word from some age on: views that ask for their parts by turns show some that are seconds old.
const (
	oldAfter      = 10 * time.Second
	oldAfterTurns = 3 // of a view that asks seldom
)

// recordedAge says how long before the player's time the data on the screen was recorded, where that is long.
func (m *Model) recordedAge(width int) theme.Text {
	f := &m.top().feed
	oldest := f.trace.Oldest()
	switch {
	case m.unrecorded() != nil:
		return ""
	case f.err != nil:
		return "recorded: " + theme.CleanTo(f.err.Error(), max(width-10, leastOfError))
	case oldest.IsZero() || m.replay.player.At().Sub(oldest) < max(oldAfterTurns*f.need.Every, oldAfter):
		return ""
	default:
		return "recorded " + views.Span(m.replay.player.At().Sub(oldest)) + " before"
	}
}

// replayTime is a moment of the recording, to the second.
func replayTime(t time.Time) theme.Text { return theme.Clean(t.Local().Format(time.TimeOnly)) }

var errNoMoment = errors.New("a moment is a time such as 03:12 or 2026-11-28 03:12:07, a step such as +90s or -5m, start or end")

// openMoment goes where a line of the palette says.
func openMoment(m *Model, words string) (tea.Cmd, error) {
	p := m.replay.player
	first, last := p.Span()
	switch words {
	case "start":
		return m.seek(first), nil
	case "end":
		return m.seek(last), nil
	}
	if words[0] == '+' || words[0] == '-' {
		step, err := time.ParseDuration(words)
		if err != nil {
			return nil, errNoMoment
		}
		return m.seek(p.At().Add(step)), nil
	}
	// The times on the screen are the server's.
	ahead := p.Now().Sub(p.At())
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, words, time.Local); err == nil {
			return m.seek(t.Add(-ahead)), nil
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		t, err := time.ParseInLocation(layout, words, time.Local)
		if err != nil {
			continue
		}
		return m.seek(onDay(p.OnServer(first), t).Add(-ahead)), nil
	}
	return nil, errNoMoment
}

// onDay is the first moment not before another one at which the clock shows a time of day.
func onDay(from, clock time.Time) time.Time {
	from = from.Local().Truncate(time.Second)
	t := time.Date(from.Year(), from.Month(), from.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.Local)
	if t.Before(from.Truncate(time.Minute)) {
		return t.AddDate(0, 0, 1)
	}
	return t
}

func speedWords(speed int) theme.Text { return theme.Number(speed) + "x" }
