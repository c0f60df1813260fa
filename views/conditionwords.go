package views

import (
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// mostAwaited is how many names of a condition are told one by one; hostile data may hold any number of them.
const mostAwaited = 8

// conditionWords say what a resume condition waits for: "approved or rejected", "2 of a, b, c", "2 sources of approve and ci_done".
func conditionWords(c *engine.ResumeCondition) theme.Text {
	switch c.Kind {
	case engine.ConditionSingle:
		return matcherWords(c.Matcher)
	case engine.ConditionSignalSet:
		return signalSetWords(c)
	case engine.ConditionAllOf:
		return membersWords(c.Members)
	case engine.ConditionCount:
		return countWords(c)
	case engine.ConditionOperatorOnly:
		return "an operator"
	case engine.ConditionTimeoutOnly:
		return "its timeout alone"
	case engine.ConditionNever:
		return "an operator or its timeout"
	case "":
		return "nothing that can be read"
	default:
		return theme.CleanTo(string(c.Kind), 40)
	}
}

func matcherWords(m engine.Matcher) theme.Text {
	switch m.Kind {
	case engine.MatchByName:
		return nameWords(m.Name)
	case engine.MatchWildcard, "":
		return anySignal
	default:
		return "no signal (matcher " + theme.CleanTo(m.Kind, 20) + ")"
	}
}

const anySignal theme.Text = "any signal"

func nameWords(name string) theme.Text {
	if name == "" {
		return anySignal
	}
	return theme.CleanTo(name, 60)
}

func signalSetWords(c *engine.ResumeCondition) theme.Text {
	if len(c.Names) == 0 {
		if c.Mode == matchAll || c.Minimum <= 1 {
			return anySignal
		}
		return Plural(c.Minimum, "signal", "signals")
	}
	names := namesWords(c.Names)
	needed := neededOf(c.Mode, c.Minimum, len(c.Names))
	switch {
	case len(c.Names) == 1 && needed == 1:
		return theme.Join(names, "")
	case needed == len(c.Names):
		return theme.Join(names, " and ")
	case needed == 1:
		return theme.Join(names, " or ")
	default:
		return Count(needed) + " of " + theme.Join(names, ", ")
	}
}

func namesWords(names []string) []theme.Text {
	var words []theme.Text
	for i, name := range names {
		if i == mostAwaited {
			return append(words, Count(len(names)-i)+" more")
		}
		words = append(words, nameWords(name))
	}
	return words
}

func membersWords(members []engine.ResumeCondition) theme.Text {
	var words []theme.Text
	for i := range members {
		if i == mostAwaited {
			words = append(words, Count(len(members)-i)+" more")
			break
		}
		word := conditionWords(&members[i])
		if members[i].Kind == engine.ConditionAllOf && len(members[i].Members) > 1 {
			word = "(" + word + ")"
		}
		words = append(words, word)
	}
	return theme.Join(words, " and ")
}

// countWords are those of a count: "2 sources of approve", "3 waitpoints".
func countWords(c *engine.ResumeCondition) theme.Text {
	what := Plural(c.N, "source", "sources")
	switch c.CountKind {
	case engine.DistinctWaitpoints:
		what = Plural(c.N, "waitpoint", "waitpoints")
	case engine.DistinctSignals:
		what = Plural(c.N, "signal", "signals")
	}
	if c.Matcher.Kind == engine.MatchByName && c.Matcher.Name != "" {
		return what + " of " + nameWords(c.Matcher.Name)
	}
	return what
}

const matchAll = "all"

// neededOf is how many matchers of a simple condition must be satisfied (spec 03b §3.2).
func neededOf(mode string, minimum, matchers int) int {
	if mode == matchAll {
		return matchers
	}
	return minimum
}

// waited is how far a wait has come. Known is false where no record says it.
type waited struct {
	done, needed int
	known        bool
}

// waitedFor counts what has come of what a suspension waits for.
func waitedFor(s *engine.Suspension) waited {
	if s.Condition.Composite() {
		return waited{s.Progress.Done, s.Progress.Needed, true}
	}
	if len(s.Waitpoints) == 0 {
		return waited{}
	}
	return waitedAt(&s.Waitpoints[0])
}

// waitedAt counts the satisfied matchers of one waitpoint with a simple condition.
func waitedAt(w *engine.Waitpoint) waited {
	if len(w.Matchers) == 0 {
		return waited{}
	}
	done := 0
	for _, m := range w.Matchers {
		if m.Satisfied {
			done++
		}
	}
	return waited{done, neededOf(w.MatchMode, w.MinimumSignals, len(w.Matchers)), true}
}

func (w waited) text() theme.Text {
	if !w.known {
		return ""
	}
	return Brief(w.done) + "/" + Brief(w.needed)
}

// reasonWords is the reason of a suspension without what all of them begin with.
func reasonWords(s *engine.Suspension) theme.Text {
	return theme.CleanTo(strings.TrimPrefix(s.Reason, "waiting_for_"), 40)
}

// timeoutWords say what happens when a suspension's time is up (spec 03b §3.9).
func timeoutWords(behaviour string) theme.Text {
	switch behaviour {
	case engine.TimeoutFail, "":
		return "fail"
	case engine.TimeoutCancel:
		return "cancel"
	case engine.TimeoutExpire:
		return "expire"
	case engine.TimeoutAutoResume, "auto_resume":
		return "resume"
	case engine.TimeoutEscalate:
		return "escalate"
	default:
		return "fail (" + theme.CleanTo(behaviour, 24) + ")"
	}
}

// oldToken tells a waitpoint whose record is closed while its condition still takes signals.
func oldToken(w *engine.Waitpoint) bool { return w.State == waitpointClosed && w.ConditionOpen }

const oldTokenWords theme.Text = "old token still resumes"

const (
	waitpointPending = "pending"
	waitpointActive  = "active"
	waitpointClosed  = "closed"
)
