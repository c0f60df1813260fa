package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Keys are the bindings that mean the same on every screen. A view lists those that it answers in Bindings, with a help text of its
// own where that says more.
var Keys = struct {
	Up, Down, PageUp, PageDown, Top, Bottom, Left, Right key.Binding
	Enter, Back, NextTab, PreviousTab, Filter, Refresh   key.Binding
	Cancel, Signal, Edges, Tail                          key.Binding
	Copy, Page, Edit                                     key.Binding
	Actions, Mark, MarkAll                               key.Binding
	Why                                                  key.Binding
}{
	Up:          Bind("k", "up", "up", "k"),
	Down:        Bind("j", "down", "down", "j"),
	PageUp:      Bind("pgup", "page up", "pgup", "ctrl+b"),
	PageDown:    Bind("pgdn", "page down", "pgdown", "ctrl+f"),
	Top:         Bind("g", "first", "g", "home"),
	Bottom:      Bind("G", "last", "G", "end"),
	Left:        Bind("h", "left", "left", "h"),
	Right:       Bind("l", "right", "right", "l"),
	Enter:       Bind("enter", "open", "enter"),
	Back:        Bind("esc", "back", "esc"),
	NextTab:     Bind("tab", "next tab", "tab"),
	PreviousTab: Bind("shift+tab", "previous tab", "shift+tab"),
	Filter:      Bind("/", "filter", "/"),
	Refresh:     Bind("ctrl+r", "fetch now", "ctrl+r"),
	Cancel:      Bind("c", "cancel", "c"),
	Signal:      Bind("s", "signal", "s"),
	Edges:       Bind("e", "edges", "e"),
	Tail:        Bind("t", "tail", "t"),
	Why:         Bind("w", "why is it stuck", "w"),
	Copy:        Bind("y", "copy", "y"),
	Page:        Bind("v", "read in the pager", "v"),
	Edit:        Bind("ctrl+e", "open in the editor", "ctrl+e"),
	Actions:     Bind("a", "actions", "a"),
	Mark:        Bind("space", "mark", " "),
	MarkAll:     Bind("ctrl+a", "mark all shown", "ctrl+a"),
}

// Bind declares a binding: how help names the key, what it does, and the keys themselves.
func Bind(name, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(name, does))
}

// Does is the binding with another help text.
func Does(b key.Binding, does string) key.Binding {
	b.SetHelp(b.Help().Key, does)
	return b
}

// Write is a binding that leads to a write. In read-only mode it is disabled: the footer and help show it dimmed, and pressing it
// says why nothing happens. A disabled binding in Bindings means nothing else; what is not offered for another reason is left out.
func (c *Common) Write(b key.Binding) key.Binding {
	b.SetEnabled(!c.ReadOnly)
	return b
}

// Pressed tells whether msg is the press of one of the binding's keys.
func Pressed(msg tea.Msg, b key.Binding) bool {
	k, ok := msg.(tea.KeyMsg)
	return ok && key.Matches(k, b)
}
