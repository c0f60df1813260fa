package views

import (
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// choice is a field in which one of a few options is chosen.
type choice struct {
	name    theme.Text
	options []option
	at      int
}

// option is a word to choose and a sentence about what it does.
type option struct{ word, does theme.Text }

func (f *choice) chosen() option { return f.options[f.at] }

// update answers left, right and the space bar.
func (f *choice) update(msg tea.Msg) (handled bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return false
	}
	switch k.String() {
	case "left", "h":
		f.at = max(f.at-1, 0)
	case "right", "l":
		f.at = min(f.at+1, len(f.options)-1)
	case " ":
		f.at = (f.at + 1) % len(f.options)
	default:
		return false
	}
	return true
}

// cells draw the options side by side.
func (f *choice) cells(th *theme.Theme, focused bool) []Cell {
	var cells []Cell
	for i, o := range f.options {
		switch {
		case i != f.at:
			cells = append(cells, Cell{" " + th.Glyphs.Empty + " " + o.word + " ", th.Dim})
		case focused:
			cells = append(cells, Cell{" " + th.Glyphs.Check + " " + o.word + " ", th.Badge})
		default:
			cells = append(cells, Cell{" " + th.Glyphs.Check + " " + o.word + " ", th.Accent})
		}
		cells = append(cells, Cell{Text: " "})
	}
	return cells
}
