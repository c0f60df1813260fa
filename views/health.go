package views

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	healthEvery      = 5 * time.Second
	firstHealthEvery = time.Second // until every partition was looked at once
)

// healthNeed wants a checkup; every is how often.
func healthNeed(every time.Duration) Need {
	return Need{Key: "health", Every: every, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.Checkup(ctx)
	}}
}

// Health tells whether the deployment is well, the worst first, and what to do about it.
type Health struct {
	c       *Common
	checkup *engine.Checkup

	findings   *Table[finding]
	scanners   *Table[scannerRow]
	partitions *Table[engine.PartitionHealth]
	nodes      *Table[engine.NodeHealth]
	engines    *Table[engine.EngineBeat]
	tabs       tabs

	width, height int
}

// Panes of the health view, in the order of its tabs.
const (
	healthFindings = iota
	healthScanners
	healthPartitions
	healthNodes
	healthEngines
)

// NewHealth makes the health view.
func NewHealth(c *Common) *Health {
	v := &Health{c: c, scanners: scannerTable(c), partitions: partitionTable(c), nodes: nodeTable(c), engines: engineTable(c)}
	v.findings = findingTable(c)
	v.tabs.of = []tab{
		healthFindings: {name: "findings", table: v.findings}, healthScanners: {name: "scanners", table: v.scanners, bare: true},
		healthPartitions: {name: "partitions", table: v.partitions}, healthNodes: {name: "nodes", table: v.nodes},
		healthEngines: {name: "engines", table: v.engines},
	}
	return v
}

func findingTable(c *Common) *Table[finding] {
	return &Table[finding]{
		Columns: []Column[finding]{
			{Title: "HOW BAD", Width: 8, SortKey: "B", Sorts: "how bad it is, worst first",
				Cell: func(f *finding) Cell {
					return Cell{f.severity.glyph(c.Theme) + " " + f.severity.word(), f.severity.style(c.Theme)}
				},
				Compare: func(a, b *finding) int { return cmp.Compare(a.severity, b.severity) }},
			{Title: "WHERE", Width: 16, Flex: 1, SortKey: "W", Sorts: "place",
				Cell:    func(f *finding) Cell { return Cell{Text: f.where} },
				Compare: func(a, b *finding) int { return cmp.Compare(a.where, b.where) }},
			{Title: "WHAT", Width: 30, Flex: 5, Cell: func(f *finding) Cell { return Cell{Text: f.what} }},
		},
		ID:    (*finding).id,
		Text:  func(f *finding) string { return string(f.severity.word() + " " + f.where + " " + f.what) },
		Empty: "nothing is wrong",
	}
}

func (v *Health) Title() theme.Text              { return "health" }
func (v *Health) Init() tea.Cmd                  { return nil }
func (v *Health) Capturing() bool                { return v.tabs.Capturing() }
func (v *Health) Unwind() bool                   { return v.tabs.Unwind() }
func (v *Health) Query() string                  { return v.tabs.Query() }
func (v *Health) SetFilter(query string) tea.Cmd { return v.tabs.SetFilter(query) }

func (v *Health) Bindings() []key.Binding {
	if v.tabs.at != healthFindings && v.tabs.at != healthPartitions {
		return v.tabs.Bindings()
	}
	return append([]key.Binding{Keys.Enter}, v.tabs.Bindings()...)
}

func (v *Health) Need() Need {
	if v.checkup != nil && len(v.checkup.Partitions) < v.checkup.Of {
		return healthNeed(firstHealthEvery)
	}
	return healthNeed(healthEvery)
}

func (v *Health) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if checkup, ok := data.Value.(engine.Checkup); ok && data.Err == nil {
			v.take(&checkup)
		}
		return nil
	}
	if Pressed(msg, Keys.Enter) && !v.Capturing() {
		return v.open()
	}
	v.tabs.Update(below(msg, headLines))
	return nil
}

// below moves the mouse to the coordinates of what stands so many lines below.
func below(msg tea.Msg, lines int) tea.Msg {
	if m, ok := msg.(tea.MouseMsg); ok {
		m.Y -= lines
		return m
	}
	return msg
}

func (v *Health) take(checkup *engine.Checkup) {
	v.checkup = checkup
	v.findings.SetRows(findingsOf(checkup, v.c.Now()))
	scanners := scannerRows(checkup, v.c.Now())
	slices.SortStableFunc(scanners, func(a, b scannerRow) int { return cmp.Compare(a.trouble(), b.trouble()) })
	v.scanners.SetRows(scanners)
	partitions := slices.Clone(checkup.Partitions)
	slices.SortStableFunc(partitions, func(a, b engine.PartitionHealth) int {
		return cmp.Compare(partitionTrouble(&b), partitionTrouble(&a))
	})
	v.partitions.SetRows(partitions)
	v.nodes.SetRows(checkup.Nodes)
	engines := slices.Clone(checkup.Engines)
	slices.SortStableFunc(engines, func(a, b engine.EngineBeat) int {
		return cmp.Or(cmp.Compare(btoi(a.Gone), btoi(b.Gone)), strings.Compare(a.Name, b.Name))
	})
	v.engines.SetRows(engines)
}

// open goes to what a row is about.
func (v *Health) open() tea.Cmd {
	switch v.tabs.at {
	case healthFindings:
		f := v.findings.Selected()
		switch {
		case f == nil:
			return nil
		case f.execution != "":
			return Send(Push{NewExecution(v.c, f.execution)})
		case !f.partition.IsZero():
			return Send(Push{NewPartition(v.c, f.partition)})
		default:
			return Send(Said{Text: f.do})
		}
	case healthPartitions:
		if p := v.partitions.Selected(); p != nil {
			return Send(Push{NewPartition(v.c, p.Partition)})
		}
	}
	return nil
}

// headLines are the verdict and what is known in a line.
const headLines = 2

func (v *Health) SetSize(width, height int) {
	v.width, v.height = width, height
	v.tabs.SetSize(width, max(height-headLines, 0))
	v.findings.SetSize(width, max(height-headLines-tabLines-v.adviceLines(), 0))
}

// adviceLines is the room below the findings for what to do about the selected one.
func (v *Health) adviceLines() int {
	if v.height < 12 {
		return 0
	}
	return 5
}

func (v *Health) View() string {
	th := v.c.Theme
	lines := append([]string{v.verdict(), v.known()}, strings.Split(v.tabs.View(th), "\n")...)
	if v.tabs.at == healthFindings && v.adviceLines() > 0 {
		lines = append(lines, v.advice()...)
	}
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

// advice is the selected finding whole, and what to do.
func (v *Health) advice() []string {
	th, f := v.c.Theme, v.findings.Selected()
	if f == nil {
		return nil
	}
	said := inset(sentence(th, th.Plain, string(f.where+": "+f.what), v.width-1))
	lines := append([]string{Rule(th, "what to do", v.width)}, said[:min(len(said), 2)]...)
	return Fit(th, append(lines, inset(sentence(th, th.Accent, string(f.do), v.width-1))...), v.width, v.adviceLines())
}

// inset moves lines one column to the right.
func inset(lines []string) []string {
	for i, line := range lines {
		lines[i] = " " + line
	}
	return lines
}

// verdict says in a line whether the deployment is well.
func (v *Health) verdict() string {
	th := v.c.Theme
	l := th.Line(v.width)
	if v.checkup == nil {
		return l.Add(th.Dim, " looking").String()
	}
	counts := map[severity]int{}
	for _, f := range v.findings.Rows() {
		counts[f.severity]++
	}
	switch {
	case counts[severityWrong] > 0:
		l.Add(th.Bad, " "+th.Glyphs.Cross+" "+Plural(counts[severityWrong], "thing is", "things are")+" wrong")
		if n := counts[severityWatch]; n > 0 {
			l.Add(th.Warn, ", "+Count(n)+" to watch")
		}
	case counts[severityWatch] > 0:
		l.Add(th.Warn, " "+th.Glyphs.Alert+" it works; "+Plural(counts[severityWatch], "thing", "things")+" to watch")
	case len(v.checkup.Partitions) < v.checkup.Of:
		l.Add(th.Good, " "+th.Glyphs.Check+" nothing wrong so far")
	default:
		l.Add(th.Good, " "+th.Glyphs.Check+" healthy")
	}
	return l.Rest(th.Dim, v.covered()+" ").String()
}

// covered says how much was looked at, and how old the oldest figure is.
func (v *Health) covered() theme.Text {
	c := v.checkup
	text := Count(len(c.Partitions)) + " of " + Plural(c.Of, "partition", "partitions")
	if len(c.Partitions) == 0 {
		return text
	}
	oldest := slices.MinFunc(c.Partitions, func(a, b engine.PartitionHealth) int { return a.At.Compare(b.At) })
	return text + ", figures up to " + Age(v.c.Now(), oldest.At) + " old"
}

// known is what the deployment runs on, in a line.
func (v *Health) known() string {
	th := v.c.Theme
	l := th.Line(v.width)
	if v.checkup == nil {
		return l.String()
	}
	parts := []theme.Text{libraryWords(&v.checkup.Library), Plural(len(v.checkup.Nodes), "node", "nodes")}
	switch alive := len(live(v.checkup)); {
	case alive > 0:
		parts = append(parts, Plural(alive, "engine", "engines")+" running")
	case len(v.checkup.Engines) > 0:
		parts = append(parts, "no engine running")
	default:
		parts = append(parts, "no engine of ours seen")
	}
	if on := signingKids(v.checkup); len(on) == 1 {
		parts = append(parts, "signing key "+kidWords(on))
	}
	return l.Add(th.Dim, " "+theme.Join(parts, " "+th.Glyphs.Dot+" ")).String()
}

// libraryWords are Q-203's five cases.
func libraryWords(found *engine.LibraryFound) theme.Text {
	switch {
	case found.Problem != "" || found.Version == "unknown":
		return "library unknown"
	case found.Version == "":
		return "library missing"
	case found.Ours:
		return "library " + theme.CleanTo(found.Version, 12) + " (own)"
	default:
		return "library " + theme.CleanTo(found.Version, 12) + " (FlowFabric)"
	}
}
