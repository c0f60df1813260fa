package diagnose

import (
	"time"

	"ffboard/engine"
)

// active is about who holds the lease. What an expired or revoked one waits for nobody does by himself.
func (j *judge) active() {
	x := j.x
	j.holder()
	switch x.State.Ownership {
	case engine.OwnerExpired:
		j.orphaned(CodeLeaseExpired, "the lease of "+j.holderName()+" ran out"+ago(j.now, j.expiredAt()))
		return
	case engine.OwnerRevoked:
		why := ""
		if x.LeaseRevokeReason != "" {
			why = " (" + cut(x.LeaseRevokeReason, 60) + ")"
		}
		j.orphaned(CodeLeaseRevoked, "the lease was taken from "+j.holderName()+ago(j.now, x.LeaseRevokedAt)+why)
		return
	}
	switch l := x.Lease; {
	case l == nil:
		j.cause(CodeNoHolder, Stuck, "at work, but no record says who holds the lease: no scanner ends that")
		j.remedy(engine.RemedyCancel, "cancel it, then replay it")
	case j.now.Sub(l.ExpiresAt) > expirySlack:
		j.cause(CodeLeaseUnmarked, Late, "the lease of %s ran out%s and nothing has marked it: the lease scanner is late or stopped", j.holderName(), ago(j.now, l.ExpiresAt))
		j.eventually("an engine's lease scanner marks it; then it waits for another worker to take over")
		j.remedy(engine.RemedyStartEngine, "start an engine, or see why it stands still (health)")
		j.remedy(engine.RemedyCancel, "cancel it")
	case j.now.After(l.ExpiresAt):
		j.cause(CodeLeaseUnmarked, Late, "the lease of %s has just run out", j.holderName())
		j.eventually("the lease scanner marks it within seconds; then another worker may take over")
	case !l.RenewalDeadline.IsZero() && j.now.After(l.RenewalDeadline):
		j.cause(CodeRenewalLate, Late, "%s should have renewed its lease%s: it hangs, is cut off, or is gone", j.holderName(), ago(j.now, l.RenewalDeadline))
		j.next(l.ExpiresAt, "its lease runs out, unless "+j.holderName()+" renews it after all")
		j.working()
	default:
		j.cause(CodeRunning, Fine, "running on %s%s", j.holderName(), j.renewedWords())
		j.next(l.ExpiresAt, "its lease runs out, unless "+j.holderName()+" goes on renewing it")
		j.working()
	}
	if x.State.Ownership == engine.OwnerLeased && !x.LeaseRevokedAt.IsZero() {
		j.cause(CodeOldRevocation, Note, "its record still shows a lease revoked%s: under FlowFabric's library no renewal succeeds, so the work is lost when this lease ends", ago(j.now, x.LeaseRevokedAt))
	}
}

func (j *judge) holderName() string {
	if j.x.Lease == nil || j.x.Lease.WorkerInstance == "" {
		return "its worker"
	}
	return cut(string(j.x.Lease.WorkerInstance), 40)
}

func (j *judge) renewedWords() string {
	l := j.x.Lease
	if !l.RenewedAt.IsZero() && l.RenewedAt.After(l.AcquiredAt) {
		return ", lease renewed" + ago(j.now, l.RenewedAt)
	}
	if !l.AcquiredAt.IsZero() {
		return ", lease taken" + ago(j.now, l.AcquiredAt)
	}
	return ", which holds the lease for another " + span(l.ExpiresAt.Sub(j.now))
}

func (j *judge) expiredAt() time.Time {
	if j.x.LeaseExpiredAt.IsZero() && j.x.Lease != nil {
		return j.x.Lease.ExpiresAt
	}
	return j.x.LeaseExpiredAt
}

// holder shows who has, or had, the lease.
func (j *judge) holder() {
	l := j.x.Lease
	if l == nil {
		return
	}
	words := cut(string(l.WorkerInstance), 60)
	switch h := j.f.Holder; {
	case h == nil:
	case h.Alive:
		words += ", alive"
	case h.Known:
		words += ", silent: its sign of life is gone"
	default:
		words += ", not in the registry: gone, or one that never registers"
	}
	j.show("holder", words, Ref{Kind: RefWorker, ID: string(l.WorkerInstance)})
	lease := "ends " + in(j.now, l.ExpiresAt)
	if !l.ExpiresAt.After(j.now) {
		lease = "ran out" + ago(j.now, l.ExpiresAt)
	}
	if !l.RenewedAt.IsZero() {
		lease += ", renewed" + ago(j.now, l.RenewedAt)
	}
	j.show("lease", lease+", attempt "+number(int(l.AttemptIndex)))
}

// working is what the holder has last said, and what can be done to it.
func (j *judge) working() {
	x := j.x
	if x.ProgressPercent >= 0 || x.ProgressMessage != "" {
		words := cut(x.ProgressMessage, 80)
		if x.ProgressPercent >= 0 {
			words = number(x.ProgressPercent) + "% " + words
		}
		j.show("progress", words+ago(j.now, x.ProgressUpdatedAt))
	}
	j.remedy(engine.RemedyRevoke, "take the lease from "+j.holderName()+": another worker may take over then")
	j.remedy(engine.RemedyCancel, "cancel it: its worker loses the lease")
}

// orphaned is an execution whose lease is over and that nobody has taken up.
func (j *judge) orphaned(code Code, what string) {
	x, most := j.x, j.f.Policy.MaxReclaims
	j.cause(code, Stuck, "%s: only a reclaim, a cancel or a deadline moves it", what)
	j.eventually("a worker of ffboard with what it requires takes it over, where one serves its lane; FlowFabric's never do by themselves")
	if x.ReclaimCount > 0 || x.ReclaimCount >= most {
		words := number(x.ReclaimCount) + "/" + number(most)
		if x.ReclaimCount >= most {
			words += " used up: the next one fails it"
		}
		j.show("reclaims", words)
	}
	if g := j.f.Grant; g != nil && g.ExpiresAt.After(j.now) {
		j.show("grant", "promised to "+cut(string(g.Instance), 40)+", "+in(j.now, g.ExpiresAt)+" it lapses", Ref{Kind: RefWorker, ID: string(g.Instance)})
	}
	j.capableEvidence()
	j.remedy(engine.RemedyReclaim, "let another worker take it over")
	j.remedy(engine.RemedyCancel, "cancel it")
}
