package tui

import (
	"github.com/charmbracelet/bubbles/key"

	"ffboard/views"
)

// global are the keys that mean the same everywhere, in the order of help. Those of the root views are theirs (roots.go).
var global = struct{ Palette, Help, Times, Redraw, Quit, Interrupt key.Binding }{
	Palette:   views.Bind(":", "command", ":"),
	Help:      views.Bind("?", "help", "?"),
	Times:     views.Bind("ctrl+t", "times or ages", "ctrl+t"),
	Redraw:    views.Bind("ctrl+l", "draw the screen anew", "ctrl+l"),
	Quit:      views.Bind("q", "quit", "q"),
	Interrupt: views.Bind("ctrl+c", "quit at once", "ctrl+c"),
}

// everywhere are the bindings of the program itself, for help.
func everywhere() []key.Binding {
	var bs []key.Binding
	for _, r := range roots {
		bs = append(bs, r.binding)
	}
	return append(bs, views.Keys.Back, views.Keys.Refresh, global.Palette, global.Help, global.Times, global.Redraw, global.Quit, global.Interrupt)
}
