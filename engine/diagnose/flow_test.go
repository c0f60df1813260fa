package diagnose

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// member makes one of a flow's members of a state.
func member(n int, changes ...change) engine.MemberFacts {
	f := inLine()
	x := f.Execution
	x.ID, x.FlowID, x.Kind = memberID(n), flowID, fmt.Sprintf("step%d", n)
	for _, change := range changes {
		change(f, x)
	}
	return engine.MemberFacts{ID: x.ID, Execution: x}
}

func memberID(n int) engine.ExecutionID {
	return engine.ExecutionID(fmt.Sprintf("{fp:24}:%08x-0000-4000-8000-000000000000", n))
}

func blockedMember(f *engine.ExecutionFacts, x *engine.Execution) {
	vector(x, engine.PhaseRunnable, engine.BlockedByDependencies, engine.WaitingForChildren)
}

// waits says that a member waits for others of the flow.
func waits(n int, ups ...int) engine.WaitFacts {
	w := engine.WaitFacts{Member: memberID(n), Unresolved: len(ups),
		Group: &engine.EdgeGroup{Policy: allOf, Total: len(ups), Running: len(ups), State: engine.GroupPending}}
	for _, up := range ups {
		w.Upstreams = append(w.Upstreams, memberID(up))
	}
	return w
}

// flowCase is a flow and what is to be found about it.
type flowCase struct {
	diagnosisCase
	members []engine.MemberFacts
	waits   []engine.WaitFacts
	change  func(f *engine.FlowFacts)
}

func (c *flowCase) facts() *engine.FlowFacts {
	f := &engine.FlowFacts{ID: flowID, At: now, Members: len(c.members), List: c.members, Waits: c.waits,
		Flow: &engine.Flow{ID: flowID, Kind: "video", State: engine.FlowOpen, CreatedAt: before(time.Hour)}}
	if c.change != nil {
		c.change(f)
	}
	return f
}

func members(all ...engine.MemberFacts) []engine.MemberFacts { return all }

func cancelledFlow(policy engine.FlowCancelPolicy) func(f *engine.FlowFacts) {
	return func(f *engine.FlowFacts) {
		f.Flow.State, f.Flow.CancelledAt, f.Flow.CancelPolicy, f.Flow.CancelReason = engine.FlowCancelled, before(5*time.Minute), string(policy), "wrong input"
	}
}

func expired(f *engine.ExecutionFacts, x *engine.Execution) {
	running(f, x)
	x.State.Ownership, x.LeaseExpiredAt = engine.OwnerExpired, before(5*time.Minute)
}

func failedWith(reason string) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		over(engine.OutcomeFailed)(f, x)
		x.FailureReason = reason
	}
}

func flowCases() []flowCase {
	done := over(engine.OutcomeSuccess)
	return []flowCase{
		{diagnosisCase: diagnosisCase{name: "no such flow", code: CodeNoRecord, standing: Over, says: "no such flow"}, change: func(f *engine.FlowFacts) { f.Flow = nil }},
		{diagnosisCase: diagnosisCase{name: "no members", code: CodeFlowEmpty, standing: Waits, says: "no members"}},
		{diagnosisCase: diagnosisCase{name: "running", code: CodeFlowRunning, standing: Fine, says: "nothing is stuck: 2 running, 1 waiting for them, ETA unknown", remedy: engine.RemedyCancelFlow},
			members: members(member(1, done), member(2, running), member(3, running), member(4, blockedMember)), waits: []engine.WaitFacts{waits(4, 2, 3)}},
		{diagnosisCase: diagnosisCase{name: "in line only", code: CodeFlowWaits, standing: Waits, says: "nothing runs, and nothing is stuck: 2 in line for a worker"},
			members: members(member(1), member(2))},
		{diagnosisCase: diagnosisCase{name: "the frontier is found through those that wait", code: CodeFlowHeldUp, standing: Stuck,
			says: "step1 00000001 holds it up: the lease of w1-2 ran out 5m ago", evidence: "3 others wait for that", remedy: engine.RemedyReclaim},
			members: members(member(1, expired), member(2, blockedMember), member(3, blockedMember), member(4, blockedMember), member(5, running)),
			waits:   []engine.WaitFacts{waits(2, 1), waits(3, 2), waits(4, 3, 5)}},
		{diagnosisCase: diagnosisCase{name: "several alike", code: CodeFlowHeldUp, standing: Stuck, says: "3 members with an expired lease that nobody has taken over hold it up (1 running besides)",
			evidence: "step1 00000001, step2 00000002 and 1 more"},
			members: members(member(1, expired), member(2, expired), member(3, expired), member(4, running))},
		{diagnosisCase: diagnosisCase{name: "a missed completion within", code: CodeFlowHeldUp, standing: Late, says: "missed completion: step1 00000001 ended 4m ago"},
			members: members(member(1, done), member(2, blockedMember)), waits: []engine.WaitFacts{waits(2, 1)}},
		{diagnosisCase: diagnosisCase{name: "a purged upstream within", code: CodeFlowHeldUp, standing: Stuck, says: "purged"},
			members: members(engine.MemberFacts{ID: memberID(1)}, member(2, blockedMember)), waits: []engine.WaitFacts{waits(2, 1)}},
		{diagnosisCase: diagnosisCase{name: "purged members", code: CodeMembersPurged, standing: Note, says: "1 member was purged"},
			members: members(engine.MemberFacts{ID: memberID(1)}, member(2, running))},
		{diagnosisCase: diagnosisCase{name: "malformed members", code: CodeMembersMalformed, standing: Note, says: "1 member has an unreadable record"},
			members: members(member(1, running, func(f *facts, x *execution) { x.Malformed = []engine.FieldError{{Field: "priority"}} }))},
		{diagnosisCase: diagnosisCase{name: "completed", code: CodeFlowDone, standing: Over, says: "completed: 2 completed"}, members: members(member(1, done), member(2, done))},
		{diagnosisCase: diagnosisCase{name: "failed", code: CodeFlowFailed, standing: Over, says: "not all well: 1 completed, 1 failed, 1 skipped",
			evidence: "step1 00000001 4m ago: disk full", remedy: engine.RemedyReplay},
			members: members(member(1, failedWith("disk full")), member(2, over(engine.OutcomeSkipped)), member(3, done))},
		{diagnosisCase: diagnosisCase{name: "failing while others run", code: CodeFailing, standing: Note, says: "1 member has failed, the first step1 00000001: disk full"},
			members: members(member(1, failedWith("disk full")), member(2, running))},
		{diagnosisCase: diagnosisCase{name: "cancelled", code: CodeFlowOverCancel, standing: Over, says: "cancelled 5m ago, and every member has ended"},
			members: members(member(1, over(engine.OutcomeCancelled))), change: cancelledFlow(engine.CancelFlowAll)},
		{diagnosisCase: diagnosisCase{name: "cancels never acknowledged (Q-107)", code: CodeCancelUnacked, standing: Stuck, also: true, says: "3 cancels are outstanding, all finished", remedy: engine.RemedyAckCancels},
			members: members(member(1, over(engine.OutcomeCancelled))), change: func(f *engine.FlowFacts) {
				cancelledFlow(engine.CancelFlowAll)(f)
				f.CancelOwed = 3
			}},
		{diagnosisCase: diagnosisCase{name: "a cancel backlog that stands", code: CodeCancelBacklog, standing: Late, says: "2 cancels are outstanding, and nobody carries them out"},
			members: members(member(1, running), member(2, running)), change: func(f *engine.FlowFacts) {
				cancelledFlow(engine.CancelFlowAll)(f)
				f.CancelOwed, f.CancelFrom = 2, before(5*time.Minute)
			}},
		{diagnosisCase: diagnosisCase{name: "a cancel backlog that is young", code: CodeCancelBacklog, standing: Waits, says: "1 cancel is outstanding", next: "in 20s  the engine's reconciler"},
			members: members(member(1, running)), change: func(f *engine.FlowFacts) {
				cancelledFlow(engine.CancelFlowAll)(f)
				f.CancelOwed, f.CancelFrom = 1, after(20*time.Second)
			}},
		{diagnosisCase: diagnosisCase{name: "cancel_pending that cancels nothing (Q-110)", code: CodeNotCancelled, standing: Stuck, says: "2 members were not cancelled", remedy: engine.RemedyCancelMembers},
			members: members(member(1), member(2), member(3, running)), change: cancelledFlow(engine.CancelFlowPending)},
		{diagnosisCase: diagnosisCase{name: "losers still running (Q-108)", code: CodeLosersRun, standing: Late, says: "losers still running: 1 member is owed", remedy: engine.RemedyCancelLosers},
			members: members(member(1, done), member(2, running), member(3)), change: func(f *engine.FlowFacts) {
				f.Races = []engine.RaceFacts{{LostRace: engine.LostRace{Downstream: memberID(3), DecidedAt: before(time.Minute)}, Losers: []engine.ExecutionID{memberID(1), memberID(2)}}}
			}},
		{diagnosisCase: diagnosisCase{name: "more than is looked at", code: CodeFlowRunning, standing: Fine, says: "1 running", evidence: "19,999 of 20,000 members are beyond"},
			members: members(member(1, running)), change: func(f *engine.FlowFacts) { f.Members, f.Untraced = 20_000, 7 }},
		{diagnosisCase: diagnosisCase{name: "upstreams that were not looked at", code: CodeFlowWaits, standing: Waits, says: "1 member waits for others"},
			members: members(member(1, blockedMember)), change: func(f *engine.FlowFacts) { f.Untraced = 1 }},
	}
}

func TestAFlowsCauses(t *testing.T) {
	for _, c := range flowCases() {
		t.Run(c.name, func(t *testing.T) {
			d := Flow(c.facts())
			c.check(t, &d)
		})
	}
}

func TestASampleSpeaksForThoseHeldUpAlike(t *testing.T) {
	c := flowCase{members: members(member(1), member(2), member(3, running))}
	f := c.facts()
	ids := Samples(f)
	if len(ids) != 2 || ids[0] != memberID(1) {
		t.Fatalf("samples %v", ids)
	}
	closer := inLine()
	closer.ID, closer.Execution.ID, closer.Workers.List = memberID(1), memberID(1), nil
	d := Flow(f, Execution(closer))
	if d.Code != CodeFlowHeldUp || d.Standing != Late || !strings.Contains(d.Verdict, "2 members in line, and no live worker is registered for them hold it up (1 running besides)") {
		t.Errorf("%s %s: %s", d.Code, d.Standing, d.Verdict)
	}
}

func TestAFlowOfTenThousandMembersIsJudgedFast(t *testing.T) {
	c := flowCase{members: members(member(0, expired))}
	for i := 1; i < engine.MostFlowMembers; i++ {
		c.members = append(c.members, member(i, blockedMember))
		if i <= engine.MostTraced {
			c.waits = append(c.waits, waits(i, i-1))
		}
	}
	start := time.Now()
	d := Flow(c.facts())
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if d.Code != CodeFlowHeldUp || !strings.Contains(d.Verdict, "1,000 others wait for that") {
		t.Error(d.Verdict)
	}
}

func TestEveryCauseOfSeveralMembersHasWords(t *testing.T) {
	alone := map[Code]bool{CodeNoRecord: true, CodeOutside: true, CodeWaitsUpstreams: true, CodeLoserOwed: true, CodeCancelOwed: true}
	for _, c := range executionCases() {
		f := inLine()
		for _, change := range c.changes {
			change(f, f.Execution)
		}
		d := Execution(f)
		if d.Standing != Over && !alone[d.Code] && groupWords[d.Code] == "" {
			t.Errorf("no words for several that are %s", d.Code)
		}
	}
}
