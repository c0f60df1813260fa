package views

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const mostAttached = 200 // executions read of a budget or a policy

// Budget is one budget or quota policy with the executions that it counts.
type Budget struct {
	c         *Common
	partition engine.Partition
	id        string
	offset    int  // of the page on which it is listed
	gone      bool // it is no longer listed

	budget   *listedBudget
	quota    *engine.QuotaRow
	attached *Table[engine.ExecutionRow]
	total    int

	width, height int
}

// NewBudget makes the view of the budget, or the quota policy, of a partition; offset is the page on which it is listed.
func NewBudget(c *Common, p engine.Partition, id string, offset int) *Budget {
	table := laneTable(c, laneIndexes[0])
	table.Empty = "none is known: FlowFabric before version 34 keeps no list"
	if p.Family == engine.FamilyQuota {
		table.Empty = "no execution holds an admission"
	}
	return &Budget{c: c, partition: p, id: id, offset: offset, attached: &table}
}

func (v *Budget) kind() theme.Text {
	if v.partition.Family == engine.FamilyQuota {
		return "quota policy"
	}
	return "budget"
}

func (v *Budget) Title() theme.Text              { return v.kind() + " " + shorten(v.id) }
func (v *Budget) Init() tea.Cmd                  { return nil }
func (v *Budget) Capturing() bool                { return v.attached.Capturing() }
func (v *Budget) Unwind() bool                   { return v.attached.Unwind() }
func (v *Budget) Query() string                  { return v.attached.Query() }
func (v *Budget) SetFilter(query string) tea.Cmd { v.attached.SetFilter(query); return nil }

func (v *Budget) Bindings() []key.Binding { return append(leaseKeys(v.c), v.attached.Bindings()...) }

func (v *Budget) Need() Need {
	want := limitWanted{v.partition, v.id, v.offset, v.gone}
	return Need{Key: "budget " + v.partition.Tag() + v.id, Every: budgetsEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return want.read(ctx, e)
	}}
}

func (v *Budget) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if got, ok := data.Value.(limitRead); ok && data.Err == nil {
			v.take(got)
		}
		return nil
	}
	if !v.Capturing() {
		if cmd := onExecution(v.c, v.attached.Selected(), msg); cmd != nil {
			return cmd
		}
	}
	v.attached.Update(below(msg, len(v.head())))
	return nil
}

// take keeps what was last known of one that is no longer listed, and says so.
func (v *Budget) take(got limitRead) {
	v.gone = got.budget == nil && got.quota == nil
	if !v.gone {
		v.budget, v.quota, v.offset = nil, got.quota, got.offset
		if got.budget != nil {
			v.budget = &listedBudget{*got.budget, dimensionsOf(&got.budget.BudgetStatus)}
		}
	}
	v.total = got.total
	v.attached.SetRows(got.rows)
	v.layout()
}

func (v *Budget) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Budget) layout() { v.attached.SetSize(v.width, max(v.height-len(v.head()), 0)) }

func (v *Budget) View() string {
	lines := append(v.head(), rows(v.attached.View(v.c.Theme))...)
	return strings.Join(Fit(v.c.Theme, lines, v.width, v.height), "\n")
}

func (v *Budget) head() []string {
	th := v.c.Theme
	lines := Panel(th, v.kind(), v.facts(), v.width)
	lines = append(lines, Rule(th, v.attachedWords(), v.width))
	return lines[:max(min(len(lines), v.height-4), 0)]
}

// attachedWords names how many executions there are. Of a policy it also says how many of those read are at work: FlowFabric does not
// give a slot back when an execution ends.
func (v *Budget) attachedWords() theme.Text {
	words := Plural(v.total, "execution", "executions") + " counted"
	if v.partition.Family == engine.FamilyQuota {
		active := tallyOf(v.attached.Rows()).active()
		words = Plural(v.total, "execution", "executions") + " admitted, " + Count(active) + " active"
	}
	if read := len(v.attached.Rows()); read < v.total {
		words += ", " + Count(read) + " shown"
	}
	return words
}

func (v *Budget) facts() []Fact {
	facts := []Fact{F("id", theme.CleanTo(v.id, 120))}
	if v.gone {
		facts = append(facts, FS("", v.c.Theme.Warn, v.c.Theme.Glyphs.Alert+" it is not listed"))
	}
	switch {
	case v.budget != nil:
		return append(facts, v.budgetFacts()...)
	case v.quota != nil:
		return append(facts, v.quotaFacts()...)
	case v.gone:
		return facts
	default:
		return append(facts, FS("", v.c.Theme.Dim, "looking"))
	}
}

const mostDimensionsShown = 12

func (v *Budget) budgetFacts() []Fact {
	th, b, now := v.c.Theme, v.budget, v.c.Now()
	facts := []Fact{{"state", []Cell{budgetState(th, b)}}, F("scope", scopeOf(&b.BudgetRow))}
	all := b.dimensions
	for _, d := range all[:min(len(all), mostDimensionsShown)] {
		cells := gauge(th, "", d, 60)
		if d.soft > 0 && d.hard > 0 {
			cells = append(cells, Cell{Text: ", soft limit " + Count(d.soft), Style: th.Dim})
		}
		facts = append(facts, Fact{theme.CleanTo(d.name, 24), cells})
	}
	if len(all) > mostDimensionsShown {
		facts = append(facts, FS("and", th.Dim, Count(len(all)-mostDimensionsShown)+" more dimensions"))
	}
	facts = append(facts,
		F("breaches", Count(b.Breaches)+" hard, "+Count(b.SoftBreaches)+" soft"),
		F("last breach", theme.Join(said(When(now, b.LastBreachAt), theme.CleanTo(b.LastBreachDimension, 40)), " of ")),
		F("next reset", When(now, b.NextResetAt)),
		F("resets every", spanOf(b.ResetInterval)),
		F("enforcement", advisory(b.EnforcementMode)),
		F("at the limit", advisory(b.OnHardLimit)),
		F("past the soft one", advisory(b.OnSoftLimit)),
		F("created", When(now, b.CreatedAt)),
	)
	return facts
}

// said are the texts that say something.
func said(texts ...theme.Text) []theme.Text {
	var all []theme.Text
	for _, text := range texts {
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}

func (v *Budget) quotaFacts() []Fact {
	th, q := v.c.Theme, v.quota
	admission := dimension{used: q.AdmissionWindow, hard: q.MaxPerWindow}
	policy := dimension{used: q.OfPolicy, hard: q.MaxPerWindow}
	return []Fact{
		{"state", []Cell{quotaState(th, q)}},
		{"window of admission", gauge(th, "", admission, 60)},
		{"window of the policy", gauge(th, "", policy, 60)},
		F("window", spanOf(q.Window)),
		{"at work", gauge(th, "", quotaSlots(q), 60)},
		F("jitter", spanOf(q.Jitter)),
		F("created", When(v.c.Now(), q.CreatedAt)),
	}
}
