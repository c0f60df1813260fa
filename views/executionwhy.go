package views

import (
	"slices"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// A scanner may be this late before one should wonder (spec 06 §12.3).
const (
	promoterSlack = 5 * time.Second
	expirySlack   = 3 * time.Second
)

// whys say why an execution is where it is, the first one above all; then what is out of the ordinary with it (spec 06 §12.3, 07).
func (d *executionData) whys(c *Common) []Cell {
	th, x := c.Theme, &d.Execution
	var whys []Cell
	say := func(w Cell) {
		if w.Text != "" {
			whys = append(whys, w)
		}
	}
	switch x.State.Phase {
	case engine.PhaseTerminal:
		say(endedWhy(c, x))
	case engine.PhaseSuspended:
		say(d.suspendedWhy(c))
	case engine.PhaseActive:
		say(activeWhy(c, x))
	default:
		say(d.waitingWhy(c))
	}
	if len(x.Malformed) > 0 {
		say(malformedNote(th, x.Malformed))
	}
	if f := d.flow; f != nil && !f.CancelledAt.IsZero() {
		say(Cell{th.Glyphs.Alert + " flow " + cancelledWords(c, f), th.Warn})
	}
	say(d.budgetWhy(th))
	if derived := engine.DerivePublicState(x.State); derived != x.State.Public && x.State.Public != engine.StateRateLimited {
		say(Cell{th.Glyphs.Alert + " stored as " + theme.CleanTo(string(x.State.Public), 24) + ", but its parts mean " + theme.CleanTo(string(derived), 24), th.Warn})
	}
	return whys
}

func endedWhy(c *Common, x *engine.Execution) Cell {
	th := c.Theme
	ago := theme.Text("")
	if age := Age(c.Now(), x.CompletedAt); age != "" {
		ago = " " + age + " ago"
	}
	switch x.State.Outcome {
	case engine.OutcomeSuccess:
		return Cell{"completed" + ago + ", " + Plural(x.TotalAttempts, "attempt", "attempts"), th.Good}
	case engine.OutcomeFailed:
		return Cell{"failed" + ago + because(x.FailureReason), th.Bad}
	case engine.OutcomeExpired:
		return Cell{"its time ran out" + ago + because(x.FailureReason), th.Bad}
	case engine.OutcomeCancelled:
		by := theme.Text("")
		if x.CancelledBy != "" && x.CancelledBy != string(x.ID) {
			by = " by " + theme.CleanTo(x.CancelledBy, 40)
		}
		return Cell{"cancelled" + ago + by + because(x.CancellationReason), th.Warn}
	case engine.OutcomeSkipped:
		return Cell{"skipped" + ago + ": what it depends on did not succeed; e shows what that was", th.Warn}
	default:
		return Cell{th.Glyphs.Alert + " ended" + ago + " without an outcome", th.Bad}
	}
}

func because(reason string) theme.Text {
	if reason == "" {
		return ""
	}
	return ": " + theme.CleanTo(reason, 200)
}

// activeWhy is about who holds the lease. What an expired or revoked one waits for nobody does by himself.
func activeWhy(c *Common, x *engine.Execution) Cell {
	th, now := c.Theme, c.Now()
	holder := theme.Text("its worker")
	expires, deadline := time.Time{}, time.Time{}
	if x.Lease != nil {
		holder = theme.CleanTo(string(x.Lease.WorkerInstance), 40)
		expires, deadline = x.Lease.ExpiresAt, x.Lease.RenewalDeadline
	}
	const moves = "only a reclaim, a cancel or a deadline moves it"
	switch x.State.Ownership {
	case engine.OwnerExpired:
		at := x.LeaseExpiredAt
		if at.IsZero() {
			at = expires
		}
		return Cell{th.Glyphs.Alert + " the lease of " + holder + " ran out" + agoWords(now, at) + ": " + moves, th.Bad}
	case engine.OwnerRevoked:
		why := theme.Text("")
		if x.LeaseRevokeReason != "" {
			why = " (" + theme.CleanTo(x.LeaseRevokeReason, 60) + ")"
		}
		return Cell{th.Glyphs.Alert + " the lease was taken from " + holder + agoWords(now, x.LeaseRevokedAt) + why + ": " + moves, th.Bad}
	}
	switch {
	case x.Lease == nil:
		return Cell{th.Glyphs.Alert + " at work, but no record says who holds the lease", th.Warn}
	case now.Sub(expires) > expirySlack:
		return Cell{th.Glyphs.Alert + " overdue: the lease of " + holder + " ran out" + agoWords(now, expires) + " and nothing has marked it", th.Bad}
	case now.After(expires):
		return Cell{th.Glyphs.Alert + " the lease of " + holder + " has just run out", th.Bad}
	case !deadline.IsZero() && now.After(deadline):
		return Cell{th.Glyphs.Alert + " late: " + holder + " should have renewed its lease" + agoWords(now, deadline), th.Warn}
	default:
		return Cell{"at work: " + holder + " holds the lease for another " + Until(now, expires), th.StateStyle(theme.Running)}
	}
}

func agoWords(now, at time.Time) theme.Text {
	if at.IsZero() {
		return ""
	}
	return " " + Age(now, at) + " ago"
}

func (d *executionData) suspendedWhy(c *Common) Cell {
	th, s := c.Theme, d.Suspension
	switch {
	case s == nil:
		return Cell{th.Glyphs.Alert + " suspended, but no record says what it waits for", th.Warn}
	case !s.Open():
		return Cell{th.Glyphs.Alert + " suspended, but its wait is over: " + theme.CleanTo(s.CloseReason, 60), th.Warn}
	}
	text := "waits for " + conditionWords(&s.Condition)
	if w := waitedFor(s); w.known {
		text += ": " + Count(w.done) + " of " + Count(w.needed)
	}
	switch {
	case d.Execution.State.Blocking == engine.PausedByOperator && s.TimeoutAt.IsZero() && s.TimeoutBehavior == engine.TimeoutEscalate:
		return Cell{text + "; its time is up: it waits for an operator", th.Warn}
	case s.TimeoutAt.IsZero():
		return Cell{text + ", for ever", th.StateStyle(theme.Suspended)}
	case s.TimeoutAt.Before(c.Now()):
		return Cell{th.Glyphs.Alert + " " + text + "; its time was up" + agoWords(c.Now(), s.TimeoutAt) + " and nothing has acted on it", th.Bad}
	default:
		return Cell{text + "; in " + Until(c.Now(), s.TimeoutAt) + ": " + timeoutWords(s.TimeoutBehavior), th.StateStyle(theme.Suspended)}
	}
}

// waitingWhy is about what stands between an execution and a worker.
func (d *executionData) waitingWhy(c *Common) Cell {
	th, x, now := c.Theme, &d.Execution, c.Now()
	detail := because(x.BlockingDetail)
	switch x.State.Eligibility {
	case engine.EligibleNow:
		if refused := x.LastCapabilityMismatchAt; !refused.IsZero() {
			return Cell{"in line; a worker was refused" + agoWords(now, refused) + ", it lacked some of " + listWords(x.RequiredCapabilities), th.Warn}
		}
		return Cell{"in line for a worker" + agoSince(now, x.LastTransitionAt), th.Plain}
	case engine.EligibleLater:
		return delayedWhy(c, x)
	case engine.BlockedByDependencies:
		return Cell{"waits for others in its flow" + detail + "; e shows which", th.StateStyle(theme.Blocked)}
	case engine.BlockedByBudget:
		return Cell{"held back by a budget" + detail, th.StateStyle(theme.Limited)}
	case engine.BlockedByQuota:
		return Cell{"held back by a quota" + detail, th.StateStyle(theme.Limited)}
	case engine.BlockedByRoute:
		return Cell{"no worker has what it requires: " + listWords(x.RequiredCapabilities), th.StateStyle(theme.Limited)}
	case engine.BlockedByOperator:
		return Cell{"held by an operator" + detail + ": nothing frees it by itself", th.Warn}
	case engine.BlockedByLaneState:
		return Cell{"held by a policy" + detail + ": nothing frees it by itself", th.Warn}
	default:
		return Cell{th.Glyphs.Alert + " waits, and no record says for what", th.Warn}
	}
}

func delayedWhy(c *Common, x *engine.Execution) Cell {
	th, now := c.Theme, c.Now()
	what := theme.Text("delayed")
	switch x.State.Blocking {
	case engine.WaitingForRetryBackoff:
		what = "waits to try again"
	case engine.WaitingForResumeDelay:
		what = "waits to go on after its suspension"
	}
	switch {
	case x.DelayUntil.IsZero():
		return Cell{what + because(x.BlockingDetail), th.StateStyle(theme.Delayed)}
	case now.Sub(x.DelayUntil) > promoterSlack:
		return Cell{th.Glyphs.Alert + " " + what + "; that was due" + agoWords(now, x.DelayUntil) + " and nothing has promoted it", th.Bad}
	default:
		return Cell{what + " in " + Until(now, laterOf(x.DelayUntil, now)), th.StateStyle(theme.Delayed)}
	}
}

func agoSince(now, at time.Time) theme.Text {
	if at.IsZero() {
		return ""
	}
	return " for " + Age(now, at)
}

// budgetWhy: budgets that gate nothing.
func (d *executionData) budgetWhy(th *theme.Theme) Cell {
	x := &d.Execution
	unknown := slices.IndexFunc(x.BudgetIDs, func(id string) bool {
		_, err := engine.ParseBudgetID(id)
		return err != nil
	})
	switch {
	case unknown >= 0:
		return Cell{th.Glyphs.Alert + " budget " + theme.CleanTo(x.BudgetIDs[unknown], 40) + ": unknown, no limit applies", th.Warn}
	case len(x.BudgetIDs) == 0 && len(d.policy.BudgetIDs) > 0:
		return Cell{"budget in policy only: not enforced by FlowFabric's scheduler", th.Dim}
	default:
		return Cell{}
	}
}

// listWords are a few words with commas.
func listWords(words []string) theme.Text {
	if len(words) == 0 {
		return "nothing"
	}
	return theme.CleanTo(strings.Join(words[:min(len(words), 64)], ", "), 120)
}
