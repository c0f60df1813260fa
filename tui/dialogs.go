package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/views"
)

// dialog is a dialog on the stack over the screen. One that panics is closed, and the log says so.
type dialog struct {
	id     int
	dialog views.Dialog
	broken any // the value of its panic
}

func (d *dialog) guard(run func()) {
	defer func() {
		if p := recover(); p != nil {
			d.broken = p
		}
	}()
	run()
}

func (d *dialog) init() (cmd tea.Cmd) {
	d.guard(func() { cmd = d.dialog.Init() })
	return cmd
}

func (d *dialog) update(msg tea.Msg) (cmd tea.Cmd) {
	d.guard(func() { cmd = d.dialog.Update(msg) })
	return cmd
}

func (d *dialog) bindings() (bs []key.Binding) {
	d.guard(func() { bs = d.dialog.Bindings() })
	return bs
}

func (d *dialog) closed() (closed bool) {
	d.guard(func() { closed = d.dialog.Closed() })
	return closed || d.broken != nil
}

func (d *dialog) draw(width, height int) (box []string) {
	d.guard(func() { box = strings.Split(d.dialog.View(width, height), "\n") })
	return box[:min(len(box), max(height, 0))]
}
