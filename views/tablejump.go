package views

import tea "github.com/charmbracelet/bubbletea"

// jumpInTable answers the keys that go to the next failure: the next row in the order shown for which is holds, and from the end to
// the beginning.
func jumpInTable[R any](t *Table[R], msg tea.Msg, is func(*R) bool) (handled bool) {
	step := 1
	switch {
	case Pressed(msg, failureKey):
	case Pressed(msg, failureBackKey):
		step = -1
	default:
		return false
	}
	n := len(t.order)
	for i := 1; i <= n; i++ {
		place := ((t.at+step*i)%n + n) % n
		if is(&t.rows[t.order[place]]) {
			t.moveTo(place)
			return true
		}
	}
	return true
}
