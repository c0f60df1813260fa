package views

import (
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine/action"
	"ffboard/theme"
)

// actionField is the field of one argument: a few options side by side, one of many offered ones, or text.
type actionField struct {
	arg     *action.Argument
	options *choice         // of arguments with few choices
	offered []action.Choice // of arguments that choose among what there is
	at      int             // in offered
	input   Input
}

func newActionField(arg *action.Argument, states []*action.State, offered []action.Choice) *actionField {
	f := &actionField{arg: arg, offered: offered}
	value := arg.Default
	if arg.Suggest != nil {
		value = arg.Suggest(states)
	}
	if len(arg.Choices) == 0 {
		f.input.SetValue(value)
		return f
	}
	f.options = &choice{name: theme.Clean(arg.Name)}
	for i, c := range arg.Choices {
		f.options.options = append(f.options.options, option{theme.Clean(c.Value), theme.Clean(c.Does)})
		if c.Value == value {
			f.options.at = i
		}
	}
	return f
}

func (f *actionField) value() string {
	switch {
	case f.options != nil:
		return f.arg.Choices[f.options.at].Value
	case f.arg.Offer == nil:
		return f.input.Value()
	case f.at < len(f.offered):
		return f.offered[f.at].Value
	default:
		return ""
	}
}

func (f *actionField) update(msg tea.Msg) (handled bool) {
	switch {
	case f.options != nil:
		return f.options.update(msg)
	case f.arg.Offer == nil:
		return f.input.Update(msg)
	case Pressed(msg, Keys.Left):
		f.at = max(f.at-1, 0)
	case Pressed(msg, Keys.Right):
		f.at = max(min(f.at+1, len(f.offered)-1), 0)
	default:
		return false
	}
	return true
}

// lines draw the field in its width, with what it is about below where it has the focus.
func (f *actionField) lines(th *theme.Theme, width int, focused bool) []string {
	mark, style := theme.Text(" "), th.Dim
	if focused {
		mark, style = th.Glyphs.Selected, th.Accent
	}
	name := th.Line(min(actionLabels+2, width)).Add(th.Accent, mark).Field(style, theme.Clean(f.arg.Name), actionLabels, theme.Left).Add(th.Plain, " ").String()
	room := max(width-actionLabels-2, 0)
	lines := []string{name + f.content(th, room, focused)}
	if does := f.does(); does != "" && (focused || f.options != nil || f.arg.Offer != nil) {
		lines = append(lines, cellLine(th, width, Cell{Text: theme.Text(" ").Repeat(actionLabels + 2)}, Cell{does, th.Dim}))
	}
	return lines
}

// actionLabels is how wide the names of arguments are.
const actionLabels = 9

func (f *actionField) content(th *theme.Theme, width int, focused bool) string {
	switch {
	case f.options != nil:
		return cellLine(th, width, f.options.cells(th, focused)...)
	case f.arg.Secret:
		return f.hidden(th, width, focused)
	case f.arg.Offer == nil && !focused && f.input.Value() == "":
		return cellLine(th, width, Cell{"none", th.Dim})
	case f.arg.Offer == nil:
		return f.input.View(th, width, focused)
	case len(f.offered) == 0:
		return cellLine(th, width, Cell{"there is none", th.Warn})
	default:
		return cellLine(th, width, Cell{"< " + Count(f.at+1) + " of " + Count(len(f.offered)) + " >  ", th.Accent},
			Cell{Text: theme.CleanTo(f.offered[f.at].Value, 48)})
	}
}

// hidden tells how much was typed, and nothing of it.
func (f *actionField) hidden(th *theme.Theme, width int, focused bool) string {
	n := len(f.input.runes)
	cursor := theme.Text("")
	if focused {
		cursor = th.Glyphs.Cursor
	}
	return cellLine(th, width, Cell{Plural(n, "character", "characters") + ", not shown ", th.Plain}, Cell{cursor, th.Accent})
}

// does is about the value where there are some to choose from, and about the argument where not.
func (f *actionField) does() theme.Text {
	switch {
	case f.options != nil:
		return f.options.chosen().does
	case f.at < len(f.offered):
		return theme.CleanTo(f.offered[f.at].Does, 100)
	default:
		return theme.Clean(f.arg.Does)
	}
}
