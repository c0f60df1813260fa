package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

func (d *executionData) attemptsTitle() theme.Text {
	return countedTitle("attempts", d.Execution.TotalAttempts, len(d.Attempts))
}

func (d *executionData) signalsTitle() theme.Text {
	return countedTitle("signals", len(d.Signals), len(d.Signals))
}

// countedTitle is a heading with a count, and how many of them are shown where that is not all.
func countedTitle(title theme.Text, all, shown int) theme.Text {
	if all > shown {
		return title + ", the latest " + Count(shown) + " of " + Count(all)
	}
	return title + ", " + Count(shown)
}

// attemptLines are the attempts, the latest first: that is the one that is asked about.
func (d *executionData) attemptLines(c *Common, width int) sheet {
	latest := func(i int) *engine.Attempt { return &d.Attempts[len(d.Attempts)-1-i] }
	return inParts(len(d.Attempts), func(i int) int { return attemptCount(latest(i)) }, func(i int) []string { return attemptLine(c, latest(i), width) })
}

// attemptCount is how many lines an attempt takes.
func attemptCount(a *engine.Attempt) int {
	return 1 + btoi(a.FailureReason != "" || a.FailureCategory != "") + btoi(a.RetryReason != "") + btoi(a.ReclaimReason != "") + btoi(len(a.Malformed) > 0)
}

func attemptLine(c *Common, a *engine.Attempt, width int) []string {
	th, now := c.Theme, c.Now()
	l := th.Line(width).Add(th.Title, " "+Count(uint64(a.Index)+1)+" ").Add(th.Plain, theme.CleanTo(string(a.Type), 12)+" ")
	l.Add(attemptStyle(th, a.State), theme.CleanTo(a.State, 24))
	if a.WorkerInstance != "" {
		l.Add(th.Dim, "  on "+theme.CleanTo(string(a.WorkerInstance), 40))
	}
	if age := Age(now, a.StartedAt); age != "" {
		l.Add(th.Dim, "  began "+age+" ago")
	}
	if !a.EndedAt.IsZero() && !a.StartedAt.IsZero() {
		l.Add(th.Dim, ", took "+Span(a.EndedAt.Sub(a.StartedAt)))
	}
	lines := []string{l.String()}
	say := func(s theme.Style, name, text theme.Text) {
		if text != "" {
			lines = append(lines, cellLine(th, width, Cell{"     " + name, th.Dim}, Cell{text, s}))
		}
	}
	failure := theme.CleanTo(a.FailureReason, width)
	if a.FailureCategory != "" {
		failure += " (" + theme.CleanTo(a.FailureCategory, 64) + ")"
	}
	say(th.Bad, "failed: ", failure)
	say(th.Plain, "after: ", theme.CleanTo(a.RetryReason, width))
	say(th.Plain, "reclaimed: ", theme.CleanTo(a.ReclaimReason, width))
	if len(a.Malformed) > 0 {
		lines = append(lines, cellLine(th, width, Cell{Text: "     "}, malformedNote(th, a.Malformed)))
	}
	return lines
}

func attemptStyle(th *theme.Theme, state string) theme.Style {
	switch state {
	case "started":
		return th.StateStyle(theme.Running)
	case "suspended":
		return th.StateStyle(theme.Suspended)
	case "ended_success":
		return th.Good
	case "ended_failure":
		return th.Bad
	case "ended_cancelled", "interrupted_reclaimed":
		return th.Warn
	default:
		return th.Plain
	}
}

// signalLines are the signals, the latest first.
func (d *executionData) signalLines(c *Common, width int) sheet {
	latest := func(i int) *engine.Delivered { return &d.Signals[len(d.Signals)-1-i] }
	return inParts(len(d.Signals), func(i int) int { return signalCount(latest(i)) }, func(i int) []string { return signalLine(c, latest(i), width) })
}

// signalCount is how many lines a signal takes.
func signalCount(s *engine.Delivered) int {
	return 1 + btoi(len(s.Payload) > 0) + btoi(len(s.Malformed) > 0)
}

func signalLine(c *Common, s *engine.Delivered, width int) []string {
	th := c.Theme
	l := th.Line(width).Add(th.Plain, " ").Field(th.Dim, Age(c.Now(), s.AcceptedAt), 4, theme.Right).Add(th.Key, "  "+theme.CleanTo(s.Name, 40))
	l.Add(effectStyle(th, s.Effect), "  "+effectWords(s.Effect)).Add(th.Dim, sourceWords(s))
	lines := []string{l.String()}
	if len(s.Payload) > 0 {
		about := Cell{"       " + theme.CleanTo(s.Encoding, 16) + " " + Size(len(s.Payload)) + "  ", th.Dim}
		lines = append(lines, cellLine(th, width, about, Cell{Text: payloadLine(s.Payload, width)}))
	}
	if len(s.Malformed) > 0 {
		lines = append(lines, cellLine(th, width, Cell{Text: "       "}, malformedNote(th, s.Malformed)))
	}
	return lines
}

// sourceWords say who sent a signal.
func sourceWords(s *engine.Delivered) theme.Text {
	who := theme.CleanTo(s.SourceIdentity, 40)
	if s.SourceType != "" {
		who = theme.CleanTo(s.SourceType, 20) + " " + who
	}
	if who == "" {
		return ""
	}
	return "  from " + who
}

// effectWords say what a signal did (spec 03b §3.6).
func effectWords(effect string) theme.Text {
	switch effect {
	case engine.EffectResumed:
		return "resumed it"
	case engine.EffectAppended:
		return "counted"
	case engine.EffectAppendedDuplicate:
		return "had been counted before"
	case engine.EffectNone:
		return "ignored: nothing of that name was waited for"
	case engine.EffectNotInCondition:
		return "ignored: the condition does not name its waitpoint"
	case engine.EffectMatcherFailed:
		return "ignored: no signal of that name is waited for"
	case engine.EffectBuffered:
		return "kept until its waitpoint is put to use"
	default:
		return theme.CleanTo(effect, 40)
	}
}

func effectStyle(th *theme.Theme, effect string) theme.Style {
	switch effect {
	case engine.EffectResumed, engine.EffectAppended:
		return th.Good
	case engine.EffectBuffered:
		return th.Plain
	default:
		return th.Warn
	}
}

func (d *executionData) streamLines(c *Common, width int) sheet {
	th := c.Theme
	return sheet{len(d.Streams), func(i int) string {
		m := &d.Streams[len(d.Streams)-1-i]
		l := th.Line(width).Add(th.Title, " "+Count(uint64(m.AttemptIndex)+1)+" ")
		mode, state := streamMode(th, m), streamState(th, m)
		l.Add(mode.Style, mode.Text).Add(th.Plain, "  "+Plural(m.FrameCount, "frame", "frames")+"  "+Size(m.TotalBytes))
		if age := Age(c.Now(), m.LastFrameAt); age != "" {
			l.Add(th.Dim, "  last "+age+" ago")
		}
		return l.Add(th.Plain, "  ").Add(state.Style, state.Text).String()
	}}
}

// historyLines are what happened to the lease, the latest first.
func (d *executionData) historyLines(c *Common, width int) sheet {
	th := c.Theme
	return sheet{len(d.Leases), func(i int) string {
		e := &d.Leases[len(d.Leases)-1-i]
		l := th.Line(width).Add(th.Plain, " ").Field(th.Dim, Stamp(e.At), 19, theme.Left).Add(th.Plain, "  ").Field(eventStyle(th, e.Event), theme.CleanTo(e.Event, 16), 9, theme.Left)
		for _, name := range []string{"worker_instance_id", "worker_id", "reason", "replay_type"} {
			if text := e.Fields[name]; text != "" {
				l.Add(th.Plain, "  "+theme.CleanTo(text, 48))
			}
		}
		for _, name := range []string{"lease_epoch", "new_lease_epoch"} {
			if text := e.Fields[name]; text != "" {
				l.Add(th.Dim, "  epoch "+theme.CleanTo(text, 12))
			}
		}
		return l.String()
	}}
}

func eventStyle(th *theme.Theme, event string) theme.Style {
	switch event {
	case "expired", "revoked":
		return th.Bad
	case "acquired", "reclaimed":
		return th.StateStyle(theme.Running)
	default:
		return th.Plain
	}
}
