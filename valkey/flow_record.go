package valkey

import (
	"maps"
	"regexp"
	"slices"

	"ffboard/engine"
)

// flowFields are the fields of a flow's core that are not tags (spec 03c §2.1).
var flowFields = []string{
	"flow_id", "flow_kind", "namespace", "public_flow_state", "graph_revision", "node_count", "edge_count", "created_at",
	"last_mutation_at", "cancelled_at", "cancel_reason", "cancellation_policy", "tags_migrated",
}

// inlineTag is the name of a tag that an older writer put into the core.
var inlineTag = regexp.MustCompile(`^[a-z][a-z0-9_]*\.`)

// decodeFlow makes a flow of its core and its tags hash. A core that is another flow's, or nobody's, is ClassCorruption: its
// identity cannot be told.
func decodeFlow(key string, flow engine.FlowID, core, tags *record) (engine.Flow, error) {
	if stored := core.text("flow_id"); stored != string(flow) {
		return engine.Flow{}, engine.Corrupt(key, "flow_id", "names another flow: "+stored)
	}
	f := engine.Flow{
		ID:             flow,
		Kind:           core.required("flow_kind"),
		Namespace:      engine.Namespace(core.text("namespace")),
		State:          word[engine.FlowState](core, "public_flow_state"),
		GraphRevision:  core.count("graph_revision"),
		Nodes:          core.integer("node_count", 0),
		Edges:          core.integer("edge_count", 0),
		CreatedAt:      core.time("created_at"),
		LastMutationAt: core.time("last_mutation_at"),
		CancelledAt:    core.time("cancelled_at"),
		CancelReason:   core.text("cancel_reason"),
		CancelPolicy:   core.text("cancellation_policy"),
	}
	f.Tags = mergeTags(core, tags)
	f.Malformed = append(core.bad, tags.bad...)
	return f, nil
}

// mergeTags takes inline tags of the core and those of the tags hash, which win; a field of the core that is neither tag nor
// known is marked.
func mergeTags(core, tags *record) map[string]string {
	merged := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(core.fields)) {
		switch {
		case slices.Contains(flowFields, field):
		case inlineTag.MatchString(field):
			merged[field] = core.fields[field]
		default:
			core.malformed(field, "unknown field")
		}
	}
	maps.Copy(merged, tags.fields)
	return merged
}

// unreadableFlow is the marked row of a flow that is listed and cannot be read.
func unreadableFlow(flow engine.FlowID, field, value, problem string) engine.Flow {
	return engine.Flow{ID: flow, Malformed: []engine.FieldError{{Field: field, Value: value, Problem: problem}}}
}

// decodeFlowSummary makes a summary of what a projector wrote; nil when none has.
func decodeFlowSummary(r *record) *engine.FlowSummary {
	if r.empty() {
		return nil
	}
	s := &engine.FlowSummary{
		State:     word[engine.FlowState](r, "public_flow_state"),
		Total:     r.integer("total_members", 0),
		Sampled:   r.integer("sampled_members", 0),
		ByState:   map[engine.PublicState]int{},
		UpdatedAt: r.time("last_summary_update_at"),
	}
	for _, state := range summaryStates {
		if n := r.integer("members_"+string(state), 0); n > 0 {
			s.ByState[state] = n
		}
	}
	return s
}

// summaryStates have a count in the summary, in the order of its fields (spec 03c §9); resumable and unknown have none.
var summaryStates = []engine.PublicState{
	engine.StateCompleted, engine.StateFailed, engine.StateCancelled, engine.StateExpired, engine.StateSkipped, engine.StateActive,
	engine.StateSuspended, engine.StateWaiting, engine.StateDelayed, engine.StateRateLimited, engine.StateWaitingChildren,
}

// deriveFlowState is engine.DeriveFlowState.
func deriveFlowState(stored engine.FlowState, byState map[engine.PublicState]int) engine.FlowState {
	return engine.DeriveFlowState(stored, byState)
}
