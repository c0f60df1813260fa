package diagnose

import (
	"ffboard/engine"
)

func (j *judge) suspended() {
	s := j.f.Suspension
	j.lostFrom(engine.IndexSuspended, "timeouts and resumes work, lists of suspended work miss it")
	if !j.f.TokenRefusedAt.IsZero() {
		j.cause(CodeTokenRefused, Note, "a signal was refused%s: its token does not verify", ago(j.now, j.f.TokenRefusedAt))
	}
	switch {
	case s == nil && !j.f.SuspensionChecked:
		j.cause(CodeWaitsSignal, Waits, "suspended%s%s", since(j.now, j.x.LastTransitionAt), because(j.x.BlockingDetail))
		return
	case s == nil:
		j.cause(CodeNoSuspension, Stuck, "suspended, but no record says what it waits for: no signal and no timeout can end that")
		j.remedy(engine.RemedyCancel, "cancel it, then replay it")
		return
	case !s.Open():
		j.cause(CodeWaitOver, Stuck, "suspended, but its wait is over (%s): no signal and no timeout moves it", cut(s.CloseReason, 60))
		j.remedy(engine.RemedyCancel, "cancel it, then replay it")
		return
	}
	j.wait(s)
	j.waitpoints(s)
	j.remedy(engine.RemedyCancel, "cancel it: its waitpoints close")
}

// wait is what an open suspension waits for and what becomes of it.
func (j *judge) wait(s *engine.Suspension) {
	what := "waits for " + ConditionWords(&s.Condition)
	done := ""
	w := WaitedFor(s)
	if w.Known {
		done = ": " + number(w.Done) + " of " + number(w.Needed) + " came"
	}
	escalated := j.x.State.Blocking == engine.PausedByOperator && s.TimeoutAt.IsZero() && s.Reason == "waiting_for_operator_review"
	switch {
	case !s.TimeoutAt.IsZero() && j.now.Sub(s.TimeoutAt) > timeoutSlack:
		j.cause(CodeTimeoutOverdue, Late, "%s%s; its time was up%s and nothing has acted on it", what, done, ago(j.now, s.TimeoutAt))
		j.eventually("an engine's scanner makes it " + TimeoutWords(s.TimeoutBehavior))
		j.remedy(engine.RemedyStartEngine, "start an engine, or see why it stands still (health)")
	case j.f.TimeoutUnindexed:
		j.cause(CodeTimeoutLost, Stuck, "%s%s; its timeout %s is in no index and will not come", what, done, in(j.now, s.TimeoutAt))
	case escalated:
		j.cause(CodeEscalated, Stuck, "%s%s; its time is up: it waits for an operator, for ever", what, done)
	case s.Condition.Kind == engine.ConditionOperatorOnly:
		j.cause(CodeWaitsOperator, j.patience(s), "waits for an operator%s: no signal ends it%s", since(j.now, s.CreatedAt), j.untilWords(s))
	case s.Condition.Kind == engine.ConditionTimeoutOnly, s.Condition.Kind == engine.ConditionNever:
		j.cause(CodeWaitsTimeout, j.patience(s), "%s: no signal ends it%s", what, j.untilWords(s))
	case s.Condition.Kind == "":
		j.cause(CodeNoSignalHelps, j.patience(s), "its condition cannot be read: no signal ends the wait%s", j.untilWords(s))
	case w.Known && w.Needed > 0 && w.Done >= w.Needed && j.now.Sub(s.LastSignalAt) > timeoutSlack:
		j.cause(CodeSatisfied, Late, "%s%s, yet it is suspended: the signal that satisfied it was not judged%s", what, done, j.untilWords(s))
	default:
		j.cause(CodeWaitsSignal, Waits, "%s%s%s", what, done, j.untilWords(s))
	}
	if !s.TimeoutAt.IsZero() && s.TimeoutAt.After(j.now) && !j.f.TimeoutUnindexed {
		j.next(s.TimeoutAt, timeoutEvent(s.TimeoutBehavior))
	} else if s.TimeoutAt.IsZero() {
		j.eventually("nothing: it has no timeout")
	}
	j.show("since", span(j.now.Sub(s.CreatedAt))+" ago"+because(s.Reason))
	if s.Condition.NestsBlindly() {
		j.cause(CodeNoSignalHelps, Stuck, "FlowFabric's library never finds a condition of such nesting satisfied: only an operator or the timeout ends it")
	}
	if sharesCount(&s.Progress) || s.Condition.SharesCounts() {
		j.cause(CodeOpensEarly, Note, "two parts of its condition share one count: under FlowFabric's library it opens early")
	}
	if s.Condition.Kind == engine.ConditionOperatorOnly || escalated || s.Condition.Kind == engine.ConditionNever {
		j.remedy(engine.RemedyResume, "resume it by hand")
	}
}

// patience: with a timeout it ends by itself, without one it does not.
func (j *judge) patience(s *engine.Suspension) Standing {
	if s.TimeoutAt.IsZero() {
		return Stuck
	}
	return Waits
}

func (j *judge) untilWords(s *engine.Suspension) string {
	if s.TimeoutAt.IsZero() {
		return "; without a timeout"
	}
	return "; " + in(j.now, s.TimeoutAt) + ": " + TimeoutWords(s.TimeoutBehavior)
}

func timeoutEvent(behaviour string) string {
	switch TimeoutWords(behaviour) {
	case "cancel":
		return "its time is up: it is cancelled"
	case "expire":
		return "its time is up: it expires"
	case "resume":
		return "its time is up: it is resumed as if a signal had come"
	case "escalate":
		return "its time is up: it is handed to an operator, and then waits for ever"
	default:
		return "its time is up: it fails"
	}
}

func sharesCount(p *engine.NodeProgress) bool {
	if p.Shared {
		return true
	}
	for i := range p.Members {
		if sharesCount(&p.Members[i]) {
			return true
		}
	}
	return false
}

const mostWaitpoints = 8

func (j *judge) waitpoints(s *engine.Suspension) {
	signalled := false
	for i := range s.Waitpoints {
		w := &s.Waitpoints[i]
		if OldToken(w) {
			j.cause(CodeOldToken, Note, "waitpoint %s is closed, but an old token still resumes it", cut(w.Key, 48))
		}
		if w.State == "active" && !signalled && takesSignals(s) {
			signalled = true
			j.remedy(engine.RemedySignal, "deliver the signal that it waits for")
		}
		if i == mostWaitpoints {
			j.show("waitpoint", number(len(s.Waitpoints)-i)+" more")
		}
		if i >= mostWaitpoints {
			continue
		}
		j.show("waitpoint", waitpointWords(j, w))
		for m, matcher := range w.Matchers {
			if m == mostAwaited {
				break
			}
			came := "has not come"
			if matcher.Satisfied {
				came = "has come"
			}
			j.show("signal", SignalWords(matcher.Name)+" "+came)
		}
	}
	if len(s.Waitpoints) > 0 && s.Waitpoints[0].State == "closed" && !signalled && takesSignals(s) {
		j.cause(CodeWaitpointClosed, Stuck, "its waitpoint is closed (%s) while it still waits: every signal is refused", cut(s.Waitpoints[0].CloseReason, 40))
	}
	if s.Condition.Composite() {
		for i := range s.Condition.Members {
			if i == mostAwaited || i >= len(s.Progress.Members) {
				break
			}
			p := &s.Progress.Members[i]
			j.show("part", ConditionWords(&s.Condition.Members[i])+": "+number(p.Done)+" of "+number(p.Needed))
		}
	}
}

func takesSignals(s *engine.Suspension) bool {
	switch s.Condition.Kind {
	case engine.ConditionOperatorOnly, engine.ConditionTimeoutOnly, engine.ConditionNever, "":
		return false
	default:
		return true
	}
}

func waitpointWords(j *judge, w *engine.Waitpoint) string {
	words := cut(w.Key, 48)
	switch w.State {
	case "":
		words += ", its record is gone"
	case "closed":
		words += ", closed" + because(w.CloseReason)
	default:
		words += ", " + cut(w.State, 24)
	}
	words += ", " + count(w.SignalCount, "signal", "signals") + " came, " + number(w.MatchedCount) + " matched"
	return words
}
