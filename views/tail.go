package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// Tail follows the output stream of an attempt.
type Tail struct {
	c      *Common
	ref    engine.StreamRef
	scroll Viewport
}

// NewTail makes the view that follows a stream.
func NewTail(c *Common, ref engine.StreamRef) *Tail { return &Tail{c: c, ref: ref} }

func (v *Tail) Title() theme.Text         { return "stream " + ShortExecution(v.ref.Execution) }
func (v *Tail) Init() tea.Cmd             { return nil }
func (v *Tail) Need() Need                { return Need{} }
func (v *Tail) Bindings() []key.Binding   { return v.scroll.Bindings() }
func (v *Tail) SetSize(width, height int) { v.scroll.SetSize(width, height) }
func (v *Tail) View() string              { return v.scroll.View(v.c.Theme) }

func (v *Tail) Update(msg tea.Msg) tea.Cmd {
	v.scroll.Update(msg)
	return nil
}
