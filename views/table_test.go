package views

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views/viewstest"
)

type fruit struct {
	name string
	n    int
}

func fruits(n int) []fruit {
	var rows []fruit
	for i := range n {
		rows = append(rows, fruit{fmt.Sprintf("fruit-%03d", i), (i * 7) % n})
	}
	return rows
}

func fruitTable(width, height, rows int) *Table[fruit] {
	t := &Table[fruit]{
		Columns: []Column[fruit]{
			{Title: "NAME", Width: 9, Flex: 1, SortKey: "N", Cell: func(f *fruit) Cell { return Cell{Text: theme.Clean(f.name)} },
				Compare: func(a, b *fruit) int { return strings.Compare(a.name, b.name) }},
			{Title: "COUNT", Width: 6, Align: theme.Right, SortKey: "C", Cell: func(f *fruit) Cell { return Cell{Text: Count(f.n)} },
				Compare: func(a, b *fruit) int { return cmp.Compare(a.n, b.n) }},
			{Title: "NOTE", Width: 10, Flex: 2, Drop: 1, Cell: func(f *fruit) Cell { return Cell{Text: "note"} }},
			{Title: "MORE", Width: 10, Drop: 2, Cell: func(f *fruit) Cell { return Cell{Text: "more"} }},
		},
		ID:    func(f *fruit) string { return f.name },
		Text:  func(f *fruit) string { return f.name },
		Empty: "no fruits",
	}
	t.SetSize(width, height)
	t.SetRows(fruits(rows))
	return t
}

func press(t interface{ Update(tea.Msg) bool }, keys ...string) {
	for _, k := range keys {
		t.Update(viewstest.Key(k))
	}
}

func selected(t *Table[fruit]) string {
	if r := t.Selected(); r != nil {
		return r.name
	}
	return ""
}

func TestATableMovesItsSelection(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"starts at the first":       {nil, "fruit-000"},
		"down":                      {[]string{"j", "down"}, "fruit-002"},
		"up past the first":         {[]string{"j", "k", "up"}, "fruit-000"},
		"a page":                    {[]string{"pgdown"}, "fruit-008"},
		"the last":                  {[]string{"G"}, "fruit-099"},
		"past the last":             {[]string{"G", "j"}, "fruit-099"},
		"the last and the first":    {[]string{"G", "g"}, "fruit-000"},
		"sorted, the row stays":     {[]string{"j", "C"}, "fruit-001"},
		"sorted, first by count":    {[]string{"C", "g", "j"}, "fruit-043"},
		"sorted downward":           {[]string{"C", "C", "g"}, "fruit-057"},
		"filtered":                  {[]string{"/", "9", "8"}, "fruit-098"},
		"filtered and kept":         {[]string{"/", "9", "enter", "j"}, "fruit-019"},
		"filtered and cleared":      {[]string{"/", "9", "8", "esc", "j"}, "fruit-099"},
		"arrows move while typing":  {[]string{"/", "9", "down", "down"}, "fruit-029"},
		"letters type while typing": {[]string{"/", "j"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			table := fruitTable(60, 10, 100)
			press(table, c.keys...)
			if got := selected(table); got != c.want {
				t.Errorf("selected %q, want %q", got, c.want)
			}
		})
	}
}

func TestATableKeepsItsSelectionThroughARefresh(t *testing.T) {
	table := fruitTable(60, 10, 100)
	press(table, "j", "j", "j")
	table.SetRows(append([]fruit{{"new", 1}, {"newer", 2}}, fruits(100)...))
	if got := selected(table); got != "fruit-003" {
		t.Errorf("selected %q after rows came in above", got)
	}
	table.SetRows(fruits(100))
	rows := fruits(100)
	table.SetRows(append(rows[:3:3], rows[4:]...))
	if got := selected(table); got != "fruit-004" {
		t.Errorf("selected %q after the selected row went, want the one in its place", got)
	}
	table.SetRows(nil)
	if table.Selected() != nil {
		t.Error("something is selected in an empty table")
	}
	table.SetRows(fruits(100))
	if got := selected(table); got != "fruit-004" {
		t.Errorf("selected %q after the rows came back", got)
	}
}

func TestATableSelectsARowThatComesLater(t *testing.T) {
	table := fruitTable(60, 10, 5)
	table.Select("fruit-007")
	if got := selected(table); got != "fruit-000" {
		t.Errorf("selected %q", got)
	}
	table.SetRows(fruits(10))
	if got := selected(table); got != "fruit-007" {
		t.Errorf("selected %q", got)
	}
}

func TestATableAnswersTheMouse(t *testing.T) {
	table := fruitTable(60, 10, 100)
	table.Update(viewstest.Click(5, 4))
	if got := selected(table); got != "fruit-003" {
		t.Errorf("a click on the fourth row selected %q", got)
	}
	table.Update(viewstest.WheelDown())
	if got := selected(table); got != "fruit-006" {
		t.Errorf("the wheel selected %q", got)
	}
	if table.Update(viewstest.Click(5, 0)) {
		t.Error("a click on the header did something")
	}
	short := fruitTable(60, 10, 2)
	if short.Update(viewstest.Click(5, 7)) {
		t.Error("a click below the last row did something")
	}
}

func TestATableDropsColumnsWhenItIsNarrow(t *testing.T) {
	for width, want := range map[int]string{
		60: "NAME COUNT NOTE MORE", 39: "NAME COUNT NOTE MORE", 38: "NAME COUNT NOTE", 28: "NAME COUNT NOTE", 27: "NAME COUNT", 10: "NAME",
	} {
		head, _, _ := strings.Cut(fruitTable(width, 5, 3).View(theme.Bare()), "\n")
		if got := strings.Join(strings.Fields(head), " "); got != want {
			t.Errorf("%d wide: %q, want %q", width, got, want)
		}
	}
}

func TestATableIsExactlyItsSize(t *testing.T) {
	for _, rows := range []int{0, 3, 100} {
		for width := range 70 {
			for _, height := range []int{1, 2, 3, 20} {
				table := fruitTable(width, height, rows)
				viewstest.CheckFrame(t, table.View(theme.Bare()), width, height)
				press(table, "/", "9")
				viewstest.CheckFrame(t, table.View(theme.Bare()), width, height)
			}
		}
	}
}

func TestATableSaysWhyItIsEmpty(t *testing.T) {
	fresh := fruitTable(40, 5, 0)
	if !strings.Contains(fresh.View(theme.Bare()), "no fruits") {
		t.Error("an empty table does not say so")
	}
	fresh.loaded = false
	if !strings.Contains(fresh.View(theme.Bare()), "loading") {
		t.Error("a table without data does not say so")
	}
	full := fruitTable(40, 5, 5)
	press(full, "/", "z")
	if !strings.Contains(full.View(theme.Bare()), "nothing matches") {
		t.Error("a filter that matches nothing does not say so")
	}
}

func TestATableDrawsOnlyWhatIsSeen(t *testing.T) {
	table := fruitTable(60, 10, 100_000)
	drawn := 0
	cell := table.Columns[0].Cell
	table.Columns[0].Cell = func(f *fruit) Cell { drawn++; return cell(f) }
	table.View(theme.Bare())
	if drawn != 9 {
		t.Errorf("%d rows drawn, 9 are seen", drawn)
	}
}

func TestHostileCellsStayInTheirColumns(t *testing.T) {
	table := fruitTable(60, 8, 5)
	for i := range table.rows {
		table.rows[i].name = viewstest.Hostile()
	}
	viewstest.CheckFrame(t, table.View(theme.Bare()), 60, 8)
}

func BenchmarkTable(b *testing.B) {
	table := fruitTable(200, 56, 1000)
	th := theme.New("dark", theme.Terminal{Dark: true})
	for b.Loop() {
		table.Update(viewstest.Key("j"))
		table.View(th)
	}
}
