package tui

import (
	"fmt"
	"os"
	"testing"
	"testing/synctest"

	"ffboard/theme"
)

// A walk presses what chance has it press. Here every key that a view or a dialog names is pressed on hostile data, and
// what it opens is gone through with.
func TestEveryKeyThatIsNamedIsPressedOnHostileData(t *testing.T) {
	t.Chdir(t.TempDir()) // streams are saved here
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMUX", "")
	t.Setenv("STY", "")
	pressed, opened := map[string]int{}, map[string]int{}
	for i, d := range doors {
		for next, seed := 0, uint64(1000*(i+1)); next >= 0; seed++ {
			synctest.Test(t, func(t *testing.T) {
				w := newWalk(t, seed)
				w.engine.Plain = true // a view without data names few keys
				next = w.inTurn(d, next, pressed, opened)
				w.leave()
				if w.Failed() {
					w.Fatalf("with seed %d, behind %s, after %q", w.seed, d.made, w.trail)
				}
			})
		}
	}
	for _, k := range []string{"enter", "W", "S", "a", "c", "w", "y"} {
		if pressed[k] == 0 {
			t.Errorf("no view names %s: %v", k, pressed)
		}
	}
	for _, of := range []string{"*views.Tail", "*views.Tails"} {
		if opened["*views.saveDialog behind W in "+of] == 0 {
			t.Errorf("no dialog that saves behind W in %s: %v", of, opened)
		}
	}
	saved, err := os.ReadDir(".")
	if err != nil || len(saved) == 0 {
		t.Errorf("nothing was saved: %v", err)
	}
	for _, file := range saved {
		if name := file.Name(); string(theme.Clean(name)) != name {
			t.Errorf("a file is called %q", name)
		}
	}
	t.Logf("%v", opened)
	t.Logf("%q", saved)
}

// inTurn opens what is behind a door and presses the keys that are named there from the nth on, up to the first that opens something or
// has a line typed. It returns which is next, -1 after the last.
func (w *walk) inTurn(d door, n int, pressed, opened map[string]int) (next int) {
	w.take(d.open(w.m.common, w.engine))
	w.settle()
	w.look()
	top, dialog := w.m.top(), w.m.topDialog()
	for keys := w.named(); n < len(keys); n++ {
		w.press(keys[n])
		pressed[keys[n]]++
		asked := w.m.topDialog()
		if asked == dialog && w.m.top() == top && !top.capturing() {
			continue
		}
		if asked != nil {
			opened[fmt.Sprintf("%T behind %s in %T", asked.dialog, keys[n], top.view)]++
		}
		w.press("enter")
		w.press("enter")
		return n + 1
	}
	return -1
}
