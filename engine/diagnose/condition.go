package diagnose

import (
	"strings"

	"ffboard/engine"
)

// mostAwaited is how many names of a condition are told one by one; hostile data may hold any number of them.
const mostAwaited = 8

// AnySignal is what a condition without names waits for.
const AnySignal = "any signal"

// ConditionWords say what a resume condition waits for: "approved or rejected", "2 of a, b, c", "2 sources of approve and ci_done".
func ConditionWords(c *engine.ResumeCondition) string {
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
		return cut(string(c.Kind), 40)
	}
}

func matcherWords(m engine.Matcher) string {
	switch m.Kind {
	case engine.MatchByName:
		return SignalWords(m.Name)
	case engine.MatchWildcard, "":
		return AnySignal
	default:
		return "no signal (matcher " + cut(m.Kind, 20) + ")"
	}
}

// SignalWords are the name of a signal that is waited for.
func SignalWords(name string) string {
	if name == "" {
		return AnySignal
	}
	return cut(name, 60)
}

func signalSetWords(c *engine.ResumeCondition) string {
	if len(c.Names) == 0 {
		if c.Mode == matchAll || c.Minimum <= 1 {
			return AnySignal
		}
		return count(c.Minimum, "signal", "signals")
	}
	names := namesWords(c.Names)
	needed := neededOf(c.Mode, c.Minimum, len(c.Names))
	switch {
	case len(c.Names) == 1 && needed == 1:
		return names[0]
	case needed == len(c.Names):
		return strings.Join(names, " and ")
	case needed == 1:
		return strings.Join(names, " or ")
	default:
		return number(needed) + " of " + strings.Join(names, ", ")
	}
}

func namesWords(names []string) []string {
	var words []string
	for i, name := range names {
		if i == mostAwaited {
			return append(words, number(len(names)-i)+" more")
		}
		words = append(words, SignalWords(name))
	}
	return words
}

func membersWords(members []engine.ResumeCondition) string {
	var words []string
	for i := range members {
		if i == mostAwaited {
			words = append(words, number(len(members)-i)+" more")
			break
		}
		word := ConditionWords(&members[i])
		if members[i].Kind == engine.ConditionAllOf && len(members[i].Members) > 1 {
			word = "(" + word + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " and ")
}

// countWords are those of a count: "2 sources of approve", "3 waitpoints".
func countWords(c *engine.ResumeCondition) string {
	what := count(c.N, "source", "sources")
	switch c.CountKind {
	case engine.DistinctWaitpoints:
		what = count(c.N, "waitpoint", "waitpoints")
	case engine.DistinctSignals:
		what = count(c.N, "signal", "signals")
	}
	if c.Matcher.Kind == engine.MatchByName && c.Matcher.Name != "" {
		return what + " of " + SignalWords(c.Matcher.Name)
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

// Waited is how far a wait has come. Known is false where no record says it.
type Waited struct {
	Done, Needed int
	Known        bool
}

// WaitedFor counts what has come of what a suspension waits for.
func WaitedFor(s *engine.Suspension) Waited {
	if s.Condition.Composite() {
		return Waited{s.Progress.Done, s.Progress.Needed, true}
	}
	if len(s.Waitpoints) == 0 {
		return Waited{}
	}
	return WaitedAt(&s.Waitpoints[0])
}

// WaitedAt counts the satisfied matchers of one waitpoint with a simple condition.
func WaitedAt(w *engine.Waitpoint) Waited {
	if len(w.Matchers) == 0 {
		return Waited{}
	}
	done := 0
	for _, m := range w.Matchers {
		if m.Satisfied {
			done++
		}
	}
	return Waited{done, neededOf(w.MatchMode, w.MinimumSignals, len(w.Matchers)), true}
}

// TimeoutWords say what happens when a suspension's time is up (spec 03b §3.9).
func TimeoutWords(behaviour string) string {
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
		return "fail (" + cut(behaviour, 24) + ")"
	}
}

// OldToken tells a waitpoint whose record is closed while its condition still takes signals.
func OldToken(w *engine.Waitpoint) bool { return w.State == "closed" && w.ConditionOpen }
