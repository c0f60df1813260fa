package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// wheelStep is how many lines a turn of the wheel moves.
const wheelStep = 3

// motion is a movement over lines; page is the number of lines on the screen.
func motion(msg tea.Msg, page int) (by int, toTop, toBottom, ok bool) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, Keys.Up):
			return -1, false, false, true
		case key.Matches(msg, Keys.Down):
			return 1, false, false, true
		case key.Matches(msg, Keys.PageUp):
			return -max(page-1, 1), false, false, true
		case key.Matches(msg, Keys.PageDown):
			return max(page-1, 1), false, false, true
		case key.Matches(msg, Keys.Top):
			return 0, true, false, true
		case key.Matches(msg, Keys.Bottom):
			return 0, false, true, true
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			return -wheelStep, false, false, true
		case tea.MouseButtonWheelDown:
			return wheelStep, false, false, true
		}
	}
	return 0, false, false, false
}

// movement are the bindings that motion answers.
func movement() []key.Binding {
	return []key.Binding{Keys.Down, Keys.Up, Keys.PageDown, Keys.PageUp, Keys.Top, Keys.Bottom}
}
