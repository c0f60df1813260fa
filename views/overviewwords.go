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

// head is what is to say of the deployment as a whole: what goes through it, whether anybody keeps it, and what it is.
func (v *Overview) head() []string {
	facts := []Fact{v.engineFact(), v.throughputFact(), v.liveFact(), v.libraryFact()}
	if banner := v.banner(); banner.Text != "" {
		facts = append([]Fact{{Name: "changed", Cells: []Cell{banner}}}, facts...)
	}
	lines := Panel(v.c.Theme, "", facts, v.width)[1:]
	if v.height > 12 {
		lines = append(lines, v.c.Theme.Line(v.width).String())
	}
	return lines[:min(len(lines), max(v.height/3, 0))]
}

// throughputFact is how much ends, and how.
func (v *Overview) throughputFact() Fact {
	th := v.c.Theme
	f := Fact{Name: "ended"}
	e := v.known.ended
	if e == nil {
		f.Cells = []Cell{{"counting", th.Dim}}
		return f
	}
	lately, minute := 0, 0
	for _, lane := range e.ByLane {
		lately, minute = lately+lane.Lately, minute+lane.Minute
	}
	f.Cells = []Cell{{perSecond(lately) + " ", th.StateStyle(theme.Done)}, v.courseCell(&v.ended), {" " + Count(minute) + " in a minute", th.Plain}}
	if outcomes := outcomeWords(e.Outcomes); outcomes != "" {
		f.Cells = append(f.Cells, Cell{" " + th.Glyphs.Dot + " of those last " + outcomes, v.outcomeStyle(e.Outcomes)})
	}
	if !e.Whole() {
		f.Cells = append(f.Cells, Cell{" " + th.Glyphs.Dot + " so far", th.Dim})
	}
	return f
}

// liveFact is how much there is that has not ended, where that is going, and what it does.
func (v *Overview) liveFact() Fact {
	th, d := v.c.Theme, v.known.depths
	f := Fact{Name: "live"}
	if d == nil {
		f.Cells = []Cell{{"counting", th.Dim}}
		return f
	}
	all := laneRow{LaneDepth: engine.LaneDepth{ByIndex: map[engine.LaneIndex]int{}}}
	for _, lane := range d.Lanes {
		for _, look := range laneIndexes {
			all.ByIndex[look.index] += lane.ByIndex[look.index]
		}
	}
	f.Cells = []Cell{{Count(liveIn(all.ByIndex)) + " ", th.Plain}, v.courseCell(&v.live), {v.trend() + "  ", th.Dim}}
	used := len(f.Name) + 9
	for _, cell := range f.Cells {
		used += cell.Text.Width()
	}
	return Fact{f.Name, append(f.Cells, (&Lanes{c: v.c}).shares(&all, v.width-used)...)}
}

// courseCell is a course as wide as the screen can give.
func (v *Overview) courseCell(s *Series) Cell {
	return Cell{Sparkline(v.c.Theme, s.Values(), min(max((v.width-80)/3, 6), overviewCourse)), v.c.Theme.Dim}
}

// trend says where what is live is going.
func (v *Overview) trend() theme.Text {
	switch slope := v.live.Slope(time.Minute); {
	case slope > 0.05:
		return " rising " + Rate(slope)
	case slope < -0.05:
		return " falling " + Rate(-slope)
	default:
		return " steady"
	}
}

// outcomeWords lists outcomes, the most frequent first.
func outcomeWords(outcomes map[engine.TerminalOutcome]int) theme.Text {
	byCount := slices.SortedFunc(maps.Keys(outcomes), func(a, b engine.TerminalOutcome) int {
		return cmp.Or(cmp.Compare(outcomes[b], outcomes[a]), cmp.Compare(a, b))
	})
	var words []theme.Text
	for _, outcome := range byCount[:min(len(byCount), 5)] {
		words = append(words, Count(outcomes[outcome])+" "+theme.CleanTo(string(outcome), 16))
	}
	return theme.Join(words, ", ")
}

func (v *Overview) outcomeStyle(outcomes map[engine.TerminalOutcome]int) theme.Style {
	if outcomes[engine.OutcomeFailed]+outcomes[engine.OutcomeExpired] > 0 {
		return v.c.Theme.Warn
	}
	return v.c.Theme.Dim
}

// engineFact tells by what is overdue whether an engine is at work: none leaves a sign of its own.
func (v *Overview) engineFact() Fact {
	th := v.c.Theme
	f := Fact{Name: "engine"}
	d := v.known.depths
	if d == nil {
		f.Cells = []Cell{{"looking", th.Dim}}
		return f
	}
	late := v.overoverdueNames(d)
	switch {
	case len(late) > 0 && v.engines() > 0:
		f.Cells = []Cell{{th.Glyphs.Alert + " behind: ", th.Bad}, {theme.Join(late, ", ") + " overdue", th.Bad}}
	case len(late) > 0:
		f.Cells = []Cell{{th.Glyphs.Alert + " not running, or behind: ", th.Bad}, {theme.Join(late, ", ") + " overdue", th.Bad}}
	case !d.Whole():
		f.Cells = []Cell{{"nothing overdue so far", th.Dim}}
	default:
		f.Cells = []Cell{{th.Glyphs.Check + " keeps up: nothing is overdue", th.Good}}
	}
	if n := len(v.findings); n > 0 {
		f.Cells = append(f.Cells, Cell{" " + th.Glyphs.Dot + " ", th.Dim}, Cell{Plural(n, "finding", "findings") + " behind 9", v.findings[0].severity.style(th)})
	}
	if n := v.orphans(d); n > 0 {
		f.Cells = append(f.Cells, Cell{" " + th.Glyphs.Dot + " ", th.Dim}, Cell{Count(n) + " orphaned", th.Warn})
	}
	if n := v.engines(); n > 0 {
		f.Cells = append(f.Cells, Cell{" " + th.Glyphs.Dot + " " + Plural(n, "engine", "engines"), th.Dim})
	}
	return f
}

// overdueNames name what an index of due times holds.
var overdueNames = []struct {
	index    engine.DueIndex
	one, all theme.Text
}{
	{engine.DueDelayed, "delayed", "delayed"},
	{engine.DueDeadline, "deadline", "deadlines"},
	{engine.DueSuspensionTimeout, "suspension timeout", "suspension timeouts"},
	{engine.DueAttemptTimeout, "attempt timeout", "attempt timeouts"},
	{engine.DuePendingWaitpoint, "waitpoint", "waitpoints"},
}

// overoverdueNames lists what an engine would have handled. A lease that ran out and is marked waits for a worker, not for an engine.
func (v *Overview) overoverdueNames(d *engine.Depths) []theme.Text {
	var words []theme.Text
	if n := v.unseenLeases(d); n > 0 {
		words = append(words, Plural(n, "lease", "leases"))
	}
	for _, due := range overdueNames {
		if n := d.Overdue[due.index]; n > 0 {
			words = append(words, Plural(n, due.one, due.all))
		}
	}
	cancels := 0
	for _, p := range v.partitions() {
		cancels += p.CancelBacklog.Count
	}
	if cancels > 0 {
		words = append(words, Plural(cancels, "cancel", "cancels"))
	}
	return words
}

// unseenLeases counts the leases that ran out and that no engine has marked, as far as they were looked at.
func (v *Overview) unseenLeases(d *engine.Depths) int {
	if v.known.orphaned == nil || d.Overdue[engine.DueLeaseExpiry] == 0 {
		return 0
	}
	n := 0
	for i := range v.known.orphaned.Rows {
		if v.known.orphaned.Rows[i].Ownership == engine.OwnerLeased {
			n++
		}
	}
	return n
}

// orphans counts the executions that wait for a worker to take them over: the counts know of the leases that ran out, the rows of
// those that were revoked.
func (v *Overview) orphans(d *engine.Depths) int {
	if v.known.orphaned == nil {
		return 0
	}
	expired, revoked := 0, 0
	for i := range v.known.orphaned.Rows {
		switch v.known.orphaned.Rows[i].Ownership {
		case engine.OwnerExpired:
			expired++
		case engine.OwnerRevoked:
			revoked++
		}
	}
	return max(expired, d.Overdue[engine.DueLeaseExpiry]-v.unseenLeases(d)) + revoked
}

func (v *Overview) libraryFact() Fact {
	th := v.c.Theme
	f := Fact{Name: "server"}
	d := v.known.deployment
	if d == nil {
		f.Cells = []Cell{{"looking", th.Dim}}
		return f
	}
	words, style := deploymentLibrary(d), th.Plain
	if d.LibraryVersion == "" {
		style = th.Bad
	}
	f.Cells = []Cell{{words, style}, {" " + th.Glyphs.Dot + " " + theme.CleanTo(d.ServerName, 16) + " " + theme.CleanTo(d.ServerVersion, 16), th.Dim}}
	f.Cells = append(f.Cells, v.signingKeys()...)
	if c := v.known.depths; c != nil {
		words := Plural(c.Of, "partition", "partitions")
		if c.Covered < c.Of {
			words = "counted " + Count(c.Covered) + " of " + words
		}
		f.Cells = append(f.Cells, Cell{" " + th.Glyphs.Dot + " " + words, th.Dim})
	}
	return f
}

// deploymentLibrary says which function library is loaded.
func deploymentLibrary(d *engine.Deployment) theme.Text {
	return libraryWords(&engine.LibraryFound{Version: d.LibraryVersion, Ours: d.Ours})
}

// partitions are those that were looked at.
func (v *Overview) partitions() []engine.PartitionHealth {
	if v.known.checkup == nil {
		return nil
	}
	return v.known.checkup.Partitions
}

// engines is how many tell that they run; FlowFabric's do not.
func (v *Overview) engines() int {
	if v.known.checkup == nil {
		return 0
	}
	return len(live(v.known.checkup))
}

// signingKeys says on how many partitions each key signs; more than one is a rotation that was not finished.
func (v *Overview) signingKeys() []Cell {
	th, keys := v.c.Theme, map[string]int{}
	for _, p := range v.partitions() {
		if p.Unreachable == "" {
			keys[p.SigningKid]++
		}
	}
	if len(keys) == 0 {
		return nil
	}
	kids := slices.SortedFunc(maps.Keys(keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(keys[b], keys[a]), strings.Compare(a, b))
	})
	var words []theme.Text
	for _, kid := range kids[:min(len(kids), 3)] {
		name := theme.CleanTo(kid, 20)
		if kid == "" {
			name = "none"
		}
		words = append(words, name+" on "+Count(keys[kid]))
	}
	style := th.Dim
	if len(kids) > 1 {
		style = th.Warn
	}
	return []Cell{{" " + th.Glyphs.Dot + " ", th.Dim}, {"signing key: " + theme.Join(words, ", "), style}}
}

// banner says that somebody has loaded another library.
func (v *Overview) banner() Cell {
	th, f := v.c.Theme, &v.known
	if f.changedAt.IsZero() {
		return Cell{}
	}
	return Cell{th.Glyphs.Alert + " " + Age(v.c.Now(), f.changedAt) + " ago: " + deploymentLibrary(&f.libraryWas) + " before, " +
		deploymentLibrary(f.deployment) + " now", th.Warn}
}

// suspendedNow is how many are suspended by the lanes' counts, which are read more often than the list.
func (v *Overview) suspendedNow() int {
	n := 0
	for _, l := range v.known.depths.Lanes {
		n += l.ByIndex[engine.IndexSuspended]
	}
	return n
}

// emptiness says of a list without rows what that means.
func (v *Overview) emptiness(p overviewPane) theme.Text {
	var looked *engine.Looked
	none := theme.Text("none")
	switch p {
	case paneFailing:
		none = "none"
		if v.known.failing != nil {
			looked = &v.known.failing.Looked
		}
	case paneSuspended:
		none = "nothing is suspended"
		if v.known.depths != nil && v.suspendedNow() > 0 {
			none = "soon: " + Count(v.suspendedNow()) + " since the last look"
		}
		if v.known.suspended != nil {
			looked = &v.known.suspended.Looked
		}
	case paneOrphaned:
		none = "none: every lease has its holder"
		if v.known.orphaned != nil {
			looked = &v.known.orphaned.Looked
		}
	default:
		if v.known.depths != nil {
			return "none yet"
		}
	}
	switch {
	case looked == nil:
		return "loading"
	case !looked.Whole():
		return "none so far, looked at " + Count(looked.At) + " of " + Count(looked.Of) + " places"
	default:
		return none
	}
}

// nothing says what it means that there is nothing, and what to do about it; nil where there is something, or that is not known yet.
func (v *Overview) nothing() []string {
	d, depths := v.known.deployment, v.known.depths
	if d == nil || depths == nil || !depths.Whole() {
		return nil
	}
	for _, lane := range depths.Lanes {
		if liveIn(lane.ByIndex)+lane.ByIndex[engine.IndexTerminal] > 0 {
			return nil
		}
	}
	text := nothingCreated
	switch {
	case len(depths.BadLanes) > 0:
		return nil
	case d.LibraryVersion == "":
		text = nothingHere
	case !d.PartitionsSet:
		text = nothingSetUp
	}
	return Text(v.c.Theme, v.c.Theme.Plain, text, v.width, max(v.height-4, 1))
}

// What it means that there is nothing, in lines that fit the narrowest screen.
const (
	nothingCreated = `Nothing was ever created here: the deployment is ready and waits for
its first execution.

Create one with a program of yours, or over HTTP by POST /v1/executions of
"ffboard serve": it shows here within two seconds.
"ffboard demo" shows a deployment with work in it.`

	nothingHere = `There is no FlowFabric deployment on this server: it has no function
library, and nothing is stored.

If that is not what you expect, look at the address in the first line.
Otherwise "ffboard serve" makes a deployment of an empty server, and
"ffboard demo" shows one with work in it.`

	nothingSetUp = `The function library is loaded, but nobody has initialised this
deployment: no partitions are configured.

"ffboard serve" does that when it starts, and so does FlowFabric's own server.`
)
