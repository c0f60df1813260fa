package views

import (
	"slices"
	"time"

	"ffboard/engine"
)

// criticalPath is the chain that a flow's time went into, from its beginning to what ended last: each member before the last is the one
// that the next had to wait for. Without an end a member counts as ending at now, or if it never started, after all that did. Members
// without edges are chains of one. Cycles end where they meet themselves.
func criticalPath(members []engine.ExecutionRow, edges []engine.Edge, now time.Time) []engine.ExecutionID {
	rows := make(map[engine.ExecutionID]*engine.ExecutionRow, len(members))
	var last *engine.ExecutionRow
	for i := range members {
		r := &members[i]
		rows[r.ID] = r
		if !r.Missing && !r.StartedAt.IsZero() && (last == nil || finish(r, now).After(finish(last, now))) {
			last = r
		}
	}
	up := map[engine.ExecutionID][]*engine.ExecutionRow{}
	for i := range edges {
		if r := rows[edges[i].Upstream]; r != nil && !r.Missing && !r.StartedAt.IsZero() {
			up[edges[i].Downstream] = append(up[edges[i].Downstream], r)
		}
	}
	var path []engine.ExecutionID
	met := map[engine.ExecutionID]bool{}
	for r := last; r != nil && !met[r.ID]; r = heldBy(r, up[r.ID], now) {
		met[r.ID] = true
		path = append(path, r.ID)
	}
	slices.Reverse(path)
	return path
}

// heldBy is the one of some upstreams that a member started after: the last of those that ended before it did, as with any_of and
// quorum others may end later; else the last of all. nil where there is none.
func heldBy(r *engine.ExecutionRow, upstreams []*engine.ExecutionRow, now time.Time) *engine.ExecutionRow {
	var before, any *engine.ExecutionRow
	for _, u := range upstreams {
		end := finish(u, now)
		if !end.After(r.StartedAt) && (before == nil || end.After(finish(before, now))) {
			before = u
		}
		if any == nil || end.After(finish(any, now)) {
			any = u
		}
	}
	if before != nil {
		return before
	}
	return any
}

// finish is when a member ended, or now for one that did not yet.
func finish(r *engine.ExecutionRow, now time.Time) time.Time {
	if r.CompletedAt.IsZero() {
		return now
	}
	return r.CompletedAt
}
