package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// lean is the model as it goes over the line: without the blanks at the ends of lines. The renderer erases what was there, which takes
// three bytes; over a bad line the blanks would be a good part of a frame.
type lean struct{ *Model }

func (l lean) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := l.Model.Update(msg)
	return l, cmd
}

func (l lean) View() string { return trimLines(l.Model.View()) }

// trimLines leaves out the blanks at the end of each line. Those inside of a sequence stay: the line ends with its reset then.
func trimLines(frame string) string {
	var b strings.Builder
	b.Grow(len(frame))
	for line := range strings.Lines(frame) {
		text, ended := strings.CutSuffix(line, "\n")
		b.WriteString(strings.TrimRight(text, " "))
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
