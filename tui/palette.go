package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// palette is the line behind `:`.
type palette struct {
	commands commandSet
	input    views.Input
	history  []string
	at       int    // in history; len(history): the line being typed
	typed    string // that line, while history shows
}

func newPalette(commands commandSet, history []string) *palette {
	return &palette{commands: commands, history: history, at: len(history)}
}

// update edits the line. done tells that it closes; line is what to run then, "" when nothing.
func (p *palette) update(msg tea.Msg) (line string, done bool) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return "", false
	}
	switch k.String() {
	case "esc":
		return "", true
	case "enter":
		return p.input.Value(), true
	case "tab":
		p.input.SetValue(p.completion())
	case "up":
		p.recall(p.at - 1)
	case "down":
		p.recall(p.at + 1)
	case "backspace":
		if p.input.Value() == "" {
			return "", true
		}
		p.input.Update(msg)
	default:
		p.input.Update(msg)
	}
	return "", false
}

func (p *palette) recall(at int) {
	if at < 0 || at > len(p.history) {
		return
	}
	if p.at == len(p.history) {
		p.typed = p.input.Value()
	}
	p.at = at
	if at == len(p.history) {
		p.input.SetValue(p.typed)
		return
	}
	p.input.SetValue(p.history[at])
}

// suggestion is a way to go on: what the line becomes and what it means.
type suggestion struct {
	line, argument, does string
	wants                bool // an argument, to mean anything
}

func (p *palette) suggestions() []suggestion {
	name, argument, inArgument := strings.Cut(strings.TrimLeft(p.input.Value(), " "), " ")
	var found []suggestion
	if !inArgument {
		for _, c := range p.commands.matching(name) {
			found = append(found, suggestion{c.name, c.argument, c.does, c.argument != "" && !c.optional})
		}
		return found
	}
	c, err := p.commands.named(name)
	if err != nil || c.argument == "" {
		return nil
	}
	if c.arguments == nil {
		return []suggestion{{line: c.name, argument: c.argument, does: c.does}}
	}
	for _, a := range c.arguments() {
		if strings.HasPrefix(a, strings.TrimSpace(argument)) {
			found = append(found, suggestion{line: c.name + " " + a})
		}
	}
	return found
}

// completion is the line made as long as all suggestions agree; a single command that wants an argument gets its blank.
func (p *palette) completion() string {
	found := p.suggestions()
	if len(found) == 0 {
		return p.input.Value()
	}
	common := found[0].line
	for _, s := range found[1:] {
		for !strings.HasPrefix(s.line, common) {
			common = common[:len(common)-1]
		}
	}
	if len(found) == 1 && found[0].wants {
		common += " "
	}
	if len(common) < len(p.input.Value()) {
		return p.input.Value()
	}
	return common
}

// line draws the palette in place of the footer's keys.
func (p *palette) line(th *theme.Theme, width int) string {
	return th.Line(min(2, width)).Add(th.Key, " :").String() + p.input.View(th, max(width-2, 0), true)
}

// mostPaletteLine is as far to the right as what a suggestion means is moved: saved filters may be long.
const mostPaletteLine = 32

// box draws the suggestions.
func (p *palette) box(th *theme.Theme, width, height int) []string {
	found := p.suggestions()
	left, right := 18, 37
	for _, s := range found {
		line := theme.Clean(s.line) + " " + theme.Clean(s.argument)
		left, right = max(left, min(line.Width(), mostPaletteLine)), max(right, theme.Clean(s.does).Width())
	}
	inner := min(left+1+right, width-4)
	if inner < 10 || height < 3 || len(found) == 0 {
		return nil
	}
	var lines []string
	shown := found[:min(len(found), height-2)]
	if len(shown) < len(found) {
		shown = shown[:len(shown)-1]
	}
	for _, s := range shown {
		l := th.Line(inner).Add(th.Accent, theme.Clean(s.line))
		if s.argument != "" {
			l.Add(th.Plain, " "+theme.Clean(s.argument))
		}
		lines = append(lines, l.Fill(left).Add(th.Dim, " "+theme.Clean(s.does)).String())
	}
	if more := len(found) - len(shown); more > 0 {
		lines = append(lines, th.Line(inner).Add(th.Dim, views.Count(more)+" more: typing narrows them down").String())
	}
	return views.Box(th, "Command", lines, inner, "tab completes, up and down recall")
}
