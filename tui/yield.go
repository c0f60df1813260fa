package tui

import (
	"os"
	"slices"
	"strings"

	osc52 "github.com/aymanbagabas/go-osc52/v2"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// What a view shows can be taken elsewhere: to the terminal's clipboard, into a pager, into an editor. Views say what there is (views.Copying,
// views.Documenting); the keys are the same everywhere.

// yieldKeys are the keys for what a view yields, without those that the view has for something else. Programs are not offered where
// they would run on another machine than the user's.
func yieldKeys(v views.View, remote bool) []key.Binding {
	var bs []key.Binding
	if _, ok := v.(views.Copying); ok {
		bs = append(bs, views.Keys.Copy)
	}
	if _, ok := v.(views.Documenting); ok && !remote {
		bs = append(bs, views.Keys.Page, views.Keys.Edit)
	}
	own := v.Bindings()
	return slices.DeleteFunc(bs, func(b key.Binding) bool {
		return slices.ContainsFunc(own, func(o key.Binding) bool { return slices.Contains(o.Keys(), b.Keys()[0]) })
	})
}

// offered are the keys of a view: its own, and those for what it yields.
func offered(v views.View, remote bool) []key.Binding {
	return append(slices.Clone(v.Bindings()), yieldKeys(v, remote)...)
}

func (m *Model) offered() (bs []key.Binding) {
	m.top().guard(func() { bs = offered(m.top().view, m.options.Remote) })
	return bs
}

// yielded answers the keys for what the view on top yields.
func (m *Model) yielded(msg tea.KeyMsg) (cmd tea.Cmd, ok bool) {
	view := m.top().view
	if !slices.ContainsFunc(yieldKeys(view, m.options.Remote), func(b key.Binding) bool { return key.Matches(msg, b) }) {
		return nil, false
	}
	if key.Matches(msg, views.Keys.Copy) {
		return m.chooseCopy(view.(views.Copying).Copies()), true
	}
	open := readInPager
	if key.Matches(msg, views.Keys.Edit) {
		open = openInEditor
	}
	return m.chooseDocument(view.(views.Documenting).Documents(), open), true
}

func (m *Model) chooseCopy(copies []views.Copy) tea.Cmd {
	var choices []menuChoice
	for _, c := range copies {
		if c.Value != "" {
			choices = append(choices, menuChoice{c.Name, preview(c.Value), m.copy(c)})
		}
	}
	return m.choose("Copy", "there is nothing to copy", choices)
}

func (m *Model) chooseDocument(documents []views.Document, open func(views.Document) tea.Cmd) tea.Cmd {
	var choices []menuChoice
	for _, d := range documents {
		choices = append(choices, menuChoice{d.Name, views.Size(max(d.Size, int64(len(d.Data)))), open(d)})
	}
	return m.choose("Open", "there is nothing to open", choices)
}

// choose does the only choice there is, or asks.
func (m *Model) choose(title, none theme.Text, choices []menuChoice) tea.Cmd {
	switch len(choices) {
	case 0:
		m.say(none, false)
		return nil
	case 1:
		return choices[0].do
	default:
		return m.ask(&menu{common: m.common, title: title, choices: choices})
	}
}

func preview(value string) theme.Text {
	line, _, _ := strings.Cut(value, "\n")
	return theme.CleanTo(line, 60)
}

// mostCopied is how much terminals take into the clipboard: less than 100,000 bytes of base64.
const mostCopied = 74_000

// copy puts a text into the clipboard of the user's terminal, also through SSH (OSC 52).
func (m *Model) copy(c views.Copy) tea.Cmd {
	write, getenv := m.options.write, m.options.getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	return func() tea.Msg {
		if len(c.Value) > mostCopied {
			return views.Said{Text: c.Name + " is too large for the terminal's clipboard: " + views.Size(len(c.Value)), Error: true}
		}
		sequence := osc52.New(c.Value)
		switch {
		case getenv("TMUX") != "":
			sequence = sequence.Tmux()
		case getenv("STY") != "":
			sequence = sequence.Screen()
		}
		if write == nil {
			return views.Said{Text: "there is no terminal to copy with", Error: true}
		}
		if err := write([]byte(sequence.String())); err != nil {
			return views.Said{Text: "the terminal did not take it", Error: true}
		}
		return views.Said{Text: c.Name + " sent to the terminal's clipboard (" + views.Size(len(c.Value)) + ")"}
	}
}

// readInPager shows a document in the user's pager, as text that does nothing to the terminal.
func readInPager(d views.Document) tea.Cmd {
	return func() tea.Msg {
		text, _ := d.Readable()
		return inProgram(pagerCommand(), "PAGER", "payload.txt", text)
	}
}

// openInEditor opens a copy of a document in the user's editor, as it is stored. What is changed there is not kept.
func openInEditor(d views.Document) tea.Cmd {
	return func() tea.Msg {
		name := "payload.txt"
		if _, kind := d.Readable(); kind == "JSON" {
			name = "payload.json"
		}
		return inProgram(views.EditorCommand(), "VISUAL or EDITOR", name, string(d.Data))
	}
}

func inProgram(command []string, variable theme.Text, name, text string) tea.Msg {
	folder, file, err := views.PrivateFile(name, text)
	if err != nil {
		return views.Said{Text: "no file could be made for it: " + theme.Clean(err.Error()), Error: true}
	}
	return views.Exec{Command: append(command, file), Done: func(err error) tea.Msg {
		os.RemoveAll(folder)
		if err != nil {
			return views.Said{Text: theme.Clean(command[0]) + " did not work, set " + variable + ": " + theme.Clean(err.Error()), Error: true}
		}
		return nil
	}}
}

// pagerCommand is the user's pager with its arguments.
func pagerCommand() []string {
	if words := strings.Fields(os.Getenv("PAGER")); len(words) > 0 {
		return words
	}
	return []string{"less"}
}
