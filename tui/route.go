package tui

import (
	"reflect"

	tea "github.com/charmbracelet/bubbletea"
)

// routed is the result of a command on its way back to the screen or dialog that gave it.
type routed struct {
	to  int
	msg tea.Msg
}

// panicked is the result of a command that did not end well.
type panicked struct {
	value any
	at    []string
}

// route sends a command's result back to its giver, whatever is on top by then. What is meant for Bubble Tea itself passes.
func route(to int, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if p := recover(); p != nil {
				msg = routed{to, panicked{p, stack()}}
			}
		}()
		switch msg := cmd().(type) {
		case nil:
			return nil
		case tea.BatchMsg:
			for i := range msg {
				msg[i] = route(to, msg[i])
			}
			return msg
		default:
			if reflect.TypeOf(msg).PkgPath() == bubbleTea {
				return msg
			}
			return routed{to, msg}
		}
	}
}

var bubbleTea = reflect.TypeFor[tea.QuitMsg]().PkgPath()
