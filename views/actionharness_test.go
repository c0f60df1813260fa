package views

import (
	"context"
	"sync/atomic"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// held is an engine on which tags wait until the gate opens.
type held struct {
	*viewstest.Engine
	gate chan struct{}
}

func (h *held) SetExecutionTag(ctx context.Context, id engine.ExecutionID, key, value string) error {
	<-h.gate
	return h.Engine.SetExecutionTag(ctx, id, key, value)
}

// refusingWrites counts the interventions that reach it.
type refusingWrites struct {
	*viewstest.Engine
	writes atomic.Int64
}

func (r *refusingWrites) CancelExecution(context.Context, engine.ExecutionID, string, engine.CancelSource) (engine.LifecyclePhase, error) {
	r.writes.Add(1)
	return "", engine.ReadOnly("CancelExecution")
}

func unpack(msg tea.Msg) []tea.Cmd {
	batch, _ := msg.(tea.BatchMsg)
	return batch
}
