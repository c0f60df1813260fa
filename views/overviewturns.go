package views

import (
	"context"
	"time"

	"ffboard/engine"
)

const (
	overviewEvery = time.Second
	// overviewHurry is the pause between the parts until each of them has come once.
	overviewHurry = 10 * time.Millisecond
	mostOverview  = 32 // rows of a list; its own screen has them all
)

// overviewAnswer is one part of the first screen; what was not asked is nil.
type overviewAnswer struct {
	depths     *engine.Depths
	ended      *engine.Ended
	failing    *engine.FailingFlows
	suspended  *engine.LongSuspended
	orphaned   *engine.OrphanedLeases
	checkup    *engine.Checkup
	deployment *engine.Deployment
}

// overviewPart asks for one part.
type overviewPart struct {
	fetch func(ctx context.Context, e Engine) (any, error)
}

// overviewTurns says whose turn it is. Counting comes every other time; the rest shares what is left, so that the whole costs about the
// same a second.
type overviewTurns struct{ taken int }

func (t *overviewTurns) answered() { t.taken++ }

func (t *overviewTurns) every() time.Duration {
	if t.taken < len(overviewFirst) {
		return overviewHurry
	}
	return overviewEvery
}

func (t *overviewTurns) part() overviewPart {
	if t.taken < len(overviewFirst) {
		return overviewFirst[t.taken]
	}
	turn := t.taken - len(overviewFirst)
	if turn%2 == 0 {
		return countPart
	}
	if turn%30 == 29 {
		return deploymentPart
	}
	return overviewRest[turn/2%len(overviewRest)]
}

var (
	countPart = part(func(ctx context.Context, e Engine, a *overviewAnswer) error {
		depths, err := e.Depths(ctx)
		if err != nil {
			return err
		}
		ended, err := e.Ended(ctx)
		a.depths, a.ended = &depths, &ended
		return err
	})
	orphanedPart = part(func(ctx context.Context, e Engine, a *overviewAnswer) error {
		rows, err := e.OrphanedLeases(ctx, mostOverview)
		a.orphaned = &rows
		return err
	})
	suspendedPart = part(func(ctx context.Context, e Engine, a *overviewAnswer) error {
		rows, err := e.LongestSuspended(ctx, mostOverview)
		a.suspended = &rows
		return err
	})
	failingPart = part(func(ctx context.Context, e Engine, a *overviewAnswer) error {
		rows, err := e.FailingFlows(ctx, mostOverview)
		a.failing = &rows
		return err
	})
	checkupPart = part(func(ctx context.Context, e Engine, a *overviewAnswer) error {
		checkup, err := e.Checkup(ctx)
		a.checkup = &checkup
		return err
	})
	deploymentPart = part(func(ctx context.Context, e Engine, a *overviewAnswer) error {
		deployment, err := e.Deployment(ctx)
		a.deployment = &deployment
		return err
	})

	overviewFirst = []overviewPart{countPart, orphanedPart, failingPart, suspendedPart, checkupPart, deploymentPart}
	overviewRest  = []overviewPart{orphanedPart, failingPart, suspendedPart, checkupPart}
)

func part(ask func(ctx context.Context, e Engine, a *overviewAnswer) error) overviewPart {
	return overviewPart{func(ctx context.Context, e Engine) (any, error) {
		var a overviewAnswer
		if err := ask(ctx, e, &a); err != nil {
			return nil, err
		}
		return a, nil
	}}
}

// overviewFacts is what is known; each part is nil until it has come.
type overviewFacts struct {
	overviewAnswer
	libraryWas engine.Deployment // before it changed the last time
	changedAt  time.Time         // zero: it never did
}

// take notes the deployment, and when its library is another one than the last time.
func (f *overviewFacts) take(d *engine.Deployment, now time.Time) {
	if was := f.deployment; was != nil && (was.LibraryVersion != d.LibraryVersion || was.Ours != d.Ours) {
		f.libraryWas, f.changedAt = *was, now
	}
	f.deployment = d
}
