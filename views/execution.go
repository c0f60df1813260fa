package views

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const executionEvery = 2 * time.Second

// Execution shows one execution with everything around it.
type Execution struct {
	c      *Common
	id     engine.ExecutionID
	detail *engine.ExecutionDetail
	gone   bool // the last fetch found nothing
	scroll Viewport

	width, height int
}

// NewExecution makes the view of one execution.
func NewExecution(c *Common, id engine.ExecutionID) *Execution { return &Execution{c: c, id: id} }

func (v *Execution) Title() theme.Text { return "execution " + ShortExecution(v.id) }
func (v *Execution) Init() tea.Cmd     { return nil }

func (v *Execution) Need() Need {
	id := v.id
	return Need{Key: "execution " + string(id), Every: executionEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.ExecutionDetail(ctx, id)
	}}
}

func (v *Execution) Bindings() []key.Binding { return v.scroll.Bindings() }

func (v *Execution) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if d, ok := data.Value.(*engine.ExecutionDetail); ok && data.Err == nil {
			if v.gone = d == nil; !v.gone {
				v.detail = d
			}
		}
		return nil
	}
	v.scroll.Update(msg)
	return nil
}

func (v *Execution) SetSize(width, height int) {
	v.width, v.height = width, height
	v.scroll.SetSize(width, height)
}

func (v *Execution) View() string {
	th := v.c.Theme
	if v.detail != nil {
		state := StateCell(th, v.detail.Execution.State.Public)
		v.scroll.SetLines(Panel(th, theme.Clean(v.detail.Execution.Kind), []Fact{{"state", []Cell{state}}}, v.width))
	}
	return v.scroll.View(th)
}
