package views

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	budgetsEvery = 10 * time.Second
	budgetsPage  = 100
)

var (
	nextPageKey     = Bind("]", "next page", "]")
	previousPageKey = Bind("[", "previous page", "[")
)

// Budgets shows budgets and quota policies, a page at a time, and how much waits for them.
type Budgets struct {
	c       *Common
	budgets *Table[listedBudget]
	quotas  *Table[engine.QuotaRow]
	tabs    tabs
	offset  [2]int // of the page of each tab
	total   [2]int
	held    engine.Depths

	width, height int
}

// limitsRead is what one fetch brings: the page that is open, and the depths of the lanes.
type limitsRead struct {
	page any
	held engine.Depths
}

// NewBudgets makes the view of budgets and quota policies.
func NewBudgets(c *Common) *Budgets {
	v := &Budgets{c: c, budgets: budgetTable(c), quotas: quotaTable(c)}
	v.tabs.of = []tab{{name: "budgets", table: v.budgets}, {name: "quotas", table: v.quotas}}
	return v
}

func (v *Budgets) Title() theme.Text              { return "budgets" }
func (v *Budgets) Init() tea.Cmd                  { return nil }
func (v *Budgets) Capturing() bool                { return v.tabs.Capturing() }
func (v *Budgets) Unwind() bool                   { return v.tabs.Unwind() }
func (v *Budgets) Query() string                  { return v.tabs.Query() }
func (v *Budgets) SetFilter(query string) tea.Cmd { return v.tabs.SetFilter(query) }

// SelectedBudget is the budget that a key acts on; nil while the quota policies are shown, or when there is none.
func (v *Budgets) SelectedBudget() *engine.BudgetRow {
	if v.tabs.at > 0 {
		return nil
	}
	if b := v.budgets.Selected(); b != nil {
		return &b.BudgetRow
	}
	return nil
}

func (v *Budgets) Bindings() []key.Binding {
	return append([]key.Binding{Keys.Enter, nextPageKey, previousPageKey}, v.tabs.Bindings()...)
}

func (v *Budgets) Need() Need {
	at, offset := v.tabs.at, v.offset[v.tabs.at]
	return Need{Key: string("limits " + theme.Number(at) + " " + theme.Number(offset)), Every: budgetsEvery,
		Fetch: func(ctx context.Context, e Engine) (any, error) {
			held, err := e.Depths(ctx)
			if err != nil {
				return nil, err
			}
			if at > 0 {
				page, err := e.QuotaRows(ctx, offset, budgetsPage)
				return limitsRead{page, held}, err
			}
			page, err := e.BudgetRows(ctx, offset, budgetsPage)
			return limitsRead{page, held}, err
		}}
}

func (v *Budgets) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		v.take(data)
		return nil
	}
	if v.Capturing() {
		v.tabs.Update(msg)
		return nil
	}
	switch at := v.tabs.at; {
	case Pressed(msg, Keys.Enter):
		return v.open()
	case Pressed(msg, nextPageKey):
		if v.offset[at]+budgetsPage < v.total[at] {
			v.offset[at] += budgetsPage
		}
	case Pressed(msg, previousPageKey):
		v.offset[at] = max(v.offset[at]-budgetsPage, 0)
	default:
		v.tabs.Update(below(msg, budgetsHead))
	}
	return nil
}

func (v *Budgets) take(data Data) {
	got, ok := data.Value.(limitsRead)
	if data.Err != nil || !ok || data.Key != v.Need().Key {
		return
	}
	v.held = got.held
	switch page := got.page.(type) {
	case engine.BudgetRows:
		v.total[0] = page.Total
		v.budgets.SetRows(listedBudgets(page.Rows))
	case engine.QuotaRows:
		v.total[1] = page.Total
		v.quotas.SetRows(page.Rows)
	}
}

func (v *Budgets) open() tea.Cmd {
	offset := v.offset[v.tabs.at]
	if b := v.SelectedBudget(); b != nil {
		return Send(Push{NewBudget(v.c, b.Partition, string(b.ID), offset)})
	}
	if q := v.quotas.Selected(); v.tabs.at > 0 && q != nil {
		return Send(Push{NewBudget(v.c, q.Partition, string(q.ID), offset)})
	}
	return nil
}

// budgetsHead is the line above the tabs.
const budgetsHead = 1

func (v *Budgets) SetSize(width, height int) {
	v.width, v.height = width, height
	v.tabs.SetSize(width, max(height-budgetsHead, 0))
}

func (v *Budgets) View() string {
	lines := append([]string{v.head()}, rows(v.tabs.View(v.c.Theme))...)
	return strings.Join(Fit(v.c.Theme, lines, v.width, v.height), "\n")
}

// head says how much waits, and which page is open.
func (v *Budgets) head() string {
	th := v.c.Theme
	l := th.Line(v.width)
	budget, quota := 0, 0
	for _, lane := range v.held.Lanes {
		budget, quota = budget+lane.ByIndex[engine.IndexBlockedBudget], quota+lane.ByIndex[engine.IndexBlockedQuota]
	}
	style := th.Dim
	if budget+quota > 0 {
		style = th.Warn
	}
	l.Add(style, " "+th.StateGlyph(theme.Limited)+" "+Count(budget)+" held by budgets, "+Count(quota)+" by quotas")
	at := v.tabs.at
	if v.total[at] <= budgetsPage {
		return l.String()
	}
	last := min(v.offset[at]+budgetsPage, v.total[at])
	return l.Rest(th.Dim, Count(v.offset[at]+1)+" to "+Count(last)+" of "+Count(v.total[at])+", ] and [ turn the page ").String()
}
