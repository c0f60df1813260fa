package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views"
)

// KeyTable is the table of all keys in Markdown, made of the bindings themselves: for the documentation. Movement is
// the same in all lists and texts, so it has a row of its own.
func KeyTable() string {
	var b strings.Builder
	b.WriteString("| where | keys |\n| --- | --- |\n")
	keyRow(&b, "everywhere", everywhere())
	keyRow(&b, "lists and texts", movement)
	for _, s := range keySections(&views.Common{Theme: theme.Bare()}) {
		keyRow(&b, s.name, slices.DeleteFunc(offered(s.view, false), moves))
	}
	return b.String()
}

func keyRow(b *strings.Builder, where string, bs []key.Binding) {
	var cells []string
	for _, k := range bs {
		cells = append(cells, "`"+k.Help().Key+"` "+k.Help().Desc)
	}
	b.WriteString("| " + where + " | " + strings.Join(cells, ", ") + " |\n")
}

type keySection struct {
	name string
	view views.View
}

func keySections(c *views.Common) []keySection {
	var sections []keySection
	for _, r := range roots {
		sections = append(sections, keySection{r.name, r.make(c)})
	}
	return append(sections,
		keySection{"a flow", views.NewFlow(c, "")},
		keySection{"edges", views.NewEdges(c, "", "")},
		keySection{"why it is stuck", views.NewWhy(c, "")},
		keySection{"an execution", views.NewExecution(c, "")},
		keySection{"a lane's executions", views.NewLaneExecutions(c, "", engine.IndexSuspended)},
		keySection{"a worker", views.NewWorker(c, engine.WorkerRow{})},
		keySection{"a budget", views.NewBudget(c, engine.Partition{Family: engine.FamilyBudget}, "", 0)},
		keySection{"a partition", views.NewPartition(c, engine.Partition{})},
		keySection{"a stream", views.NewTail(c, engine.StreamRef{})},
		keySection{"a frame", views.NewFrame(c, engine.StreamFrame{Payload: []byte("{\n}")})},
		keySection{"several streams", views.NewTails(c, make([]engine.StreamRef, 2))},
	)
}
