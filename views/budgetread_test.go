package views

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

// paged serves many budgets a page at a time.
type paged struct {
	*viewstest.Engine
	budgets []engine.BudgetRow
	pages   int
}

func (e *paged) BudgetRows(_ context.Context, offset, limit int) (engine.BudgetRows, error) {
	e.pages++
	rest := e.budgets[min(offset, len(e.budgets)):]
	return engine.BudgetRows{Rows: slices.Clone(rest[:min(limit, len(rest))]), Total: len(e.budgets)}, nil
}

func manyBudgets(n int) *paged {
	e := &paged{Engine: viewstest.Canned()}
	for i := range n {
		e.budgets = append(e.budgets, engine.BudgetRow{
			Partition:    engine.Partition{Family: engine.FamilyBudget, Index: uint16(i / 100)},
			BudgetStatus: engine.BudgetStatus{ID: engine.BudgetID("b" + string(theme.Number(i)))},
		})
	}
	return e
}

func TestABudgetIsFoundWhereverItIsListed(t *testing.T) {
	e := manyBudgets(1700)
	c := bareCommon(e)
	named := func(id string) *Budget {
		v, err := FindLimit(t.Context(), c, engine.FamilyBudget, func(listed string) bool { return listed == id })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, id := range []string{"b0", "b499", "b500", "b1699"} {
		v := named(id)
		fetch(t, v, e)
		if v.budget == nil || string(v.budget.ID) != id || v.gone {
			t.Errorf("%s: %+v", id, v.budget)
		}
	}
	if v := named("b1700"); v != nil {
		t.Errorf("it found %s", v.id)
	}
}

func TestABudgetIsFollowedToAnotherPageAndSaidToBeGone(t *testing.T) {
	e := manyBudgets(1700)
	v := NewBudget(bareCommon(e), e.budgets[1650].Partition, "b1650", 1600)
	v.SetSize(120, 32)
	fetch(t, v, e)
	e.budgets = slices.Delete(e.budgets, 100, 1300)
	fetch(t, v, e)
	if e.pages = 0; v.gone || v.budget == nil {
		t.Fatalf("it was lost:\n%s", v.View())
	}
	if fetch(t, v, e); e.pages != 1 {
		t.Errorf("then it was read with %d pages", e.pages)
	}
	e.budgets = e.budgets[:450]
	fetch(t, v, e)
	if !v.gone || v.Document() != nil || !strings.Contains(v.View(), "it is not listed") || !strings.Contains(v.View(), "no limit") {
		t.Errorf("it is gone, and says:\n%s", v.View())
	}
	e.pages = 0
	if fetch(t, v, e); e.pages != 1 {
		t.Errorf("one that is gone is looked for on %d pages", e.pages)
	}
}
