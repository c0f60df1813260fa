package views

import tea "github.com/charmbracelet/bubbletea"

// layStep is how many lines of a payload are laid out in one go, however many are to be passed by.
const layStep = 128

// frameMove goes on with a move to what had not been laid out.
type frameMove struct{ by, nth int }

// move goes down or up by so many lines. Where they are not laid out yet it does a step towards that, and comes back later where that
// does not suffice: others have their turn, and a frame on the screen never waits for a mebibyte.
func (v *Frame) move(by int) tea.Cmd {
	head := v.head()
	v.sheet(head).fill(&v.scroll)
	if !v.laid(by) {
		v.want += layStep
		v.sheet(head).fill(&v.scroll)
	}
	if !v.laid(by) {
		return Send(frameMove{by, v.moves})
	}
	if v.fold == nil {
		v.scroll.ScrollTo(v.scroll.Top() + by)
		return nil
	}
	v.fold.move(by)
	if v.fold.at == 0 { // everything above it is to be seen as well
		v.scroll.ScrollTo(0)
		return nil
	}
	v.scroll.Show(len(head) + v.fold.row())
	return nil
}

// laid tells whether the lines are there that a move passes, and those that are on the screen behind it.
func (v *Frame) laid(by int) bool {
	if v.fold == nil {
		return v.payload.whole() || v.scroll.Top()+by+v.scroll.height < v.scroll.Count
	}
	to := v.fold.row() + max(by, 0)
	for to < len(v.fold.rows) && v.fold.rows[to].inner {
		to++
	}
	return v.fold.whole() || to+v.scroll.height < len(v.fold.rows)
}
