package diagnose

import (
	"fmt"
	"slices"

	"ffboard/engine"
)

// flowJudge collects what is found about a flow.
type flowJudge struct {
	judge
	ff      *engine.FlowFacts
	front   frontier
	byState map[engine.PublicState]int // of members with a record
	purged  int
	bad     int // members with an unreadable record
}

// Flow tells why a flow is where it is: which members hold it up, and for what. Samples are diagnoses of some of its members, each of
// which speaks for the members that are held up alike.
func Flow(f *engine.FlowFacts, samples ...Diagnosis) Diagnosis {
	j := &flowJudge{ff: f, byState: map[engine.PublicState]int{}}
	j.judge = judge{f: &engine.ExecutionFacts{}, now: f.At, d: Diagnosis{Kind: RefFlow, ID: string(f.ID), At: f.At, Unread: f.Unread}}
	if f.Flow == nil {
		j.cause(CodeNoRecord, Over, "there is no such flow: it was removed after its retention, or never created")
		return j.concluded()
	}
	j.d.Title, j.d.Members = f.Flow.Kind, f.Members
	j.count()
	j.front = findFrontier(f)
	j.front.learn(samples)
	j.state()
	j.holdups()
	j.failures()
	j.cancelling()
	j.races()
	j.leftovers()
	return j.concluded()
}

func (j *flowJudge) remedy(kind engine.RemedyKind, words string) {
	j.d.Remedies = append(j.d.Remedies, engine.Remedy{Kind: kind, Words: words, Flow: j.ff.ID})
}

func (j *flowJudge) count() {
	for i := range j.ff.List {
		x := j.ff.List[i].Execution
		switch {
		case x == nil:
			j.purged++
			continue
		case len(x.Malformed) > 0:
			j.bad++
		}
		j.byState[x.State.Public]++
	}
}

// unseen are members beyond what was read.
func (j *flowJudge) unseen() int { return max(j.ff.Members-len(j.ff.List), 0) }

// over tells that no member is left that could do anything.
func (j *flowJudge) over() bool {
	return len(j.front.groups) == 0 && j.front.waiters == 0 && j.unseen() == 0
}

// state is the verdict as far as nothing is wrong.
func (j *flowJudge) state() {
	all := j.stateWords()
	if all != "" {
		j.show("members", all, Ref{Kind: RefFlow, ID: string(j.ff.ID)})
	}
	if f := j.ff.Flow; !f.CancelledAt.IsZero() || f.State == engine.FlowCancelled {
		j.show("cancelled", span(j.now.Sub(f.CancelledAt))+" ago, policy "+cut(f.CancelPolicy, 24)+because(f.CancelReason))
	}
	switch {
	case j.ff.Members == 0:
		j.cause(CodeFlowEmpty, Waits, "it has no members yet: there is nothing to run")
		j.remedy(engine.RemedyCancelFlow, "cancel the flow")
	case j.over():
		j.ending(all)
	case j.worst() == Stuck || j.worst() == Late:
		j.heldUp()
	case j.running() > 0:
		j.cause(CodeFlowRunning, Fine, "nothing is stuck: %s, ETA unknown", j.movingWords())
	case len(j.front.groups) > 0:
		j.cause(CodeFlowWaits, Waits, "nothing runs, and nothing is stuck: %s", j.movingWords())
	default:
		j.cause(CodeFlowWaits, Waits, "%s for others, and what they wait for was not found among those looked at", count(j.front.waiters, "member waits", "members wait"))
	}
}

func (j *flowJudge) ending(all string) {
	switch engine.DeriveFlowState(j.ff.Flow.State, j.byState) {
	case engine.FlowCancelled:
		j.cause(CodeFlowOverCancel, Over, "cancelled%s, and every member has ended: %s", ago(j.now, j.ff.Flow.CancelledAt), all)
	case engine.FlowFailed:
		j.cause(CodeFlowFailed, Over, "every member has ended, not all well: %s", all)
	case engine.FlowCompleted:
		j.cause(CodeFlowDone, Over, "completed: %s", all)
	default:
		j.cause(CodeFlowDone, Over, "no member has a record any more: they were purged after their retention")
	}
}

func (j *flowJudge) stateWords() string {
	words := ""
	for _, state := range engine.PublicStates() {
		if n := j.byState[state]; n > 0 {
			words += separated(words) + number(n) + " " + spaced(string(state))
		}
	}
	return words
}

func spaced(word string) string {
	out := []byte(word)
	for i := range out {
		if out[i] == '_' {
			out[i] = ' '
		}
	}
	return string(out)
}

func (j *flowJudge) worst() Standing {
	if len(j.front.groups) == 0 {
		return Fine
	}
	return j.front.groups[0].cause.Standing
}

func (j *flowJudge) running() int {
	for _, g := range j.front.groups {
		if g.cause.Code == CodeRunning {
			return len(g.members)
		}
	}
	return 0
}

// heldUp is the verdict where a member is stuck or late.
func (j *flowJudge) heldUp() {
	g := j.front.groups[0]
	what := named(g.members[0].Kind, g.members[0].ID) + " holds it up: " + g.cause.Words
	if n := len(g.members); n > 1 {
		what = count(n, "member", "members") + " " + g.phrase() + " hold it up"
	}
	if g.held > 0 {
		what += "; " + count(g.held, "other waits", "others wait") + " for that"
	}
	running := ""
	if n := j.running(); n > 0 {
		running = " (" + number(n) + " running besides)"
	}
	j.cause(CodeFlowHeldUp, g.cause.Standing, "%s%s", what, running)
}

// movingWords say what the members that wait for no other do.
func (j *flowJudge) movingWords() string {
	words := ""
	for _, g := range slices.Backward(j.front.groups) { // what runs first
		words += separated(words) + number(len(g.members)) + " " + g.phrase()
	}
	if j.front.waiters > 0 {
		words += separated(words) + number(j.front.waiters) + " waiting for them"
	}
	return words
}

const mostHoldups = 12

// holdups are the groups that hold the flow up, the worst first.
func (j *flowJudge) holdups() {
	for i, g := range j.front.groups {
		if i == mostHoldups {
			j.show("and", number(len(j.front.groups)-i)+" more causes")
			break
		}
		first, alone := g.members[0], len(g.members) == 1
		words := number(len(g.members)) + " members " + g.phrase() + ": " + g.names()
		if alone {
			words = g.names() + ": " + g.cause.Words
		}
		if g.held > 0 {
			words += "; " + count(g.held, "other waits", "others wait") + " for that"
		}
		j.show(string(g.cause.Standing), words, executionRef(first.ID, j.ff.ID))
		if g.cause.Code != CodeRunning && !alone {
			j.show("such as", short(first.ID)+": "+g.cause.Words, executionRef(first.ID, j.ff.ID))
		}
		if len(g.next) > 0 && !g.next[0].At.IsZero() && g.cause.Code != CodeRunning {
			j.next(g.next[0].At, named(first.Kind, first.ID)+": "+g.next[0].Words)
		}
		j.offer(g)
	}
	if n := j.front.waiters; n > 0 {
		j.show("waiting", count(n, "member waits", "members wait")+" for others and for nothing else", Ref{Kind: RefEdges, Flow: j.ff.ID})
	}
	if !j.over() {
		j.remedy(engine.RemedyCancelFlow, "cancel the flow and its members")
	}
}

// offer passes on what can be done about the first member of a group that does not move by itself.
func (j *flowJudge) offer(g *holdup) {
	if g.cause.Standing != Stuck && g.cause.Standing != Late && g.cause.Code != CodeWaitsSignal || len(j.d.Remedies) > 4 {
		return
	}
	remedies := j.memberRemedies(g)
	for _, r := range remedies[:min(len(remedies), 2)] {
		r.Words = short(g.members[0].ID) + ": " + r.Words
		j.d.Remedies = append(j.d.Remedies, r)
	}
}

func (j *flowJudge) memberRemedies(g *holdup) []engine.Remedy {
	if g.sample != nil {
		return g.sample.Remedies
	}
	return Execution(&engine.ExecutionFacts{ID: g.members[0].ID, At: j.now, Execution: g.members[0]}).Remedies
}

const mostFailures = 5

// failures are the members that failed by themselves, and how many were skipped for it.
func (j *flowJudge) failures() {
	var failed []*engine.Execution
	for i := range j.ff.List {
		x := j.ff.List[i].Execution
		if x == nil {
			continue
		}
		if o := x.State.Outcome; o == engine.OutcomeFailed || o == engine.OutcomeExpired {
			failed = append(failed, x)
		}
	}
	if len(failed) == 0 {
		return
	}
	slices.SortStableFunc(failed, func(a, b *engine.Execution) int { return a.CompletedAt.Compare(b.CompletedAt) })
	skipped := ""
	if n := j.byState[engine.StateSkipped]; n > 0 {
		skipped = "; " + count(n, "member was", "members were") + " skipped"
	}
	j.cause(CodeFailing, Note, "%s%s, the first %s%s", count(len(failed), "member has failed", "members have failed"), skipped, named(failed[0].Kind, failed[0].ID), because(failed[0].FailureReason))
	for i, x := range failed {
		if i == mostFailures {
			j.show("failed", number(len(failed)-i)+" more")
			break
		}
		j.show("failed", named(x.Kind, x.ID)+ago(j.now, x.CompletedAt)+because(x.FailureReason), executionRef(x.ID, j.ff.ID))
	}
	if j.over() {
		j.d.Remedies = append(j.d.Remedies, engine.Remedy{Kind: engine.RemedyReplay, Words: "replay " + named(failed[0].Kind, failed[0].ID) + ", then what was skipped", Execution: failed[0].ID, Flow: j.ff.ID})
	}
}

// cancelling is about cancels that are owed and those that were never meant to be carried out.
func (j *flowJudge) cancelling() {
	f := j.ff
	if n := f.CancelOwed; n > 0 {
		owed := count(n, "cancel is", "cancels are") + " outstanding"
		switch {
		case j.over():
			j.cause(CodeCancelUnacked, Stuck, "%s, all finished: FlowFabric's reconciler never acknowledges such a member", owed)
			j.remedy(engine.RemedyAckCancels, "acknowledge them")
		case !f.CancelFrom.IsZero() && j.now.Sub(f.CancelFrom) <= cancelSlack:
			j.cause(CodeCancelBacklog, Waits, "%s", owed)
			j.next(f.CancelFrom, "the engine's reconciler cancels what is left")
		default:
			j.cause(CodeCancelBacklog, Late, "%s, and nobody carries them out", owed)
			j.remedy(engine.RemedyCancelFlow, "cancel the members that are left")
		}
	}
	if f.Flow.State != engine.FlowCancelled || f.Flow.CancelPolicy != string(engine.CancelFlowPending) {
		return
	}
	queued := 0
	for i := range f.List {
		if x := f.List[i].Execution; x != nil && x.State.Phase == engine.PhaseRunnable {
			queued++
		}
	}
	if queued > 0 {
		j.cause(CodeNotCancelled, Stuck, "%s not cancelled, although the policy is cancel_pending", count(queued, "member was", "members were"))
		j.remedy(engine.RemedyCancelMembers, fmt.Sprintf("cancel the %d members that do not run yet", queued))
	}
}

// races are groups that were decided and whose losers run on.
func (j *flowJudge) races() {
	open := map[engine.ExecutionID]bool{}
	for i := range j.ff.List {
		if x := j.ff.List[i].Execution; x != nil && x.State.Phase != engine.PhaseTerminal {
			open[j.ff.List[i].ID] = true
		}
	}
	losers, standing := 0, Waits
	for _, race := range j.ff.Races {
		n := 0
		for _, id := range race.Losers {
			if open[id] {
				n++
			}
		}
		if n == 0 {
			continue
		}
		losers += n
		if j.now.Sub(race.DecidedAt) > raceSlack {
			standing = Late
		}
		j.show("losers", count(n, "member runs", "members run")+" on although the group of "+short(race.Downstream)+" was decided"+ago(j.now, race.DecidedAt), executionRef(race.Downstream, j.ff.ID))
	}
	if losers > 0 {
		j.cause(CodeLosersRun, standing, "losers still running: %s owed a cancel since their group was decided without them", count(losers, "member is", "members are"))
		j.remedy(engine.RemedyCancelLosers, "cancel them")
	}
}

// leftovers are members that cannot be judged.
func (j *flowJudge) leftovers() {
	if j.purged > 0 && !j.over() {
		j.cause(CodeMembersPurged, Note, "%s purged: their outcome is not known any more", count(j.purged, "member was", "members were"))
	}
	if j.bad > 0 {
		j.cause(CodeMembersMalformed, Note, "%s an unreadable record", count(j.bad, "member has", "members have"))
	}
	if n := len(j.ff.Flow.Malformed); n > 0 {
		bad := j.ff.Flow.Malformed[0]
		j.cause(CodeMalformed, Note, "%s of the flow's record %s unreadable: %s %s", count(n, "field", "fields"), isOrAre(n), cut(bad.Field, 40), cut(bad.Problem, 60))
	}
	if n := j.unseen(); n > 0 {
		j.show("not seen", number(n)+" of "+number(j.ff.Members)+" members are beyond what is looked at")
	}
	if j.ff.Untraced > 0 {
		j.show("not seen", "the upstreams of "+count(j.ff.Untraced, "waiting member", "waiting members"))
	}
}
