package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/action"
)

// onMarked answers the keys that are for everything marked in a list of executions, cancel being the one that cancels there; nil when
// nothing is marked, or when the key is for the selected row alone.
func onMarked(c *Common, rows []engine.ExecutionRow, cancel key.Binding, msg tea.Msg) tea.Cmd {
	var targets []action.Target
	for i := range rows {
		if rows[i].ID.UUID() != "" {
			targets = append(targets, executionTarget(&rows[i]))
		}
	}
	return onTargets(c, action.Execution, targets, cancel, msg)
}

// onMarkedFlows does the same for a list of flows.
func onMarkedFlows(c *Common, rows []engine.FlowRow, msg tea.Msg) tea.Cmd {
	var targets []action.Target
	for i := range rows {
		if rows[i].ID != "" {
			targets = append(targets, flowTarget(rows[i].ID))
		}
	}
	return onTargets(c, action.Flow, targets, Keys.Cancel, msg)
}

func onTargets(c *Common, kind action.Kind, targets []action.Target, cancel key.Binding, msg tea.Msg) tea.Cmd {
	switch {
	case len(targets) == 0:
		return nil
	case Pressed(msg, Keys.Actions):
		return Send(Ask{NewActions(c, targets...)})
	case Pressed(msg, c.Write(cancel)):
		return Send(Ask{newActionDialog(c, action.Named(kind, action.NameCancel), targets)})
	default:
		return nil
	}
}

func executionTarget(r *engine.ExecutionRow) action.Target {
	return action.Target{Kind: action.Execution, Execution: r.ID, Flow: r.Flow}
}

func flowTarget(id engine.FlowID) action.Target { return action.Target{Kind: action.Flow, Flow: id} }

func workerTarget(w *engine.Worker) action.Target {
	return action.Target{Kind: action.Worker, Namespace: w.Namespace, Instance: w.Instance}
}

// suspendedRows are the executions of rows of the suspended view.
func suspendedRows(rows []engine.SuspendedRow) []engine.ExecutionRow {
	executions := make([]engine.ExecutionRow, len(rows))
	for i := range rows {
		executions[i] = rows[i].ExecutionRow
	}
	return executions
}

// NewRotation makes the dialog that rotates the waitpoint signing secret.
func NewRotation(c *Common) Dialog {
	return newActionDialog(c, action.Named(action.Deployment, action.NameRotate), []action.Target{{Kind: action.Deployment}})
}
