package views

import (
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func cannedAwaited() *viewstest.Engine {
	e := cannedSuspended()
	group := func(c engine.ResumeCondition, count int, oldest, soonest time.Duration) engine.SignalGroup {
		g := engine.SignalGroup{Key: c.GroupKey(), Condition: c, Count: count, Oldest: viewstest.Now.Add(-oldest), Endless: count / 4}
		if soonest != 0 {
			g.Soonest = viewstest.Now.Add(soonest)
		}
		return g
	}
	approved := engine.Single("", engine.ByName("approved"))
	e.Awaited = engine.SignalGroups{Read: 12_400, Of: 35_000, Covered: 64, Partitions: 256, Groups: []engine.SignalGroup{
		group(approved, 9000, 72*time.Hour, 5*time.Minute),
		group(engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"legal_ok", "finance_ok"}, Mode: "all", Minimum: 2}, 800, time.Hour, -time.Minute),
		group(engine.Single("", engine.Matcher{Kind: engine.MatchWildcard}), 700, time.Hour, time.Hour),
		group(engine.AllOf(approved, engine.Count(2, engine.DistinctSources, engine.ByName("vote"), "")), 600, time.Hour, time.Hour),
		group(engine.OperatorOnly(), 500, time.Hour, 0),
		group(engine.TimeoutOnly(), 400, time.Hour, time.Hour),
		group(engine.Single("", engine.ByName("evil\x1b[31m\u202ename")), 3, time.Minute, 0),
		{Key: engine.SignalGroupKey(engine.FaultNoSuspension), Fault: engine.FaultNoSuspension, Count: 2},
		{Key: engine.SignalGroupKey(engine.FaultUnreadable), Fault: engine.FaultUnreadable, Count: 1},
	}}
	return e
}

func TestSignalsAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := cannedAwaited()
			width, height := body(size)
			v := NewSignals(bareCommon(e))
			v.SetSize(width, height)
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "signals-"+sizeName(size), v.View())
		})
	}
}

func TestWhoWaitsForASignalIsAnsweredByItsName(t *testing.T) {
	e := cannedAwaited()
	v := NewSignals(bareCommon(e))
	v.SetSize(120, 30)
	fetch(t, v, e)
	v.SetFilter("approved")
	if frame := v.View(); !strings.Contains(frame, "9,000") || !strings.Contains(frame, "2 sources of vote") || strings.Contains(frame, "legal_ok") {
		t.Errorf("screen\n%s", frame)
	}
}

func TestAGroupOpensItsExecutions(t *testing.T) {
	e := cannedAwaited()
	first := e.Suspended.Rows[0]
	e.Awaited.Groups[0].Key = first.Suspension.Condition.GroupKey()
	v := NewSignals(bareCommon(e))
	v.SetSize(120, 30)
	fetch(t, v, e)
	group := pushed(t, presses(v, "enter")).(*SuspendedGroup)
	group.SetSize(120, 30)
	fetch(t, group, e)
	if r := group.table.Selected(); r == nil || r.ID != first.ID {
		t.Fatalf("selected %+v", r)
	}
	if got := asked(t, presses(group, "s")).(*signalDialog).id; got != first.ID {
		t.Errorf("s signals %s", got)
	}
}

func TestTabTurnsFromExecutionsToSignalsAndBack(t *testing.T) {
	e := cannedAwaited()
	v := suspendedView(t, e, 120, 30)
	signals := pushed(t, presses(v, "tab")).(*Signals)
	if _, back := presses(signals, "tab")().(Pop); !back {
		t.Error("tab does not lead back")
	}
}
