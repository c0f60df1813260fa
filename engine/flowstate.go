package engine

// DeriveFlowState is what the members' states make of a flow (spec 03c §9). byState counts those that have a record. A flow whose own
// record says cancelled is cancelled once they are over.
func DeriveFlowState(stored FlowState, byState map[PublicState]int) FlowState {
	total, over, bad, held := 0, 0, 0, 0
	for state, n := range byState {
		total += n
		switch state {
		case StateFailed, StateCancelled, StateExpired:
			over, bad = over+n, bad+n
		case StateCompleted, StateSkipped:
			over += n
		case StateSuspended, StateDelayed, StateRateLimited, StateWaitingChildren:
			held += n
		}
	}
	switch {
	case stored == FlowCancelled && over == total:
		return FlowCancelled
	case total > 0 && over == total && bad > 0:
		return FlowFailed
	case total > 0 && over == total:
		return FlowCompleted
	case byState[StateActive] > 0:
		return FlowRunning
	case held > 0:
		return FlowBlocked
	default:
		return FlowOpen
	}
}
