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
	workersEvery = 10 * time.Second // a look goes over all partitions
	mostLeases   = 300
)

// leaseTabs are the kinds of leases behind the tab of the workers.
var leaseTabs = []struct {
	kind  engine.LeaseKind
	name  theme.Text
	empty theme.Text
}{
	{engine.LeasesHeld, "leases, soonest first", "nobody holds a lease"},
	{engine.LeasesExpired, "ran out", "no lease has run out: nothing waits to be reclaimed"},
	{engine.LeasesRevoked, "revoked", "no revoked lease waits to be reclaimed"},
}

// Workers shows who works, and who holds which lease.
type Workers struct {
	c       *Common
	rows    *engine.WorkerRows
	workers *Table[engine.WorkerRow]
	leases  []*Table[engine.ExecutionRow] // one for each of leaseTabs
	total   []int                         // leases of that kind; -1 while nobody has looked
	tabs    tabs

	width, height int
}

// NewWorkers makes the view of workers and leases.
func NewWorkers(c *Common) *Workers {
	v := &Workers{c: c, workers: workerTable(c)}
	v.tabs.of = []tab{{name: "workers", table: v.workers}}
	for _, lease := range leaseTabs {
		table := leaseTable(c, lease.empty)
		v.leases, v.total = append(v.leases, table), append(v.total, -1)
		v.tabs.of = append(v.tabs.of, tab{name: lease.name, table: table})
	}
	return v
}

func (v *Workers) Title() theme.Text              { return "workers" }
func (v *Workers) Init() tea.Cmd                  { return nil }
func (v *Workers) Capturing() bool                { return v.tabs.Capturing() }
func (v *Workers) Unwind() bool                   { return v.tabs.Unwind() }
func (v *Workers) Query() string                  { return v.tabs.Query() }
func (v *Workers) SetFilter(query string) tea.Cmd { return v.tabs.SetFilter(query) }

// SelectedWorker is the worker that a key acts on; nil while the leases are shown, or when there is none.
func (v *Workers) SelectedWorker() *engine.WorkerRow {
	if v.tabs.at > 0 {
		return nil
	}
	return v.workers.Selected()
}

// SelectedLease is the leased execution that a key acts on; nil while the workers are shown, or when there is none.
func (v *Workers) SelectedLease() *engine.ExecutionRow {
	if v.tabs.at == 0 {
		return nil
	}
	return v.leases[v.tabs.at-1].Selected()
}

func (v *Workers) Bindings() []key.Binding {
	if v.tabs.at == 0 {
		return append([]key.Binding{Does(Keys.Enter, "its leases"), Keys.Actions}, v.tabs.Bindings()...)
	}
	return append(leaseKeys(v.c), v.tabs.Bindings()...)
}

// leaseKeys are what a leased execution answers.
func leaseKeys(c *Common) []key.Binding {
	return []key.Binding{Does(Keys.Enter, "execution"), Keys.Why, Keys.Actions, c.Write(Keys.Cancel), Keys.Tail, Keys.Edges}
}

func (v *Workers) Need() Need {
	if v.tabs.at == 0 {
		return Need{Key: "workers", Every: workersEvery, Fetch: func(ctx context.Context, e Engine) (any, error) { return e.WorkerRows(ctx) }}
	}
	kind := leaseTabs[v.tabs.at-1].kind
	return Need{Key: "leases " + string(kind), Every: workersEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.Leases(ctx, kind, mostLeases)
	}, Shown: v.leases[v.tabs.at-1].shownIDs()}
}

func (v *Workers) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		v.take(data)
		return nil
	}
	if !v.Capturing() {
		if cmd := onExecution(v.c, v.SelectedLease(), msg); cmd != nil {
			return cmd
		}
		if w := v.SelectedWorker(); w != nil && Pressed(msg, Keys.Enter) {
			return Send(Push{NewWorker(v.c, *w)})
		} else if w != nil && Pressed(msg, Keys.Actions) {
			return Send(Ask{NewActions(v.c, workerTarget(&w.Worker))})
		}
	}
	v.tabs.Update(below(msg, workersHead))
	return nil
}

func (v *Workers) take(data Data) {
	if data.Err != nil {
		return
	}
	switch got := data.Value.(type) {
	case engine.WorkerRows:
		v.rows = &got
		rows := slices.Clone(got.Rows)
		slices.SortStableFunc(rows, func(a, b engine.WorkerRow) int {
			return cmp.Or(cmp.Compare(standingOf(&a, v.c.Now()), standingOf(&b, v.c.Now())), cmp.Compare(b.Leases, a.Leases),
				strings.Compare(string(a.Instance), string(b.Instance)))
		})
		v.workers.SetRows(rows)
	case engine.LeaseRows:
		for i, lease := range leaseTabs {
			if data.Key == "leases "+string(lease.kind) {
				v.total[i] = got.Total
				v.leases[i].SetRows(got.Rows)
			}
		}
	}
}

// workersHead is the line above the tabs.
const workersHead = 1

func (v *Workers) SetSize(width, height int) {
	v.width, v.height = width, height
	v.tabs.SetSize(width, max(height-workersHead, 0))
}

func (v *Workers) View() string {
	th := v.c.Theme
	lines := append([]string{v.head()}, rows(v.tabs.View(th))...)
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

// head counts the workers by how they stand, or says how many of the leases are listed.
func (v *Workers) head() string {
	th := v.c.Theme
	l := th.Line(v.width)
	if at := v.tabs.at; at > 0 {
		listed := len(v.leases[at-1].Rows())
		switch total := v.total[at-1]; {
		case total > listed:
			l.Add(th.Dim, " the first "+Count(listed)+" of "+Plural(total, "lease", "leases"))
		case total >= 0:
			l.Add(th.Dim, " "+Plural(total, "lease", "leases"))
		}
		return l.String()
	}
	if v.rows == nil {
		return l.Add(th.Dim, " looking").String()
	}
	counts := map[standing]int{}
	for i := range v.rows.Rows {
		counts[standingOf(&v.rows.Rows[i], v.c.Now())]++
	}
	for s := range standingCount {
		if counts[s] > 0 {
			l.Add(th.Plain, " ").Add(s.style(th), s.glyph(th)+" "+Count(counts[s])+" "+s.word())
		}
	}
	if v.rows.More > 0 {
		l.Add(th.Warn, " "+th.Glyphs.Alert+" "+Count(v.rows.More)+" more on the registry")
	}
	return l.Rest(th.Dim, v.leaseNote()+" ").String()
}

// leaseNote says how many leases there are, and whether all were counted to their workers.
func (v *Workers) leaseNote() theme.Text {
	note := Plural(v.rows.Leases, "lease", "leases")
	if v.rows.Counted < v.rows.Leases {
		note += ", the first " + Count(v.rows.Counted) + " counted"
	}
	return note + ", " + Plural(len(v.rows.Namespaces), "namespace", "namespaces")
}
