package views

import (
	"context"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// Worker is one worker with the executions that it holds.
type Worker struct {
	c      *Common
	worker engine.WorkerRow
	gone   bool // it is no longer listed
	leases *Table[engine.ExecutionRow]
	total  int // -1 while nobody has looked

	width, height int
}

// NewWorker makes the view of one worker, as it stood in the list.
func NewWorker(c *Common, w engine.WorkerRow) *Worker {
	leases := leaseTable(c, "it holds no lease")
	leases.Columns = slices.DeleteFunc(leases.Columns, func(col Column[engine.ExecutionRow]) bool { return col.Title == workerTitle })
	return &Worker{c: c, worker: w, leases: leases, total: -1}
}

func (v *Worker) Title() theme.Text {
	return "worker " + theme.CleanTo(string(v.worker.Instance), 40)
}
func (v *Worker) Init() tea.Cmd                  { return nil }
func (v *Worker) Capturing() bool                { return v.leases.Capturing() }
func (v *Worker) Unwind() bool                   { return v.leases.Unwind() }
func (v *Worker) Query() string                  { return v.leases.Query() }
func (v *Worker) SetFilter(query string) tea.Cmd { v.leases.SetFilter(query); return nil }

// SelectedLease is the leased execution that a key acts on; nil when there is none.
func (v *Worker) SelectedLease() *engine.ExecutionRow { return v.leases.Selected() }

func (v *Worker) Bindings() []key.Binding { return append(leaseKeys(v.c), v.leases.Bindings()...) }

// workerRead is what one fetch brings: the worker as it is listed now, nil when it is not, and its leases.
type workerRead struct {
	worker *engine.WorkerRow
	leases engine.LeaseRows
}

func (v *Worker) Need() Need {
	ns, instance := v.worker.Namespace, v.worker.Instance
	return Need{Key: "worker " + string(instance), Every: workersEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		var read workerRead
		listed, err := e.WorkerRows(ctx)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(listed.Rows, func(w engine.WorkerRow) bool { return w.Namespace == ns && w.Instance == instance }); at >= 0 {
			read.worker = &listed.Rows[at]
		}
		read.leases, err = e.WorkerLeases(ctx, instance, mostLeases)
		return read, err
	}}
}

func (v *Worker) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if got, ok := data.Value.(workerRead); ok && data.Err == nil {
			v.take(got)
		}
		return nil
	}
	if !v.Capturing() {
		if cmd := onExecution(v.c, v.SelectedLease(), msg); cmd != nil {
			return cmd
		}
	}
	v.leases.Update(below(msg, len(v.head())))
	return nil
}

// take keeps what was last known of one that is no longer listed, and says so.
func (v *Worker) take(got workerRead) {
	v.gone = got.worker == nil
	if !v.gone {
		v.worker = *got.worker
	}
	v.total = got.leases.Total
	v.leases.SetRows(got.leases.Rows)
	v.layout()
}

func (v *Worker) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Worker) layout() { v.leases.SetSize(v.width, max(v.height-len(v.head()), 0)) }

func (v *Worker) View() string {
	th := v.c.Theme
	lines := append(v.head(), rows(v.leases.View(th))...)
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

// head are the worker's facts, as many lines of them as leave the table room.
func (v *Worker) head() []string {
	th := v.c.Theme
	lines := append(Panel(th, "worker", v.facts(), v.width), Rule(th, v.held(), v.width))
	return lines[:max(min(len(lines), v.height-4), 0)]
}

func (v *Worker) held() theme.Text {
	switch {
	case v.total < 0:
		return "leases"
	case v.total > len(v.leases.Rows()):
		return Plural(v.total, "lease", "leases") + ", " + Count(len(v.leases.Rows())) + " of them shown"
	default:
		return Plural(v.total, "lease", "leases")
	}
}

func (v *Worker) facts() []Fact {
	th, w := v.c.Theme, &v.worker
	s := standingOf(w, v.c.Now())
	facts := []Fact{
		F("instance", theme.CleanTo(string(w.Instance), 200)),
		F("worker", theme.CleanTo(string(w.ID), 200)),
		{"state", []Cell{{s.glyph(th) + " " + s.word(), s.style(th)}}},
		FS("", s.style(th), s.means()),
		F("namespace", theme.CleanTo(string(w.Namespace), 120)),
		F("lanes", laneList(w.Lanes)),
		F("able to", commaList(w.Capabilities)),
		F("registered", When(v.c.Now(), w.RegisteredAt)),
		F("heartbeat", When(v.c.Now(), w.LastHeartbeat)),
	}
	if v.gone {
		facts = append(facts, FS("list", th.Warn, th.Glyphs.Alert+" it is not listed"))
	}
	switch {
	case w.Generation26:
		facts = append(facts, F("registration", "of library version 26: without a namespace and a time"))
	case w.LivenessTTL > 0:
		facts = append(facts, F("counts as dead", "when it was silent for "+Span(w.LivenessTTL)))
	}
	if len(w.Malformed) > 0 {
		facts = append(facts, Fact{"record", []Cell{malformedNote(th, w.Malformed)}})
	}
	return facts
}
