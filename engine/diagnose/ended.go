package diagnose

import (
	"ffboard/engine"
)

const reclaimsUsedUp = "max_reclaims_exceeded" // the failure reason of spec 01 §4.6, T9

func (j *judge) ended() {
	x, when := j.x, ago(j.now, j.x.CompletedAt)
	switch x.State.Outcome {
	case engine.OutcomeSuccess:
		j.cause(CodeCompleted, Over, "completed%s, %s", when, count(x.TotalAttempts, "attempt", "attempts"))
	case engine.OutcomeFailed:
		j.failed(when)
	case engine.OutcomeExpired:
		j.cause(CodeExpired, Over, "its time ran out%s%s", when, because(x.FailureReason))
	case engine.OutcomeCancelled:
		j.cause(CodeCancelled, Over, "cancelled%s%s%s", when, j.cancelledBy(), because(x.CancellationReason))
	case engine.OutcomeSkipped:
		j.cause(CodeSkipped, Over, "skipped%s: what it depends on did not succeed", when)
		j.failedUpstreams()
	default:
		j.cause(CodeEndedUnknown, Over, "ended%s without an outcome", when)
	}
	j.replay()
}

func (j *judge) failed(when string) {
	x := j.x
	if x.FailureReason == reclaimsUsedUp {
		j.cause(CodeReclaimsUsedUp, Over, "failed%s: its workers lost it too often (reclaims %d/%d)", when, x.ReclaimCount, j.f.Policy.MaxReclaims)
		return
	}
	j.cause(CodeFailed, Over, "failed%s%s", when, because(x.FailureReason))
	switch {
	case j.f.Policy.MaxRetries == 0:
		j.show("retries", "its policy allows none")
	case x.RetryCount >= j.f.Policy.MaxRetries:
		j.show("retries", number(x.RetryCount)+"/"+number(j.f.Policy.MaxRetries)+" used up; a replay gives none back")
	}
}

// cancelledBy leaves out what stands for nobody: without a source the execution's own id is stored.
func (j *judge) cancelledBy() string {
	if j.x.CancelledBy == "" || j.x.CancelledBy == string(j.x.ID) {
		return ""
	}
	return " by " + cut(j.x.CancelledBy, 40)
}

func (j *judge) failedUpstreams() {
	deps := j.f.Dependencies
	if deps == nil {
		return
	}
	for _, up := range deps.Upstreams {
		if up.State == engine.EdgeImpossible || up.Execution.State.Terminal() && up.Execution.State != engine.StateCompleted {
			j.show("upstream", j.upstreamWords(&up), executionRef(up.Execution.ID, j.x.FlowID))
		}
	}
}

func (j *judge) replay() {
	x, most := j.x, j.f.Policy.MaxReplays
	if most > 0 && x.ReplayCount >= most {
		j.cause(CodeReplaysUsedUp, Note, "replays %d/%d are used up: it cannot be replayed", x.ReplayCount, most)
		return
	}
	if g := j.group(); x.State.Outcome == engine.OutcomeSkipped && g != nil && g.Policy.Kind != engine.PolicyAllOf {
		j.cause(CodeReplayNeverMoves, Note, "under FlowFabric's library a replay of it never moves: its group stays decided")
	}
	words := "run it again"
	if x.State.Outcome == engine.OutcomeSkipped {
		words = "run it again, after what it depends on was replayed"
	}
	j.remedy(engine.RemedyReplay, words)
	j.eventually("it is purged after its retention")
}
