package diagnose

import (
	"cmp"
	"slices"

	"ffboard/engine"
)

// holdup is a group of members that hold a flow up for one cause: those that do not wait for another member themselves.
type holdup struct {
	cause   Cause // of its first member
	members []*engine.Execution
	held    int        // other members that wait for one of these, through however many edges
	sample  *Diagnosis // of the first member, from all facts around it
	next    []Event
}

// frontier is what a flow waits for, sorted by what matters most.
type frontier struct {
	groups  []*holdup
	waiters int // members that wait for others, and for nothing else
}

// findFrontier walks from the members that wait up to those that hold them up.
func findFrontier(f *engine.FlowFacts) frontier {
	var found frontier
	byID := make(map[engine.ExecutionID]*engine.Execution, len(f.List))
	waits := make(map[engine.ExecutionID]*engine.WaitFacts, len(f.Waits))
	for i := range f.List {
		byID[f.List[i].ID] = f.List[i].Execution
	}
	for i := range f.Waits {
		waits[f.Waits[i].Member] = &f.Waits[i]
	}
	groups := map[Code]*holdup{}
	for i := range f.List {
		x := f.List[i].Execution
		if x == nil || x.State.Phase == engine.PhaseTerminal {
			continue
		}
		d := memberDiagnosis(f, x, waits[x.ID], byID)
		if d.Code == CodeWaitsUpstreams {
			found.waiters++
			continue
		}
		g := groups[d.Code]
		if g == nil {
			g = &holdup{cause: d.Causes[0]}
			groups[d.Code] = g
			found.groups = append(found.groups, g)
		}
		g.members = append(g.members, x)
		if len(g.next) == 0 || len(d.Next) > 0 && soonest(d.Next[0], g.next[0]) < 0 {
			g.next = d.Next[:min(1, len(d.Next))]
		}
	}
	below := downstreams(f.Waits)
	for _, g := range found.groups {
		g.held = heldBy(g.members, below)
	}
	found.sort()
	return found
}

func (f *frontier) sort() {
	slices.SortStableFunc(f.groups, func(a, b *holdup) int {
		return cmp.Or(weight[b.cause.Standing]-weight[a.cause.Standing], b.held-a.held, len(b.members)-len(a.members))
	})
}

// memberDiagnosis judges a member by what the flow's facts say of it alone.
func memberDiagnosis(f *engine.FlowFacts, x *engine.Execution, wait *engine.WaitFacts, byID map[engine.ExecutionID]*engine.Execution) Diagnosis {
	facts := &engine.ExecutionFacts{ID: x.ID, At: f.At, Execution: x}
	if wait != nil {
		deps := &engine.DependencyFacts{Unresolved: wait.Unresolved, Group: wait.Group}
		if wait.Group != nil {
			deps.Staged = wait.Group.Total
		}
		for _, up := range wait.Upstreams {
			row := engine.ExecutionRow{ID: up, Missing: true}
			if other, member := byID[up]; other != nil {
				row = other.Row()
			} else if !member {
				row.Missing = false // beyond the bound: nothing is known of it
			}
			deps.Upstreams = append(deps.Upstreams, engine.UpstreamFacts{State: engine.EdgeUnsatisfied, Execution: row})
		}
		facts.Dependencies = deps
	}
	return Execution(facts)
}

// downstreams are the members that wait for each execution.
func downstreams(waits []engine.WaitFacts) map[engine.ExecutionID][]engine.ExecutionID {
	below := make(map[engine.ExecutionID][]engine.ExecutionID, len(waits))
	for i := range waits {
		for _, up := range waits[i].Upstreams {
			below[up] = append(below[up], waits[i].Member)
		}
	}
	return below
}

// heldBy counts what waits for some members, directly or through others.
func heldBy(members []*engine.Execution, below map[engine.ExecutionID][]engine.ExecutionID) int {
	seen := map[engine.ExecutionID]bool{}
	var queue []engine.ExecutionID
	for _, x := range members {
		seen[x.ID] = true
		queue = append(queue, x.ID)
	}
	held := 0
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, down := range below[id] {
			if !seen[down] {
				seen[down] = true
				held++
				queue = append(queue, down)
			}
		}
	}
	return held
}

// learn lets samples speak for their groups: a full look at one member may show a worse cause than its record alone.
func (f *frontier) learn(samples []Diagnosis) {
	for i := range samples {
		s := &samples[i]
		for _, g := range f.groups {
			if string(g.members[0].ID) != s.ID || s.Standing == Over {
				continue
			}
			g.sample = s
			// That its cancel is owed is why it ought to be over, not what holds the flow up.
			if i := slices.IndexFunc(s.Causes, func(c Cause) bool { return c.Code != CodeLoserOwed && c.Code != CodeCancelOwed }); i >= 0 {
				g.cause = s.Causes[i]
			}
			if len(s.Next) > 0 && !s.Next[0].At.IsZero() {
				g.next = s.Next[:1]
			}
		}
	}
	f.sort()
}

// mostSamples is how many groups are looked at through one of their members.
const mostSamples = 6

// Samples are the members that a full look is worth: one of each group that holds the flow up, the worst first.
func Samples(f *engine.FlowFacts) []engine.ExecutionID {
	var ids []engine.ExecutionID
	found := findFrontier(f)
	for _, g := range found.groups[:min(len(found.groups), mostSamples)] {
		ids = append(ids, g.members[0].ID)
	}
	return ids
}

// groupWords name causes for several members at once.
var groupWords = map[Code]string{
	CodeRunning:          "running",
	CodeRenewalLate:      "running, late to renew their lease",
	CodeLeaseUnmarked:    "with a lease that ran out and that nothing has marked",
	CodeLeaseExpired:     "with an expired lease that nobody has taken over",
	CodeLeaseRevoked:     "with a revoked lease that nobody has taken over",
	CodeNoHolder:         "at work without a holder",
	CodeWaitsSignal:      "suspended",
	CodeWaitsOperator:    "waiting for an operator",
	CodeWaitsTimeout:     "waiting for their timeout",
	CodeEscalated:        "escalated to an operator",
	CodeTimeoutOverdue:   "with a wait whose time is up",
	CodeQueued:           "in line for a worker",
	CodeGranted:          "promised to a worker",
	CodeLost:             "lost from their index",
	CodeNoWorker:         "in line, and no live worker is registered for them",
	CodeMissingTokens:    "without a worker that has what they require",
	CodeTokensApart:      "without one worker that has all that they require",
	CodeServedElsewhere:  "whose able workers serve other lanes",
	CodeBehindHead:       "behind one that cannot be taken",
	CodeBlockedYetServed: "blocked although served",
	CodeDelayed:          "delayed",
	CodeRetryBackoff:     "waiting to try again after a failure",
	CodeResumeDelay:      "waiting to go on after a suspension",
	CodeResumeWedged:     "wedged after a delayed resume",
	CodePromotionOverdue: "delayed, overdue",
	CodeMissedCompletion: "waiting for upstreams that have ended (missed completion)",
	CodeUpstreamPurged:   "waiting for upstreams that were purged",
	CodeWaitsForNothing:  "waiting for nothing",
	CodeEdgesResolved:    "with all edges resolved, yet blocked",
	CodeGroupFired:       "with a satisfied group, yet blocked",
	CodeImpossible:       "that can no longer succeed, yet not skipped",
	CodeUnreachable:      "with a quorum that cannot be reached",
	CodeBudgetExhausted:  "held back by a budget",
	CodeBudgetForEver:    "held back by a budget that never resets",
	CodeResetOverdue:     "held back by a budget whose reset is overdue",
	CodeBudgetFreed:      "held back by a budget",
	CodeQuotaRate:        "held back by a quota",
	CodeQuotaConcurrency: "held back by a quota",
	CodeQuotaFreed:       "held back by a quota",
	CodeOperatorBlock:    "held by an operator",
	CodeLaneBlock:        "held by a policy",
	CodeMalformed:        "with an unreadable record",
	CodeDeadlineOverdue:  "past their deadline",
	CodeAttemptOverdue:   "past their attempt timeout",
	CodeTimeoutLost:      "with a timeout that no index holds",
	CodeNoSuspension:     "suspended without a record of the wait",
	CodeWaitOver:         "suspended although their wait is over",
	CodeSatisfied:        "suspended although what they wait for came",
	CodeNoSignalHelps:    "suspended, and no signal can end it",
	CodeWaitpointClosed:  "suspended on a closed waitpoint",
	CodeUnknownWait:      "waiting for something unknown",
}

// phrase says what a group of n members is.
func (g *holdup) phrase() string {
	if words := groupWords[g.cause.Code]; words != "" {
		return words
	}
	return string(g.cause.Code)
}

// names are the first members of a group.
func (g *holdup) names() string {
	words := ""
	for i, x := range g.members {
		if i == 2 {
			return words + " and " + number(len(g.members)-2) + " more"
		}
		words += separated(words) + named(x.Kind, x.ID)
	}
	return words
}
