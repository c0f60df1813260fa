package views

import (
	"maps"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// kept is what the engine keeps about an execution; stored what others gave it. In one column the first stands above the second.
func (d *executionData) kept(c *Common, width int) []section {
	return []section{
		{"wait", drawn(d.waitLines(c, width))},
		{"state", drawn(factLines(c.Theme, d.stateFacts(c), width))},
		{"lease", drawn(factLines(c.Theme, d.leaseFacts(c), width))},
		{d.attemptsTitle(), d.attemptLines(c, width)},
		{d.signalsTitle(), d.signalLines(c, width)},
		{"streams", d.streamLines(c, width)},
		{"lease history", d.historyLines(c, width)},
	}
}

func (d *executionData) stored(c *Common, width int) []section {
	th := c.Theme
	return []section{
		{"payload " + th.Glyphs.Dot + " " + d.payload.about(th), d.payload.sheet(th, width, mostPayloadLines)},
		{d.resultTitle(th), d.result.sheet(th, width, mostPayloadLines)},
		{"tags", drawn(d.tagLines(th, width))},
		{"policy", drawn(d.policy.lines(th, width))},
	}
}

// resultTitle labels a result that is not of the current attempt: nothing removes it when the execution runs again.
func (d *executionData) resultTitle(th *theme.Theme) theme.Text {
	title := "result " + th.Glyphs.Dot + " " + d.result.about(th)
	if d.result.size > 0 && d.Execution.State.Phase != engine.PhaseTerminal {
		title = "result of an earlier attempt " + th.Glyphs.Dot + " " + d.result.about(th)
	}
	return title
}

// factLines are a panel without its title.
func factLines(th *theme.Theme, facts []Fact, width int) []string {
	return Panel(th, "", facts, width)[1:]
}

func (d *executionData) stateFacts(c *Common) []Fact {
	th, x := c.Theme, &d.Execution
	now := c.Now()
	facts := []Fact{
		F("id", theme.CleanTo(string(x.ID), 60)),
		F("lane", theme.CleanTo(string(x.Lane), 64)),
		F("namespace", theme.CleanTo(string(x.Namespace), 64)),
		F("flow", theme.CleanTo(string(x.FlowID), 60)),
		FS("made of", th.Dim, vectorWords(&x.State)),
		F("detail", theme.CleanTo(x.BlockingDetail, 200)),
		F("progress", progressWords(c, x)),
		{"counts", d.countCells(th)},
		F("created", When(now, x.CreatedAt)+byWords(x.CreatorIdentity)),
		F("started", When(now, x.StartedAt)),
		F("ended", When(now, x.CompletedAt)),
		F("due", dueWords(now, x)),
		F("moved", When(now, x.LastTransitionAt)),
		F("changed", When(now, x.LastMutationAt)),
		F("priority", theme.Number(x.Priority)),
		F("requires", listWords(x.RequiredCapabilities, 64)),
		F("budgets", listWords(x.BudgetIDs, 16)),
		F("quota", theme.CleanTo(x.QuotaPolicyID, 60)),
	}
	for i, bad := range x.Malformed {
		if i == mostMalformed {
			facts = append(facts, FS("", th.Warn, Count(len(x.Malformed)-i)+" more fields do not decode"))
			break
		}
		facts = append(facts, FS("unreadable", th.Warn, badFieldWords(bad)))
	}
	return facts
}

// listWords are as many of the names as a line has room for.
func listWords(names []string, most int) theme.Text {
	var words theme.Text
	for i, name := range names[:min(len(names), most)] {
		if i > 0 {
			words += ", "
		}
		if words += theme.CleanTo(name, 200); words.Width() > 200 {
			break
		}
	}
	return words
}

// mostMalformed is how many fields that do not decode are told one by one.
const mostMalformed = 10

func badFieldWords(bad engine.FieldError) theme.Text {
	return theme.CleanTo(bad.Field, 40) + ": " + theme.CleanTo(bad.Problem, 40) + " (" + theme.CleanTo(bad.Value, 60) + ")"
}

// dueWords are about the time until which an execution is held back; an earlier one stays on record.
func dueWords(now time.Time, x *engine.Execution) theme.Text {
	if x.State.Eligibility != engine.EligibleLater {
		return ""
	}
	return When(now, x.DelayUntil)
}

func byWords(who string) theme.Text {
	if who == "" {
		return ""
	}
	return " by " + theme.CleanTo(who, 60)
}

// vectorWords are the dimensions of a state that say something.
func vectorWords(s *engine.StateVector) theme.Text {
	var words []theme.Text
	for _, w := range []string{string(s.Phase), string(s.Ownership), string(s.Eligibility), string(s.Blocking), string(s.Outcome), string(s.Attempt)} {
		if w != "" && w != "none" && w != "not_applicable" {
			words = append(words, theme.CleanTo(strings.ReplaceAll(w, "_", " "), 40))
		}
	}
	return theme.Join(words, ", ")
}

func progressWords(c *Common, x *engine.Execution) theme.Text {
	words := Percent(x.ProgressPercent)
	if x.ProgressMessage != "" {
		words = theme.Join([]theme.Text{words, theme.CleanTo(x.ProgressMessage, 200)}, " ")
	}
	if words == "" || x.ProgressUpdatedAt.IsZero() {
		return words
	}
	return words + " (" + Age(c.Now(), x.ProgressUpdatedAt) + " ago)"
}

// countCells are what was used up of what an execution may: a replay gives nothing back.
func (d *executionData) countCells(th *theme.Theme) []Cell {
	x, p := &d.Execution, &d.policy
	var cells []Cell
	for i, count := range []struct {
		name       theme.Text
		used, most int
	}{{"retries", x.RetryCount, p.retries()}, {"reclaims", x.ReclaimCount, p.reclaims()}, {"replays", x.ReplayCount, p.replays()}} {
		if i > 0 {
			cells = append(cells, Cell{" " + th.Glyphs.Dot + " ", th.Dim})
		}
		style := th.Plain
		if count.used > 0 && count.used >= count.most {
			style = th.Warn
		}
		cells = append(cells, Cell{count.name + " " + Count(count.used) + "/" + Count(count.most), style})
	}
	return cells
}

func (d *executionData) leaseFacts(c *Common) []Fact {
	th, x := c.Theme, &d.Execution
	l := x.Lease
	if l == nil {
		return nil
	}
	now := c.Now()
	until := FS("until", th.Plain, When(now, l.ExpiresAt))
	if now.After(l.ExpiresAt) {
		until = FS("until", th.Bad, When(now, l.ExpiresAt)+", overdue")
	}
	renewBy := FS("renew by", th.Plain, When(now, l.RenewalDeadline))
	if now.After(l.RenewalDeadline) && !l.RenewalDeadline.IsZero() {
		renewBy = FS("renew by", th.Warn, When(now, l.RenewalDeadline)+", late")
	}
	holder := theme.Text("holder")
	if x.State.Ownership == engine.OwnerExpired || x.State.Ownership == engine.OwnerRevoked {
		holder = "former holder"
	}
	return []Fact{
		F(holder, theme.CleanTo(string(l.WorkerInstance), 80)),
		F("worker", theme.CleanTo(string(l.Worker), 80)),
		until, renewBy,
		F("renewed", When(now, l.RenewedAt)),
		F("acquired", When(now, l.AcquiredAt)),
		F("expired", When(now, x.LeaseExpiredAt)),
		F("revoked", When(now, x.LeaseRevokedAt)),
		FS("lease", th.Dim, theme.CleanTo(string(l.ID), 60)+" epoch "+Count(l.Epoch)),
	}
}

// mostTags is how many tags are shown.
const mostTags = 100

func (d *executionData) tagLines(th *theme.Theme, width int) []string {
	tags := d.Execution.Tags
	var facts []Fact
	for i, name := range slices.Sorted(maps.Keys(tags)) {
		if i == mostTags {
			facts = append(facts, FS("", th.Dim, Count(len(tags)-i)+" more"))
			break
		}
		facts = append(facts, F(theme.CleanTo(name, 24), theme.CleanTo(tags[name], 200)))
	}
	return factLines(th, facts, width)
}
