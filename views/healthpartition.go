package views

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// Partition is one partition of the health view: its figures, and what is wrong with the executions that were picked from it.
type Partition struct {
	c         *Common
	partition engine.Partition
	health    *engine.PartitionHealth
	table     *Table[finding]

	looked, partitions int // of all partitions

	width, height int
}

// NewPartition makes the view of one partition.
func NewPartition(c *Common, p engine.Partition) *Partition {
	v := &Partition{c: c, partition: p, table: findingTable(c)}
	v.table.Empty = "none was looked at yet"
	return v
}

func (v *Partition) Title() theme.Text              { return "partition " + theme.Clean(v.partition.Tag()) }
func (v *Partition) Init() tea.Cmd                  { return nil }
func (v *Partition) Need() Need                     { return healthNeed(healthEvery) }
func (v *Partition) Capturing() bool                { return v.table.Capturing() }
func (v *Partition) Unwind() bool                   { return v.table.Unwind() }
func (v *Partition) Query() string                  { return v.table.Query() }
func (v *Partition) SetFilter(query string) tea.Cmd { v.table.SetFilter(query); return nil }

func (v *Partition) Bindings() []key.Binding {
	return append([]key.Binding{Does(Keys.Enter, "execution")}, v.table.Bindings()...)
}

func (v *Partition) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if checkup, ok := data.Value.(engine.Checkup); ok && data.Err == nil {
			v.take(&checkup)
		}
		return nil
	}
	if Pressed(msg, Keys.Enter) && !v.Capturing() {
		if f := v.table.Selected(); f != nil && f.execution != "" {
			return Send(Push{NewExecution(v.c, f.execution)})
		}
		return nil
	}
	v.table.Update(below(msg, len(v.head())))
	return nil
}

func (v *Partition) take(checkup *engine.Checkup) {
	v.looked, v.partitions = len(checkup.Partitions), checkup.Of
	for i := range checkup.Partitions {
		if p := &checkup.Partitions[i]; p.Partition == v.partition {
			v.health = p
		}
	}
	if v.health == nil {
		return
	}
	if v.health.Sampled > 0 {
		v.table.Empty = "nothing wrong with the executions that were picked at random"
	}
	var rows []finding
	for i := range v.health.Drift {
		rows = append(rows, driftFinding(&v.health.Drift[i]))
	}
	for _, member := range v.health.Strange {
		rows = append(rows, strangeFinding(v.partition, member))
	}
	v.layout()
	v.table.SetRows(rows)
}

func (v *Partition) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Partition) layout() { v.table.SetSize(v.width, max(v.height-len(v.head()), 0)) }

func (v *Partition) View() string {
	th := v.c.Theme
	lines := append(v.head(), strings.Split(v.table.View(th), "\n")...)
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

// head are the figures, as many lines of them as leave the table room.
func (v *Partition) head() []string {
	th, p := v.c.Theme, v.health
	if p == nil {
		return []string{th.Line(v.width).Add(th.Dim, " its turn has not come yet").String()}
	}
	lines := Panel(th, "figures of "+Age(v.c.Now(), p.At)+" ago", v.facts(), v.width)
	lines = append(lines, Rule(th, "picked at random: "+v.picked(), v.width))
	return lines[:max(min(len(lines), v.height-3), 0)]
}

func (v *Partition) picked() theme.Text {
	if v.health.SampledAt.IsZero() {
		return "not yet"
	}
	return Plural(v.health.Sampled, "execution", "executions") + ", " + Age(v.c.Now(), v.health.SampledAt) + " ago"
}

func (v *Partition) facts() []Fact {
	th, p := v.c.Theme, v.health
	if p.Unreachable != "" {
		return []Fact{FS("state", th.Bad, th.Glyphs.Cross+" unreachable"), FS("why", th.Bad, theme.CleanTo(p.Unreachable, 200)),
			FS("what to do", th.Accent, "the node that holds it does not answer: start it again, or let a replica take over")}
	}
	facts := []Fact{
		F("executions", Count(p.Executions)),
		F("flows", Count(p.Flows)),
		F("signing key", theme.CleanTo(p.SigningKid, 60)),
	}
	for _, due := range []engine.DueIndex{engine.DueLeaseExpiry, engine.DueDelayed, engine.DueSuspensionTimeout, engine.DueAttemptTimeout,
		engine.DueDeadline, engine.DuePendingWaitpoint} {
		facts = append(facts, v.overdue(overdueNouns[due].many, p.Overdue[due]))
	}
	facts = append(facts, v.overdue("flows owed cancels", p.CancelBacklog))
	if p.SiblingGroups > 0 {
		facts = append(facts, FS("groups owed cancels", th.Warn, Count(p.SiblingGroups)))
	}
	if p.PastRetention > 0 {
		facts = append(facts, F("ended over a day ago", Count(p.PastRetention)))
	}
	if !p.OldestBlocked.IsZero() {
		facts = append(facts, F("longest blocked", "since "+When(v.c.Now(), p.OldestBlocked)))
	}
	return facts
}

func (v *Partition) overdue(name theme.Text, late engine.Overdue) Fact {
	if late.Count == 0 {
		return F(name, "")
	}
	return FS(name, v.c.Theme.Bad, Count(late.Count)+" overdue, the first since "+When(v.c.Now(), late.Oldest))
}
