package views

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// overdueNouns is how an index of due times is called in a sentence, and who handles it.
var overdueNouns = map[engine.DueIndex]struct{ one, many theme.Text }{
	engine.DueLeaseExpiry:       {"lease", "leases"},
	engine.DueSuspensionTimeout: {"suspension timeout", "suspension timeouts"},
	engine.DueAttemptTimeout:    {"attempt timeout", "attempt timeouts"},
	engine.DueDeadline:          {"deadline", "deadlines"},
	engine.DuePendingWaitpoint:  {"pending waitpoint", "pending waitpoints"},
	engine.DueDelayed:           {"delayed execution", "delayed executions"},
}

const (
	// leasesThatBlock is from how many overdue leases of a partition on FlowFabric's scanner marks no others (spec 05 §4.1).
	leasesThatBlock = 50
	// laneUnserved is how late delayed work of a single lane is before nobody seems to serve that lane.
	laneUnserved = 10 * time.Second
	// summariesLate is how old flow summaries may be (spec 06 §12.8).
	summariesLate = 30 * time.Second
)

// totalOverdue adds up an index over the partitions.
type totalOverdue struct {
	engine.Overdue
	partitions int
}

func (t *totalOverdue) add(o engine.Overdue) {
	if o.Count == 0 {
		return
	}
	t.partitions++
	t.Count += o.Count
	if t.Oldest.IsZero() || o.Oldest.Before(t.Oldest) {
		t.Oldest = o.Oldest
	}
}

// of says how many, where, and how late the first of them is.
func (t *totalOverdue) words(now time.Time) theme.Text {
	where := theme.Text("")
	if t.partitions > 1 {
		where = " on " + Plural(t.partitions, "partition", "partitions")
	}
	return where + ", the first by " + Age(now, t.Oldest)
}

// overdueOf adds up a count over the partitions of a checkup.
func overdueOf(c *engine.Checkup, of func(p *engine.PartitionHealth) engine.Overdue) totalOverdue {
	var total totalOverdue
	for i := range c.Partitions {
		total.add(of(&c.Partitions[i]))
	}
	return total
}

func ofDue(due engine.DueIndex) func(p *engine.PartitionHealth) engine.Overdue {
	return func(p *engine.PartitionHealth) engine.Overdue { return p.Overdue[due] }
}

const runAnEngine theme.Text = "run an engine (ffboard serve), or see why FlowFabric's server does not do it: is it up, and is every lane in FF_LANES?"

// overdue says what should have happened by itself (spec 06 §12.7, Q-200).
func (f *findings) overdue() {
	f.leases()
	for _, due := range []engine.DueIndex{engine.DueSuspensionTimeout, engine.DueAttemptTimeout, engine.DueDeadline} {
		if late := overdueOf(f.c, ofDue(due)); late.Count > 0 {
			f.add(severityWrong, "scanners", f.count(due, late)+" overdue"+late.words(f.now), runAnEngine)
		}
	}
	f.delayed()
	if late := overdueOf(f.c, ofDue(engine.DuePendingWaitpoint)); late.Count > 0 {
		f.add(severityWatch, "scanners", f.count(engine.DuePendingWaitpoint, late)+" overdue"+late.words(f.now),
			"FlowFabric's scanner leaves dead ones behind, which does no harm; an engine of ours takes them out")
	}
	if late := overdueOf(f.c, func(p *engine.PartitionHealth) engine.Overdue { return p.CancelBacklog }); late.Count > 0 {
		f.add(severityWatch, "scanners", Plural(late.Count, "cancelled flow", "cancelled flows")+" with members still owed a cancel"+late.words(f.now),
			"open the flow: members that have ended can be acknowledged, the others cancelled")
	}
	if f.c.Resets.Count > 0 {
		f.add(severityWatch, "scanners", Plural(f.c.Resets.Count, "budget reset", "budget resets")+" overdue, the first by "+Age(f.now, f.c.Resets.Oldest),
			runAnEngine)
	}
	if age := f.summaryAge(); age > summariesLate && len(live(f.c)) == 0 {
		f.add(severityWatch, "scanners", "flow summaries are up to "+Span(age)+" old", runAnEngine)
	}
	groups := 0
	for i := range f.c.Partitions {
		groups += f.c.Partitions[i].SiblingGroups
	}
	if groups > 0 && len(live(f.c)) == 0 {
		f.add(severityNote, "scanners", Plural(groups, "group", "groups")+" of edges whose losers are still owed a cancel",
			"normal for some seconds while an engine runs; without one the losers run on: the flow view cancels them")
	}
}

func (f *findings) count(due engine.DueIndex, late totalOverdue) theme.Text {
	return Plural(late.Count, overdueNouns[due].one, overdueNouns[due].many)
}

func (f *findings) leases() {
	late := overdueOf(f.c, ofDue(engine.DueLeaseExpiry))
	unmarked, full := 0, 0
	for i := range f.c.Partitions {
		p := &f.c.Partitions[i]
		unmarked += p.Unmarked
		if p.Overdue[engine.DueLeaseExpiry].Count >= leasesThatBlock {
			full++
		}
	}
	switch {
	case unmarked > 0:
		f.add(severityWrong, "scanners", f.count(engine.DueLeaseExpiry, late)+" ran out and no scanner has marked them"+late.words(f.now), runAnEngine)
	case full > 0 && len(live(f.c)) == 0:
		f.add(severityWrong, "leases", Plural(full, "partition has", "partitions have")+" so many leases to reclaim that FlowFabric's scanner marks no others",
			"reclaim, cancel or replay them: workers and leases lists them")
	case late.Count > 0:
		f.add(severityWatch, "leases", Plural(late.Count, "execution lost its worker and waits", "executions lost their workers and wait")+
			" to be reclaimed"+late.words(f.now), "nothing does that by itself but a worker that reclaims: else cancel or replay them; workers and leases lists them")
	}
}

// delayed names the lane when it is a single one that nobody serves.
func (f *findings) delayed() {
	late := overdueOf(f.c, ofDue(engine.DueDelayed))
	if late.Count == 0 {
		return
	}
	lanes := map[engine.LaneID]bool{}
	for i := range f.c.Partitions {
		for lane, o := range f.c.Partitions[i].Delayed {
			if o.Count > 0 {
				lanes[lane] = true
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(lanes), func(a, b engine.LaneID) int { return strings.Compare(string(a), string(b)) })
	what := f.count(engine.DueDelayed, late) + " overdue" + late.words(f.now)
	if len(names) == 1 && f.now.Sub(late.Oldest) > laneUnserved {
		f.add(severityWrong, "lane "+theme.CleanTo(string(names[0]), 40), what+": no engine serves this lane",
			"add it to FF_LANES of FlowFabric's server, or run ffboard serve, which serves every lane")
		return
	}
	f.add(severityWrong, "scanners", what, runAnEngine)
}

// summaryAge is the age of the oldest summary that was looked at, when it was looked at.
func (f *findings) summaryAge() time.Duration {
	var oldest time.Duration
	for i := range f.c.Partitions {
		if p := &f.c.Partitions[i]; !p.SummaryAt.IsZero() {
			oldest = max(oldest, p.At.Sub(p.SummaryAt))
		}
	}
	return oldest
}

const (
	mostNamed = 6  // partitions that a finding names
	mostDrift = 50 // executions that are findings of their own
)

// partitions says what is wrong with the partitions themselves.
func (f *findings) partitions() {
	f.unreachable()
	f.signingKeys()
	told := 0
	for i := range f.c.Partitions {
		p := &f.c.Partitions[i]
		for _, m := range p.Drift {
			if told++; told <= mostDrift {
				f.all = append(f.all, driftFinding(&m))
			}
		}
		for _, member := range p.Strange {
			if told++; told <= mostDrift {
				f.all = append(f.all, strangeFinding(p.Partition, member))
			}
		}
	}
	if told > mostDrift {
		f.add(severityWatch, "partitions", Count(told-mostDrift)+" more executions that their indexes lack or hold wrongly", "open the partitions that say `drift`")
	}
}

func driftFinding(m *engine.IndexMismatch) finding {
	found := finding{severity: severityWrong, where: "partition " + theme.Clean(m.Partition.Tag()), partition: m.Partition, execution: m.Execution}
	if m.Problem == engine.IndexGone {
		found.severity = severityWatch
		found.what = "execution " + ShortExecution(m.Execution) + " is listed and has no record"
		found.do = "it was deleted by hand or evicted: an engine of ours takes it out"
		return found
	}
	found.what = "execution " + ShortExecution(m.Execution) + " is not in " + theme.CleanTo(string(m.Index), 24) + " of lane " +
		theme.CleanTo(string(m.Lane), 40) + ", where its state belongs: nothing will find it there"
	found.do = "an engine of ours repairs it within two minutes; without one, repair it from the execution's view"
	return found
}

func strangeFinding(p engine.Partition, member string) finding {
	return finding{severity: severityWatch, where: "partition " + theme.Clean(p.Tag()), partition: p,
		what: "all_executions holds what can be no execution id: " + theme.CleanTo(member, 60), do: "somebody wrote it by hand: SREM takes it out"}
}

func (f *findings) unreachable() {
	var tags []theme.Text
	var why string
	for i := range f.c.Partitions {
		if p := &f.c.Partitions[i]; p.Unreachable != "" {
			tags, why = append(tags, theme.Clean(p.Partition.Tag())), p.Unreachable
		}
	}
	if len(tags) > 0 {
		f.add(severityWrong, "partitions", Plural(len(tags), "partition", "partitions")+" unreachable: "+named(tags)+": "+theme.CleanTo(why, 80),
			"the node that holds them does not answer: nothing is known of them, and nothing happens there")
	}
}

// named lists the first of many.
func named(names []theme.Text) theme.Text {
	if len(names) > mostNamed {
		return theme.Join(names[:mostNamed], ", ") + " and " + Count(len(names)-mostNamed) + " more"
	}
	return theme.Join(names, ", ")
}

// signingKeys is Q-212: all partitions must sign with one key.
func (f *findings) signingKeys() {
	on := signingKids(f.c)
	lacking := on[""]
	delete(on, "")
	if lacking > 0 {
		f.add(severityWrong, "signing key", Plural(lacking, "partition has", "partitions have")+" none: nothing can be suspended there",
			"a server installs it when it boots: restart one")
	}
	if len(on) > 1 {
		f.add(severityWatch, "signing key", kidWords(on), "a rotation was not finished: repeat it with the newest key until no partition fails")
	}
}

// signingKids counts the partitions that sign with each key, those without one under "".
func signingKids(c *engine.Checkup) map[string]int {
	on := map[string]int{}
	for i := range c.Partitions {
		if p := &c.Partitions[i]; p.Unreachable == "" {
			on[p.SigningKid]++
		}
	}
	return on
}

// kidWords is "k2 on 255, k1 on 1".
func kidWords(on map[string]int) theme.Text {
	kids := slices.SortedFunc(maps.Keys(on), func(a, b string) int { return cmp.Or(cmp.Compare(on[b], on[a]), strings.Compare(a, b)) })
	var words []theme.Text
	for _, kid := range kids {
		words = append(words, theme.CleanTo(kid, 24)+" on "+Count(on[kid]))
	}
	return named(words)
}
