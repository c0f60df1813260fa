package views

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
)

// signalDialog delivers a signal to an execution.
type signalDialog struct {
	c      *Common
	id     engine.ExecutionID
	closed bool
}

// NewSignal makes the dialog that signals an execution.
func NewSignal(c *Common, id engine.ExecutionID) Dialog { return &signalDialog{c: c, id: id} }

func (d *signalDialog) Init() tea.Cmd           { return nil }
func (d *signalDialog) Closed() bool            { return d.closed }
func (d *signalDialog) Bindings() []key.Binding { return []key.Binding{Keys.Back} }

func (d *signalDialog) Update(msg tea.Msg) tea.Cmd {
	d.closed = d.closed || Pressed(msg, Keys.Back)
	return nil
}

func (d *signalDialog) View(width, height int) string {
	return strings.Join(Box(d.c.Theme, "Signal", []string{cellLine(d.c.Theme, max(width-4, 1), Cell{Text: ShortExecution(d.id)})}, max(width-4, 1), ""), "\n")
}
