package views

import "ffboard/engine"

// Documented is implemented by views that fetch their screen in parts: Document is all that came so far.
type Documented interface{ Document() any }

// OverviewDocument is what the first screen knows. What has not come is nil.
type OverviewDocument struct {
	Lanes            *engine.Depths
	Ended            *engine.Ended
	FailingFlows     *engine.FailingFlows
	LongestSuspended *engine.LongSuspended
	OrphanedLeases   *engine.OrphanedLeases
	Checkup          *engine.Checkup
	Deployment       *engine.Deployment
}

func (v *Overview) Document() any {
	k := &v.known
	return OverviewDocument{k.depths, k.ended, k.failing, k.suspended, k.orphaned, k.checkup, k.deployment}
}

// Covered is all when each part has come once and every partition was counted.
func (v *Overview) Covered() (done, of int) {
	done, of = min(v.turns.taken, len(overviewFirst)), len(overviewFirst)
	if v.turns.counting {
		done = min(done, of-1)
	}
	return done, of
}
