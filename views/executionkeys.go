package views

import (
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
)

// onExecution answers the keys that lead from an execution elsewhere; nil when the key means nothing of the kind. Lists that show
// executions share it. A row whose record is gone or whose id is none leads nowhere.
func onExecution(c *Common, r *engine.ExecutionRow, msg tea.Msg) tea.Cmd {
	if r == nil || r.ID == "" || r.ID.UUID() == "" {
		return nil
	}
	switch {
	case Pressed(msg, Keys.Enter):
		return Send(Push{NewExecution(c, r.ID)})
	case Pressed(msg, Keys.Edges):
		return Send(Push{NewEdges(c, r.Flow, r.ID)})
	case Pressed(msg, Keys.Why):
		return Send(Push{NewWhy(c, r.ID)})
	case Pressed(msg, Keys.Tail):
		return Send(Push{NewTail(c, engine.StreamRef{Execution: r.ID, Attempt: r.AttemptIndex})})
	case Pressed(msg, Keys.Actions):
		return Send(Ask{NewActions(c, executionTarget(r))})
	case Pressed(msg, c.Write(Keys.Cancel)):
		return Send(Ask{NewCancelExecution(c, *r)})
	case r.State == engine.StateSuspended && Pressed(msg, c.Write(Keys.Signal)):
		return Send(Ask{NewSignal(c, r.ID)})
	default:
		return nil
	}
}
