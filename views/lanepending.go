package views

import "ffboard/engine"

// Screens that do not exist yet.
var (
	pendingExecution       func(*Common, engine.ExecutionID) View
	pendingEdges           func(*Common, engine.FlowID, engine.ExecutionID) View
	pendingTail            func(*Common, engine.StreamRef) View
	pendingCancelExecution func(*Common, engine.ExecutionRow) Dialog
	pendingSignal          func(*Common, engine.ExecutionID) Dialog
)
