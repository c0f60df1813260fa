package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// crash stands in for a view that panicked.
type crash struct {
	common        *views.Common
	value         string
	at            []string
	width, height int
}

func newCrash(c *views.Common, value any, at []string) *crash {
	return &crash{common: c, value: fmt.Sprint(value), at: at}
}

func (c *crash) Title() theme.Text         { return "error" }
func (c *crash) Init() tea.Cmd             { return nil }
func (c *crash) Update(tea.Msg) tea.Cmd    { return nil }
func (c *crash) Bindings() []key.Binding   { return []key.Binding{views.Keys.Back} }
func (c *crash) Need() views.Need          { return views.Need{} }
func (c *crash) SetSize(width, height int) { c.width, c.height = width, height }

func (c *crash) View() string {
	th := c.common.Theme
	lines := []string{
		th.Line(c.width).Add(th.Bad, " "+th.Glyphs.Alert+" This view met something it could not draw.").String(),
		th.Line(c.width).Add(th.Plain, " The rest of the program goes on; esc leaves here. Please report what follows.").String(),
		th.Line(c.width).String(),
	}
	lines = append(lines, views.Text(th, th.Warn, c.value, c.width, 6)...)
	lines = append(lines, th.Line(c.width).String())
	for _, at := range c.at {
		lines = append(lines, th.Line(c.width).Add(th.Dim, "  "+theme.CleanTo(at, c.width)).String())
	}
	return strings.Join(views.Fit(th, lines, c.width, c.height), "\n")
}
