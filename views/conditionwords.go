package views

import (
	"strings"

	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/theme"
)

// conditionWords say what a resume condition waits for.
func conditionWords(c *engine.ResumeCondition) theme.Text {
	return theme.CleanTo(diagnose.ConditionWords(c), 600)
}

func nameWords(name string) theme.Text { return theme.CleanTo(diagnose.SignalWords(name), 61) }

// waited is how far a wait has come. Known is false where no record says it.
type waited struct {
	done, needed int
	known        bool
}

// waitedFor counts what has come of what a suspension waits for.
func waitedFor(s *engine.Suspension) waited {
	w := diagnose.WaitedFor(s)
	return waited{w.Done, w.Needed, w.Known}
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

// timeoutWords say what happens when a suspension's time is up.
func timeoutWords(behaviour string) theme.Text {
	return theme.CleanTo(diagnose.TimeoutWords(behaviour), 40)
}

// oldToken tells a waitpoint whose record is closed while its condition still takes signals.
func oldToken(w *engine.Waitpoint) bool { return diagnose.OldToken(w) }

const oldTokenWords theme.Text = "old token still resumes"

const (
	waitpointPending = "pending"
	waitpointActive  = "active"
	waitpointClosed  = "closed"
)
