package views

import (
	"fmt"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func TestBudgetsAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		e := viewstest.Canned()
		v := NewBudgets(bareCommon(e))
		v.SetSize(size[0], size[1])
		for at := range v.tabs.of {
			v.tabs.at = at
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			viewstest.Golden(t, fmt.Sprintf("budgets-%d-%s", at, name), v.View())
			v.Update(viewstest.Key("j"))
			opened := pushed(t, v.Update(viewstest.Key("enter"))).(*Budget)
			opened.SetSize(size[0], size[1])
			fetch(t, opened, e)
			viewstest.CheckFrame(t, opened.View(), size[0], size[1])
			viewstest.Golden(t, fmt.Sprintf("budget-%d-%s", at, name), opened.View())
		}
	}
}

func TestQ141AtTheLimitClaimsAreBlockedAndQ143ItsWordsAreAdvisory(t *testing.T) {
	e := viewstest.Canned()
	v := NewBudgets(bareCommon(e))
	v.SetSize(200, 20)
	fetch(t, v, e)
	for _, want := range []string{"at limit: claims blocked", "past the soft limit", "strict (advisory)", "no limit", "5 held by budgets, 1 by quotas"} {
		if !strings.Contains(v.View(), want) {
			t.Errorf("it does not say %q:\n%s", want, v.View())
		}
	}
}

func TestThePagesOfBudgetsAreTurned(t *testing.T) {
	e := viewstest.Canned()
	v := NewBudgets(bareCommon(e))
	v.SetSize(120, 20)
	fetch(t, v, e)
	for range 20 {
		v.Update(viewstest.Key("]"))
	}
	fetch(t, v, e)
	if v.offset[0] != 900 || !strings.Contains(v.View(), "901 to 905 of 905") {
		t.Errorf("at %d:\n%s", v.offset[0], v.View())
	}
	v.Update(viewstest.Key("["))
	if v.offset[0] != 800 {
		t.Errorf("back at %d", v.offset[0])
	}
}

func TestHostileBudgets(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := viewstest.Canned()
		viewstest.Poison(&e.BudgetList)
		viewstest.Poison(&e.QuotaList)
		v := NewBudgets(bareCommon(e))
		v.SetSize(size[0], size[1])
		for at := range v.tabs.of {
			v.tabs.at = at
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			b := pushed(t, v.Update(viewstest.Key("enter"))).(*Budget)
			b.SetSize(size[0], size[1])
			fetch(t, b, e)
			viewstest.CheckFrame(t, b.View(), size[0], size[1])
			viewstest.CheckFrame(t, string(b.Title()), 80, 1)
		}
	}
}

func TestAPartWithoutALimitHasNoShare(t *testing.T) {
	for _, tc := range []struct {
		d     dimension
		share int
		level fullness
	}{
		{dimension{used: 5}, -1, levelFree},
		{dimension{used: 5, soft: 10}, 50, levelBelow},
		{dimension{used: 12, soft: 10}, 120, levelSoft},
		{dimension{used: 100, hard: 100}, 100, levelFull},
		{dimension{used: 1 << 63, hard: 1}, 9999, levelFull},
	} {
		if tc.d.share() != tc.share || tc.d.fullness() != tc.level {
			t.Errorf("%+v: %d%%, %d", tc.d, tc.d.share(), tc.d.fullness())
		}
	}
	full := engine.BudgetStatus{Usage: map[string]uint64{"a": 1, "b": 9}, Hard: map[string]uint64{"a": 1, "b": 100}}
	if levelOf(dimensionsOf(&full)) != levelFull || dimensionsOf(&full)[0].name != "a" {
		t.Error("the fullest part does not count")
	}
}
