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
	{"overview", "what goes through, and what is stuck", views.Bind("1", "overview", "1"), func(c *views.Common) views.View { return views.NewOverview(c) }},
	{"flows", "flows, newest first", views.Bind("2", "flows", "2"), func(c *views.Common) views.View { return views.NewFlows(c) }},
	{"lanes", "lanes and how much is in them", views.Bind("3", "lanes", "3"), func(c *views.Common) views.View { return views.NewLanes(c) }},
	{"executions", "executions, found by what they are", views.Bind("4", "executions", "4"), func(c *views.Common) views.View { return views.NewExecutions(c) }},
	{"suspended", "what waits for a signal", views.Bind("5", "suspended", "5"), func(c *views.Common) views.View { return views.NewSuspended(c) }},
	{"streams", "streams of what is at work", views.Bind("6", "streams", "6"), func(c *views.Common) views.View { return views.NewStreams(c) }},
	{"workers", "who works and holds which lease", views.Bind("7", "workers", "7"), func(c *views.Common) views.View { return views.NewWorkers(c) }},
	{"budgets", "budgets and quota policies", views.Bind("8", "budgets", "8"), func(c *views.Common) views.View { return views.NewBudgets(c) }},
	{"health", "whether all is well", views.Bind("9", "health", "9"), func(c *views.Common) views.View { return views.NewHealth(c) }},
	{"activity", "what happens, as it happens", views.Bind("0", "activity", "0"), func(c *views.Common) views.View { return views.NewActivity(c) }},
}

// Root is a view that needs nothing to begin with, for those who show it without the board.
type Root struct {
	Name, Shows string
	Make        func(c *views.Common) views.View
}

// Roots are the views that the number keys lead to.
func Roots() []Root {
	all := make([]Root, len(roots))
	for i, r := range roots {
		all[i] = Root{r.name, r.shows, r.make}
	}
	return all
}
