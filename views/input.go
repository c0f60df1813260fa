package views

import (
	"slices"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// maxInput is how many runes an Input holds: enough for a pasted payload, not for a pasted file.
const maxInput = 64 << 10

// Input is one line of text that the user edits. What is typed or pasted is drawn through theme.Clean like any other string.
type Input struct {
	runes  []rune
	cursor int // 0…len(runes)
}

// Value is the text.
func (in *Input) Value() string { return string(in.runes) }

// SetValue replaces the text and puts the cursor behind it.
func (in *Input) SetValue(s string) {
	in.runes = []rune(s)
	in.cursor = len(in.runes)
}

// Update edits. handled is false for what is no editing key (enter, esc, tab, up, down, …).
func (in *Input) Update(msg tea.Msg) (handled bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return false
	}
	switch k.String() {
	case "left", "ctrl+b":
		in.cursor = max(in.cursor-1, 0)
	case "right", "ctrl+f":
		in.cursor = min(in.cursor+1, len(in.runes))
	case "home", "ctrl+a":
		in.cursor = 0
	case "end", "ctrl+e":
		in.cursor = len(in.runes)
	case "backspace", "ctrl+h":
		in.remove(in.cursor-1, in.cursor)
	case "delete", "ctrl+d":
		in.remove(in.cursor, in.cursor+1)
	case "ctrl+u":
		in.remove(0, in.cursor)
	case "ctrl+k":
		in.remove(in.cursor, len(in.runes))
	case "ctrl+w", "alt+backspace":
		in.remove(in.wordStart(), in.cursor)
	default:
		if k.Type != tea.KeyRunes && k.Type != tea.KeySpace || k.Alt {
			return false
		}
		in.insert(k.Runes)
	}
	return true
}

// View draws the text in width cells with the cursor in it, scrolled so that the cursor shows. Draw it with cursor false while
// another field has the focus.
func (in *Input) View(th *theme.Theme, width int, cursor bool) string {
	l := th.Line(width)
	if !cursor {
		return l.Add(th.Plain, theme.CleanTo(string(in.runes[:min(len(in.runes), width+1)]), width)).String()
	}
	under, style := th.Glyphs.Cursor, th.Accent
	if in.cursor < len(in.runes) {
		under, style = theme.Clean(string(in.runes[in.cursor])), th.Badge
	}
	start := in.cursor
	for used := under.Width(); start > 0; start-- {
		used += theme.Clean(string(in.runes[start-1])).Width()
		if used > width {
			break
		}
	}
	l.Add(th.Plain, theme.Clean(string(in.runes[start:in.cursor]))).Add(style, under)
	after := min(in.cursor+1, len(in.runes))
	end := min(after+width, len(in.runes))
	return l.Add(th.Plain, theme.Clean(string(in.runes[after:end]))).String()
}

func (in *Input) insert(rs []rune) {
	rs = rs[:min(len(rs), maxInput-len(in.runes))]
	in.runes = slices.Insert(in.runes, in.cursor, rs...)
	in.cursor += len(rs)
}

func (in *Input) remove(from, to int) {
	from, to = max(from, 0), min(to, len(in.runes))
	if from >= to {
		return
	}
	in.runes = slices.Delete(in.runes, from, to)
	in.cursor = from
}

func (in *Input) wordStart() int {
	i := in.cursor
	for i > 0 && unicode.IsSpace(in.runes[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(in.runes[i-1]) {
		i--
	}
	return i
}
