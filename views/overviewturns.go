package views

import (
	"context"
	"slices"
	"time"

	"ffboard/engine"
)

const (
	overviewEvery = time.Second
	// overviewHurry is the pause between the parts until each of them has come once, and everything was counted.
	overviewHurry = 10 * time.Millisecond
	// overviewCatchUp is the pause between the parts until they have looked at everything, but no more often than mostCatchingUp.
	overviewCatchUp = 150 * time.Millisecond
	mostCatchingUp  = 400
	mostOverview    = 32 // rows of a list; its own screen has them all
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
	name  string
	fetch func(ctx context.Context, e Engine) (any, error)
	whole func(*overviewFacts) bool // whether everything that it is about was looked at; nil: it always is
}

// overviewTurns says whose turn it is. Counting comes every other time; the rest shares what is left, so that the whole costs about the
// same a second. Until everything was looked at once it goes faster.
type overviewTurns struct {
	taken    int
	counting bool           // not every partition was counted
	behind   []overviewPart // parts that have not looked at everything yet
}

func (t *overviewTurns) answered(known *overviewFacts) {
	t.taken++
	t.counting = known.depths != nil && !known.depths.Whole()
	t.behind = nil
	if t.taken < mostCatchingUp {
		t.behind = slices.DeleteFunc(slices.Clone(overviewRest), func(p overviewPart) bool { return p.whole(known) })
	}
}

func (t *overviewTurns) every() time.Duration {
	switch {
	case t.taken < len(overviewFirst) || t.counting:
		return overviewHurry
	case len(t.behind) > 0:
		return overviewCatchUp
	default:
		return overviewEvery
	}
}

func (t *overviewTurns) part() overviewPart {
	if t.taken < len(overviewFirst) {
		return overviewFirst[t.taken]
	}
	if t.counting {
		return countMorePart
	}
	turn := t.taken - len(overviewFirst)
	if n := len(t.behind); n > 0 && turn%8 != 0 {
		return t.behind[turn%n]
	}
	if turn%2 == 0 {
		return countPart
	}
	if turn%30 == 29 {
		return deploymentPart
	}
	return overviewRest[turn/2%len(overviewRest)]
}

var (
	countPart = part("count", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		depths, err := e.Depths(ctx)
		if err != nil {
			return err
		}
		ended, err := e.Ended(ctx)
		a.depths, a.ended = &depths, &ended
		return err
	})
	countMorePart = part("countMore", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		depths, err := e.Depths(ctx)
		a.depths = &depths
		return err
	})
	orphanedPart = part("orphaned", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		rows, err := e.OrphanedLeases(ctx, mostOverview)
		a.orphaned = &rows
		return err
	}).until(func(k *overviewFacts) bool { return k.orphaned == nil || k.orphaned.Whole() })
	suspendedPart = part("suspended", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		rows, err := e.LongestSuspended(ctx, mostOverview)
		a.suspended = &rows
		return err
	}).until(func(k *overviewFacts) bool { return k.suspended == nil || k.suspended.Whole() })
	failingPart = part("failing", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		rows, err := e.FailingFlows(ctx, mostOverview)
		a.failing = &rows
		return err
	}).until(func(k *overviewFacts) bool { return k.failing == nil || k.failing.Whole() })
	checkupPart = part("checkup", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		checkup, err := e.Checkup(ctx)
		a.checkup = &checkup
		return err
	}).until(func(k *overviewFacts) bool { return k.checkup == nil || len(k.checkup.Partitions) >= k.checkup.Of })
	deploymentPart = part("deployment", func(ctx context.Context, e Engine, a *overviewAnswer) error {
		deployment, err := e.Deployment(ctx)
		a.deployment = &deployment
		return err
	})

	overviewFirst = []overviewPart{countPart, orphanedPart, failingPart, suspendedPart, checkupPart, deploymentPart}
	overviewRest  = []overviewPart{orphanedPart, failingPart, suspendedPart, checkupPart}
)

func part(name string, ask func(ctx context.Context, e Engine, a *overviewAnswer) error) overviewPart {
	return overviewPart{name: name, fetch: func(ctx context.Context, e Engine) (any, error) {
		var a overviewAnswer
		if err := ask(ctx, e, &a); err != nil {
			return nil, err
		}
		return a, nil
	}}
}

func (p overviewPart) until(whole func(*overviewFacts) bool) overviewPart {
	p.whole = whole
	return p
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
