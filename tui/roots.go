package tui

import (
	"github.com/charmbracelet/bubbles/key"

	"ffboard/views"
)

// root is a view that stands at the bottom of the stack: a number key and a command of the palette lead to it.
type root struct {
	name, shows string
	binding     key.Binding
	make        func(c *views.Common) views.View
}

var roots = []root{
	{"flows", "flows, newest first", views.Bind("1", "flows", "1"), func(c *views.Common) views.View { return views.NewFlows(c) }},
	{"lanes", "lanes and how much is in them", views.Bind("2", "lanes", "2"), func(c *views.Common) views.View { return views.NewLanes(c) }},
	{"suspended", "what waits for a signal", views.Bind("3", "suspended", "3"), func(c *views.Common) views.View { return views.NewSuspended(c) }},
	{"streams", "streams of what is at work", views.Bind("4", "streams", "4"), func(c *views.Common) views.View { return views.NewStreams(c) }},
}
