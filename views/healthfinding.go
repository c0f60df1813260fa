package views

import (
	"slices"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// severity is how bad a finding is, the worst first.
type severity int

const (
	severityWrong severity = iota // somebody is harmed by it now
	severityWatch                 // it may come to that
	severityNote                  // good to know
)

func (s severity) word() theme.Text {
	switch s {
	case severityWrong:
		return "wrong"
	case severityWatch:
		return "watch"
	default:
		return "note"
	}
}

func (s severity) style(th *theme.Theme) theme.Style {
	switch s {
	case severityWrong:
		return th.Bad
	case severityWatch:
		return th.Warn
	default:
		return th.Dim
	}
}

func (s severity) glyph(th *theme.Theme) theme.Text {
	switch s {
	case severityWrong:
		return th.Glyphs.Cross
	case severityWatch:
		return th.Glyphs.Alert
	default:
		return th.Glyphs.Dot
	}
}

// finding is something that a checkup found, and what to do about it.
type finding struct {
	severity  severity
	where     theme.Text
	what, do  theme.Text
	partition engine.Partition   // where it can be looked at; zero for none
	execution engine.ExecutionID // likewise
}

func (f *finding) id() string {
	return rowID(string(f.where), string(f.what), string(f.execution))
}

// findings collects what is to be said of a checkup.
type findings struct {
	c   *engine.Checkup
	now time.Time
	all []finding
}

// findingsOf lists what is to be said of a checkup, the worst first.
func findingsOf(c *engine.Checkup, now time.Time) []finding {
	f := &findings{c: c, now: now}
	for i := range c.Nodes {
		f.node(&c.Nodes[i])
	}
	f.library()
	f.engines()
	f.overdue()
	f.partitions()
	slices.SortStableFunc(f.all, func(a, b finding) int { return int(a.severity - b.severity) })
	return f.all
}

func (f *findings) add(s severity, where, what, do theme.Text) {
	f.all = append(f.all, finding{severity: s, where: where, what: what, do: do})
}

// library is Q-205: without it every call fails, and nothing heals that by itself.
func (f *findings) library() {
	switch found := &f.c.Library; {
	case found.Problem != "":
		f.add(severityWatch, "library", "the function library could not be looked at: "+theme.CleanTo(found.Problem, 120),
			"look at the nodes; it is asked again by itself")
	case found.Version == "":
		f.add(severityWrong, "library", "function library missing: every call fails",
			"restart a server, which loads it, or load it by hand: ffboard library | valkey-cli -x FUNCTION LOAD")
	}
}

// live are the engines that were heard of lately.
func live(c *engine.Checkup) []*engine.EngineBeat {
	var alive []*engine.EngineBeat
	for i := range c.Engines {
		if !c.Engines[i].Gone {
			alive = append(alive, &c.Engines[i])
		}
	}
	return alive
}

func (f *findings) engines() {
	alive := live(f.c)
	if len(f.c.Engines) == 0 {
		f.add(severityNote, "engines", "no engine has told of itself",
			"FlowFabric's server leaves no heartbeat: judge it by what is overdue. If nothing works this deployment, run ffboard serve")
		return
	}
	held, shares := map[string]bool{}, 0
	for i := range f.c.Engines {
		e := &f.c.Engines[i]
		where := "engine " + theme.CleanTo(e.Name, 40)
		switch {
		case e.Gone && len(alive) == 0:
			f.add(severityWrong, where, "not heard of for "+Age(f.now, e.At)+", and no other engine runs",
				"start it again with ffboard serve; its log says why it ended")
		case e.Gone:
			f.add(severityNote, where, "not heard of for "+Age(f.now, e.At)+"; another engine does its work",
				"if it was not stopped on purpose, its log says why it ended")
		case len(e.Malformed) > 0:
			f.add(severityWatch, where, "its heartbeat cannot be read: "+theme.CleanTo(e.Malformed[0].Problem, 80),
				"another version may have written it: run the same version everywhere")
		default:
			f.scanners(e, where)
			shares = max(shares, e.ShareCount)
			for _, share := range e.Shares {
				held[share] = true
			}
		}
	}
	if free := shares - len(held); free > 0 {
		f.add(severityWrong, "engines", Plural(free, "share", "shares")+" of "+Count(shares)+" of the partitions "+isAre(free)+" held by no engine",
			"an engine takes them within half a minute; if none does, look for `share of the partitions not kept` in the logs")
	}
}

// isAre agrees with a number.
func isAre(n int) theme.Text {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (f *findings) scanners(e *engine.EngineBeat, where theme.Text) {
	for i := range e.Scanners {
		s := &e.Scanners[i]
		name := "scanner " + theme.CleanTo(s.Name, 40)
		switch {
		case stuck(e, s):
			f.add(severityWrong, where, name+" made no pass for "+Age(f.now, lastSign(e, s))+", its interval is "+Span(s.Every),
				"restart that engine; what its log says last of this scanner is why")
		case s.Problem != "":
			f.add(severityWatch, where, "the last pass of "+name+" was broken off: "+theme.CleanTo(s.Problem, 120),
				"it tries again by itself; if it stays, the engine's log says more")
		case s.Failed > 0:
			f.add(severityWatch, where, name+" failed with "+Count(s.Failed)+" of "+Count(s.Examined),
				"what keeps failing is left alone for ten passes and tried again: look for `keeps failing` in the engine's log")
		case s.Took > s.Every && s.Every > 0:
			f.add(severityWatch, where, name+" takes "+Span(s.Took)+" for a pass, longer than its interval of "+Span(s.Every),
				"it is behind: run one more engine, and look at the latency of the server")
		}
	}
}

// lastSign is when a scanner was last known to work.
func lastSign(e *engine.EngineBeat, s *engine.ScannerBeat) time.Time {
	if s.LastPassAt.IsZero() {
		return e.StartedAt
	}
	return s.LastPassAt
}

// stuckAtLeast is how long a scanner may be silent at least, however short its interval: a pass may take its time.
const stuckAtLeast = 20 * time.Second

// stuck tells a scanner whose passes have stopped, as of the engine's beat.
func stuck(e *engine.EngineBeat, s *engine.ScannerBeat) bool {
	return e.At.Sub(lastSign(e, s)) > max(3*s.Every, stuckAtLeast)
}
