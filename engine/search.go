package engine

import (
	"context"
	"slices"
	"strings"
)

// ExecutionSearcher looks for executions of a whole deployment, a bounded step at a time.
type ExecutionSearcher interface {
	// SearchExecutions looks at about look executions beyond a place, "" being the beginning, and gives those that match. What the
	// query names decides where it looks: an id is read directly, a flow's members, a worker's leases and the indexes of lanes and
	// states come from their indexes; anything else walks all executions. A step costs about the same whatever the deployment holds.
	SearchExecutions(ctx context.Context, q ExecutionQuery, after ExecutionCursor, look int) (ExecutionsFound, error)
}

// ExecutionQuery says which executions are looked for: all that is set must hold, and of a list any one. The zero value means all.
type ExecutionQuery struct {
	ID        ExecutionID // a whole one
	IDPrefix  string      // of its UUID, or of the whole id
	States    []PublicState
	Lanes     []LaneID
	Namespace Namespace
	Flow      FlowID
	Worker    string // an instance, or the name of a pool
	Kind      string
	Tags      []Tag
	Reason    string   // text within the reason of a failure, a cancellation or a block, in any case
	Words     []string // each within the id, kind, lane, namespace, state, worker or reason, in any case
}

// Tag is a tag that an execution must have.
type Tag struct{ Key, Value string }

// ExecutionCursor is a place in a search. It is good for the query that it came from.
type ExecutionCursor string

// ExecutionsFound is what one step found.
type ExecutionsFound struct {
	Rows []ExecutionRow
	Next ExecutionCursor // "": nothing is left
	// Looked is how many executions were looked at up to here, Of how many there are to look at, as far as is known.
	Looked, Of int
	// Indexed tells that an index gave the order, so that what is new stands at the beginning.
	Indexed bool
}

// Everything tells a query that leaves nothing out.
func (q *ExecutionQuery) Everything() bool { return q.String() == "" }

// ByIndex tells a query that the indexes of lanes answer, but for the reading of the records.
func (q *ExecutionQuery) ByIndex() bool {
	return len(q.States) > 0 || len(q.Lanes) > 0 || q.Everything()
}

// Match tells whether a row is one of those looked for; tags are the execution's where the query asks for any. A record that is gone
// or cannot be read is one of them where it may be: where all that is asked is the place in which it was found.
func (q *ExecutionQuery) Match(r *ExecutionRow, tags map[string]string) bool {
	if r.Missing || r.State == "" && len(r.Malformed) > 0 {
		found := *q
		found.States, found.Lanes, found.Flow = nil, nil, ""
		return found.Everything() || found.IDPrefix != "" && q.matchesID(r) && found.onlyID()
	}
	return q.matchesID(r) &&
		(len(q.States) == 0 || slices.Contains(q.States, r.State)) &&
		(len(q.Lanes) == 0 || slices.Contains(q.Lanes, r.Lane)) &&
		(q.Namespace == "" || q.Namespace == r.Namespace) &&
		(q.Flow == "" || q.Flow == r.Flow) &&
		(q.Worker == "" || q.Worker == string(r.WorkerInstance) || q.Worker == string(r.Worker)) &&
		(q.Kind == "" || q.Kind == r.Kind) &&
		(q.Reason == "" || containsFold(reasonText(r), q.Reason)) &&
		q.matchesWords(r) &&
		!slices.ContainsFunc(q.Tags, func(t Tag) bool { value, found := tags[t.Key]; return !found || value != t.Value })
}

func (q *ExecutionQuery) onlyID() bool {
	return len(q.Words) == 0 && len(q.Tags) == 0 && q.Namespace == "" && q.Worker == "" && q.Kind == "" && q.Reason == ""
}

func (q *ExecutionQuery) matchesID(r *ExecutionRow) bool {
	if q.ID != "" && q.ID != r.ID {
		return false
	}
	return q.IDPrefix == "" || strings.HasPrefix(r.ID.UUID(), q.IDPrefix) || strings.HasPrefix(string(r.ID), q.IDPrefix)
}

func (q *ExecutionQuery) matchesWords(r *ExecutionRow) bool {
	if len(q.Words) == 0 {
		return true
	}
	text := strings.Join([]string{string(r.ID), r.Kind, string(r.Lane), string(r.Namespace), string(r.State), string(r.Flow),
		string(r.Worker), string(r.WorkerInstance), reasonText(r)}, " ")
	return !slices.ContainsFunc(q.Words, func(w string) bool { return !containsFold(text, w) })
}

func reasonText(r *ExecutionRow) string { return r.FailureReason + " " + r.BlockingDetail }

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
