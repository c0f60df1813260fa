package views

import (
	"maps"
	"slices"
	"strings"

	"ffboard/engine/action"
	"ffboard/theme"
)

func (d *actionDialog) title() theme.Text {
	name := theme.Clean(strings.ReplaceAll(d.action.Name, "-", " "))
	if d.action.Kind == action.Deployment {
		return capital(name)
	}
	if len(d.targets) > 1 {
		return capital(name) + " " + theme.Clean(string(d.action.Kind)) + "s"
	}
	return capital(name) + " " + theme.Clean(string(d.action.Kind))
}

func capital(t theme.Text) theme.Text { return theme.Clean(strings.ToUpper(string(t[:1]))) + t[1:] }

func (d *actionDialog) View(width, height int) string {
	th := d.c.Theme
	inner := max(min(width-4, dialogWidth), 1)
	foot := theme.Text("")
	var lines []string
	switch d.stage {
	case actionReads:
		lines = []string{cellLine(th, inner, Cell{"reading what it is now", th.Dim})}
	case actionRuns, actionEnded:
		lines = d.report(inner, height-2)
	default:
		lines = d.form(inner)
	}
	if d.stage == actionBegins {
		foot = "sending"
	}
	if room := max(height-2, 0); len(lines) > room {
		lines = lines[len(lines)-room:] // the buttons stay
	}
	return strings.Join(Box(th, d.title(), lines, inner, foot), "\n")
}

func (d *actionDialog) form(width int) []string {
	th := d.c.Theme
	var lines []string
	say := func(cells ...Cell) { lines = append(lines, cellLine(th, width, cells...)) }
	if d.states == nil {
		lines = append(lines, sentence(th, th.Bad, action.Explain(d.err), width)...)
		say()
		say(d.buttonCells()...)
		return lines
	}
	for _, cells := range aboutTargets(d.c, d.states) {
		say(cells...)
	}
	if reach := d.reach(); reach != nil {
		say(reach...)
	}
	say()
	for i, f := range d.shown() {
		lines = append(lines, f.lines(th, width, d.focus == i)...)
	}
	if len(d.fields) > 0 {
		say()
	}
	if len(d.possible) > 0 {
		for i, words := range d.action.Effect(d.possible, d.arguments()) {
			style := th.Plain
			if i == 0 {
				style = th.Warn
			}
			lines = append(lines, sentence(th, style, words, width)...)
		}
	}
	if d.hit != nil {
		for _, cells := range d.hit.lines(th) {
			say(cells...)
		}
	}
	if d.err != nil {
		lines = append(lines, sentence(th, th.Bad, action.Explain(d.err), width)...)
	}
	if word := d.word(); word != "" {
		lines = append(lines, wordLines(th, word, &d.typed, d.focus == len(d.shown()), width)...)
	}
	say()
	say(d.buttonCells()...)
	return lines
}

// reach says how many of the targets are hit, and why the others are not.
func (d *actionDialog) reach() []Cell {
	th := d.c.Theme
	left := map[string]int{}
	for _, s := range d.states {
		if why := d.action.Possible(s); why != "" {
			left[why]++
		}
	}
	switch {
	case len(left) == 0 && len(d.states) == 1:
		return nil
	case len(left) == 0:
		return []Cell{{"possible for all of them", th.Good}}
	case len(d.states) == 1:
		return []Cell{{th.Glyphs.Cross + " not possible: " + theme.Clean(slices.Collect(maps.Keys(left))[0]), th.Warn}}
	}
	whys := slices.SortedFunc(maps.Keys(left), func(a, b string) int { return left[b] - left[a] })
	text := "possible for " + Count(len(d.possible)) + ", left alone "
	for i, why := range whys {
		if i > 0 {
			text += "; "
		}
		text += Count(left[why]) + " (" + theme.Clean(why) + ")"
	}
	return []Cell{{text, th.Warn}}
}

// wordLines ask for the word that confirms.
func wordLines(th *theme.Theme, word string, typed *Input, focused bool, width int) []string {
	ask := theme.Text("  type ") + theme.CleanTo(word, 40) + " to confirm: "
	if focused {
		ask = th.Glyphs.Selected + ask[1:]
	}
	style, sign := th.Warn, theme.Text(" ")
	if typed.Value() == word {
		style, sign = th.Good, th.Glyphs.Check
	}
	room := max(width-ask.Width()-2, 0)
	return []string{cellLine(th, width), cellLine(th, min(ask.Width(), width), Cell{ask, style}) + typed.View(th, room, focused) +
		cellLine(th, max(width-room-min(ask.Width(), width), 0), Cell{sign, th.Good})}
}

func (d *actionDialog) buttonCells() []Cell {
	th := d.c.Theme
	keep, do := Cell{"  keep  ", th.Dim}, Cell{"  " + d.verb() + "  ", th.Dim}
	if d.verb() == "" {
		keep.Text, do.Text = "  close  ", ""
	}
	switch {
	case d.focus != d.buttons():
	case d.doing:
		do = Cell{"[ " + d.verb() + " ]", th.Bad}
	default:
		keep = Cell{"[ " + keep.Text[2:len(keep.Text)-2] + " ]", th.Badge}
	}
	return []Cell{{Text: " "}, keep, {Text: "   "}, do}
}
