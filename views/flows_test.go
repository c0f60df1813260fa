package views

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// body is the room that a view has on a terminal of this size.
func body(size [2]int) (width, height int) { return size[0], size[1] - 3 }

func sizeName(size [2]int) string {
	return map[int]string{80: "80x24", 120: "120x36", 200: "200x60"}[size[0]]
}

func flowsView(e *viewstest.Engine, size [2]int) *Flows {
	v := NewFlows(bareCommon(e))
	v.SetSize(body(size))
	return v
}

func TestFlowsAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := viewstest.Canned()
		e.FlowList.Rows[5] = engine.FlowRow{Flow: engine.Flow{Malformed: []engine.FieldError{{Field: "flow_index", Value: "zz", Problem: "not a flow id"}}}}
		e.FlowList.Rows[6].ByState = tally{engine.StateCompleted: 4200, engine.StateFailed: 1, engine.StateActive: 300, engine.StateWaiting: 12000}
		e.FlowList.Rows[6].Members = 16501
		v := flowsView(e, size)
		fetch(t, v, e)
		width, height := body(size)
		viewstest.CheckFrame(t, v.View(), width, height)
		viewstest.Golden(t, "flows-"+sizeName(size), v.View())
	}
}

func TestFlowsAskAgainForThoseThatLeftTheIndex(t *testing.T) {
	e := viewstest.Canned()
	v := flowsView(e, [2]int{120, 36})
	fetch(t, v, e)
	fetch(t, v, e)
	calls := e.Calls()
	last := calls[len(calls)-1]
	for n := range 12 {
		if !strings.Contains(last, string(viewstest.FlowID(n))) {
			t.Errorf("flow %d was listed and is not asked for: %s", n, last)
		}
	}
}

func TestFlowsRememberNoMoreThanTheyMay(t *testing.T) {
	var rows engine.FlowRows
	for i := range 2 * rememberedFlows {
		rows.Rows = append(rows.Rows, engine.FlowRow{Flow: engine.Flow{ID: viewstest.FlowID(i), CreatedAt: viewstest.Now}})
	}
	v := flowsView(viewstest.New(), [2]int{80, 24})
	v.Update(Data{Value: rows})
	if len(v.known) != rememberedFlows {
		t.Errorf("%d flows remembered", len(v.known))
	}
}

func TestFlowsKeepTheirRowsWhenAFetchFails(t *testing.T) {
	e := viewstest.Canned()
	v := flowsView(e, [2]int{80, 24})
	fetch(t, v, e)
	before := v.View()
	e.Err = engine.Transport("flow_rows", nil)
	e.FlowList = engine.FlowRows{}
	fetch(t, v, e)
	if v.View() != before {
		t.Error("the frame changed")
	}
}

func TestFlowsSayWhenTheyAreNotAll(t *testing.T) {
	e := viewstest.Canned()
	v := flowsView(e, [2]int{80, 24})
	fetch(t, v, e)
	if strings.Contains(v.View(), "newest") {
		t.Error("it says so when they are")
	}
	e.FlowList.Total = 12_345
	fetch(t, v, e)
	if !strings.Contains(v.View(), "the newest 500 of 12,345") {
		t.Errorf("it does not say so\n%s", v.View())
	}
	viewstest.CheckFrame(t, v.View(), 80, 21)
}

func TestFlowsSort(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string // of the first row
	}{
		"the newest first":         {[]string{"g"}, "0f10a001"},
		"the worst first":          {[]string{"S", "g"}, "0f10a000"},
		"most members first":       {[]string{"M", "g"}, "0f10a00b"},
		"fewest members first":     {[]string{"M", "M", "g"}, "0f10a001"},
		"most failures first":      {[]string{"F", "g"}, "0f10a000"},
		"most waiting first":       {[]string{"W", "g"}, "0f10a000"},
		"the oldest first":         {[]string{"T", "T", "g"}, "0f10a00b"},
		"by kind":                  {[]string{"K", "g"}, "0f10a003"},
		"last changed first":       {[]string{"C", "g"}, "0f10a000"},
		"filtered by kind":         {[]string{"/", "c", "h", "e", "enter", "g"}, "0f10a004"},
		"filtered by derived":      {[]string{"/", "b", "l", "o", "c", "k", "enter", "G"}, "0f10a007"},
		"filtered by a tag":        {[]string{"/", "a", "c", "m", "e", "enter"}, "0f10a000"},
		"filtered by namespace":    {[]string{"/", "p", "r", "o", "d", "enter", "g"}, "0f10a001"},
		"letters type in a filter": {[]string{"/", "e", "c"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := viewstest.Canned()
			v := flowsView(e, [2]int{80, 24})
			fetch(t, v, e)
			for _, k := range c.keys {
				if cmd := v.Update(viewstest.Key(k)); cmd != nil {
					t.Fatalf("%s gave a command", k)
				}
			}
			got := ""
			if r := v.table.Selected(); r != nil {
				got = string(ShortFlow(r.ID))
			}
			if c.want != "" && got != c.want {
				t.Errorf("%s is on top, want %s", got, c.want)
			}
		})
	}
}

func TestAFlowOpensItsScreens(t *testing.T) {
	e := viewstest.Canned()
	v := flowsView(e, [2]int{80, 24})
	if v.Update(viewstest.Key("enter")) != nil {
		t.Error("an empty list opened something")
	}
	fetch(t, v, e)
	v.table.Select(string(viewstest.FlowID(0)))
	if got := pushed(t, v.Update(viewstest.Key("enter"))).Title(); got != "flow 0f10a000" {
		t.Errorf("enter opens %s", got)
	}
	if got := pushed(t, v.Update(viewstest.Key("e"))).Title(); got != "edges 0f10a000" {
		t.Errorf("e opens %s", got)
	}
	if _, ok := asked(t, v.Update(viewstest.Key("c"))).(*cancelDialog); !ok {
		t.Error("c opens no cancel dialog")
	}
}

// asked runs a command that opens a dialog.
func asked(t *testing.T, cmd tea.Cmd) Dialog {
	t.Helper()
	if cmd == nil {
		t.Fatal("nothing was asked")
	}
	a, ok := cmd().(Ask)
	if !ok {
		t.Fatalf("it gave %T", cmd())
	}
	return a.Dialog
}

func TestARowThatIsNoFlowLeadsNowhere(t *testing.T) {
	e := viewstest.Canned()
	e.FlowList.Rows = []engine.FlowRow{{Flow: engine.Flow{Malformed: []engine.FieldError{{Field: "flow_index", Value: "zz", Problem: "not a flow id"}}}}}
	v := flowsView(e, [2]int{80, 24})
	fetch(t, v, e)
	for _, k := range []string{"enter", "e", "c"} {
		if v.Update(viewstest.Key(k)) != nil {
			t.Errorf("%s did something", k)
		}
	}
	if !strings.Contains(v.View(), "flow_index: not a flow id") {
		t.Errorf("the row does not say what is wrong\n%s", v.View())
	}
}

func TestReadOnlyFlowsOfferNoCancel(t *testing.T) {
	e := viewstest.Canned()
	c := bareCommon(e)
	c.ReadOnly = true
	list, detail := NewFlows(c), NewFlow(c, viewstest.FlowID(0))
	for _, v := range []View{list, detail} {
		v.SetSize(80, 21)
		fetch(t, v, e)
		for _, k := range []string{"c", "x", "o"} {
			if v.Update(viewstest.Key(k)) != nil {
				t.Errorf("%s: %s did something", v.Title(), k)
			}
		}
		found := false
		for _, b := range v.Bindings() {
			if b.Help().Key == "c" {
				found = !b.Enabled()
			}
		}
		if !found {
			t.Errorf("%s: the key of cancel is not shown as one that is refused", v.Title())
		}
	}
}

func TestSharesFillABar(t *testing.T) {
	for name, c := range map[string]struct {
		counts []int
		width  int
		want   []int
	}{
		"what fits is shown one by one":      {[]int{2, 0, 1}, 10, []int{2, 0, 1}},
		"in proportion":                      {[]int{50, 50}, 10, []int{5, 5}},
		"the few are seen":                   {[]int{10_000, 1, 1}, 10, []int{8, 1, 1}},
		"more states than room":              {[]int{5, 5, 5, 5}, 2, []int{1, 1, 0, 0}},
		"nothing":                            {[]int{0, 0}, 10, []int{0, 0}},
		"no room":                            {[]int{3}, 0, []int{0}},
		"counts that nobody should have":     {[]int{-4, 20}, 5, []int{0, 5}},
		"most of all, to whom it is lacking": {[]int{1, 2, 97}, 10, []int{1, 1, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			got := shares(c.counts, c.width)
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("%v, want %v", got, c.want)
				}
			}
		})
	}
}
