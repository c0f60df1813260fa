package views

import (
	"strings"
	"testing"

	"ffboard/theme"
	"ffboard/views/viewstest"
)

func markingTable(width, height, n int) *Table[fruit] {
	table := fruitTable(width, height, n)
	table.Marks = true
	return table
}

func markedIDs(t *Table[fruit]) string {
	var ids []string
	for _, r := range t.Marked() {
		ids = append(ids, t.ID(&r))
	}
	return strings.Join(ids, " ")
}

func TestMarksAreByID(t *testing.T) {
	table := markingTable(60, 10, 10)
	press(table, " ", "j", " ")
	if got := markedIDs(table); got != "fruit-000 fruit-002" {
		t.Fatalf("marked %q", got)
	}
	table.SetRows(fruits(10)[1:])
	table.SortBy(0, true)
	if got := markedIDs(table); got != "fruit-000 fruit-002" {
		t.Errorf("after other rows and another order marked %q", got)
	}
	if frame := table.View(theme.Bare()); !strings.Contains(frame, "2 marked, 1 not shown") {
		t.Errorf("it does not say that one has left\n%s", frame)
	}
	press(table, "G", "k", " ")
	if got := markedIDs(table); got != "fruit-000" {
		t.Errorf("after a second press on the row, marked %q", got)
	}
}

func TestAllThatTheFilterShowsAreMarked(t *testing.T) {
	table := markingTable(60, 10, 100)
	press(table, "/", "9", "enter", "ctrl+a")
	if n := len(table.Marked()); n != table.Shown() || n == 100 {
		t.Fatalf("%d marked, %d shown", n, table.Shown())
	}
	if frame := table.View(theme.Bare()); !strings.Contains(frame, "19 of 100, 19 marked") {
		t.Errorf("the filter's line does not count them\n%s", frame)
	}
	press(table, "ctrl+a")
	if n := len(table.Marked()); n != 0 {
		t.Errorf("%d marked after the second press", n)
	}
}

func TestEscClearsTheFilterThenTheMarksThenNothing(t *testing.T) {
	table := markingTable(60, 10, 10)
	press(table, " ", "/", "0", "enter")
	if !table.Unwind() || len(table.Marked()) != 1 {
		t.Fatal("the first esc takes more than the filter, or nothing")
	}
	if !table.Unwind() || len(table.Marked()) != 0 {
		t.Fatal("the second esc leaves marks")
	}
	if table.Unwind() {
		t.Error("the third esc has something left to undo")
	}
}

func TestATableWithoutMarksDoesNotMark(t *testing.T) {
	table := fruitTable(60, 10, 10)
	press(table, " ", "ctrl+a")
	if len(table.Marked()) != 0 {
		t.Error("it marks all the same")
	}
}

func TestAMarkedTableIsExactlyItsSize(t *testing.T) {
	for width := range 70 {
		for _, height := range []int{1, 2, 3, 20} {
			table := markingTable(width, height, 30)
			press(table, " ", " ")
			viewstest.CheckFrame(t, table.View(theme.Bare()), width, height)
		}
	}
}

func TestAMarkIsNoMatterOfColour(t *testing.T) {
	table := markingTable(60, 10, 3)
	press(table, " ", "k", "j", " ")
	frame := strings.Split(table.View(theme.Bare()), "\n")
	for i, want := range []string{"◇", "◇", "▌"} {
		if !strings.HasPrefix(frame[1+i], want) {
			t.Errorf("row %d begins %.6q, want %q", i, frame[1+i], want)
		}
	}
	press(table, "k")
	if frame := strings.Split(table.View(theme.Bare()), "\n"); !strings.HasPrefix(frame[2], "◆") {
		t.Errorf("the marked row with the selection begins %.6q", frame[2])
	}
}
