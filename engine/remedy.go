package engine

// RemedyKind is something that a person can do about an execution or a flow. The words are stable: programs read them.
type RemedyKind string

const (
	RemedySignal        RemedyKind = "signal"         // deliver the signal that is waited for
	RemedyResume        RemedyKind = "resume"         // end a wait by hand
	RemedyCancel        RemedyKind = "cancel"         // cancel the execution
	RemedyReplay        RemedyKind = "replay"         // run an ended execution again
	RemedyPriority      RemedyKind = "priority"       // move it within its lane
	RemedyRevoke        RemedyKind = "revoke"         // take the lease from its holder
	RemedyReclaim       RemedyKind = "reclaim"        // let another worker take over
	RemedyUnblock       RemedyKind = "unblock"        // make a blocked execution eligible again
	RemedyPromote       RemedyKind = "promote"        // make a due delayed execution eligible
	RemedyRelease       RemedyKind = "release"        // make one that waits for nothing eligible
	RemedyReindex       RemedyKind = "reindex"        // put it back into the index that its state names
	RemedyResolve       RemedyKind = "resolve"        // resolve an edge whose upstream has ended
	RemedyResetBudget   RemedyKind = "reset_budget"   // set a budget's usage to zero
	RemedyCancelFlow    RemedyKind = "cancel_flow"    // cancel a flow and its members
	RemedyCancelMembers RemedyKind = "cancel_members" // cancel members that the flow's cancel has left
	RemedyAckCancels    RemedyKind = "ack_cancels"    // acknowledge cancels of members that had ended
	RemedyCancelLosers  RemedyKind = "cancel_losers"  // cancel members whose group was decided without them
	RemedyStartWorker   RemedyKind = "start_worker"   // outside of this program
	RemedyStartEngine   RemedyKind = "start_engine"   // outside of this program
	RemedyOpen          RemedyKind = "open"           // look at something else first
)

// Writes tells whether the remedy changes something in the deployment and can be done from a dashboard.
func (k RemedyKind) Writes() bool {
	return k != RemedyStartWorker && k != RemedyStartEngine && k != RemedyOpen
}

// Remedy is one thing to do, and to what. Ids that do not apply are empty.
type Remedy struct {
	Kind      RemedyKind  `json:"kind"`
	Words     string      `json:"words"`
	Execution ExecutionID `json:"execution,omitempty"`
	Flow      FlowID      `json:"flow,omitempty"`
	Edge      EdgeID      `json:"edge,omitempty"`
	Budget    BudgetID    `json:"budget,omitempty"`
	Lane      LaneID      `json:"lane,omitempty"`
}
