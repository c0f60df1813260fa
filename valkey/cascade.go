package valkey

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	// maxCascadeDepth bounds how far skips spread in one cascade; the dependency reconciler goes on from there.
	maxCascadeDepth = 50
	// edgesPerRoundTrip bounds what one pipeline holds in memory.
	edgesPerRoundTrip = 500
)

// CascadeCompletion resolves the outgoing edges of an execution that ended, then those of the children that this skips, level by
// level (spec 03c §5.4). One that is not over resolves nothing. What fails is named in err and everything else is done.
func (b *Backend) CascadeCompletion(ctx context.Context, execution engine.ExecutionID, flow engine.FlowID) (engine.Cascaded, error) {
	const op = "cascade_completion"
	var done engine.Cascaded
	if flow == "" {
		return done, nil
	}
	if err := b.checkSamePartition(op, flow, execution); err != nil {
		return done, err
	}
	var failures []error
	level := []engine.ExecutionID{execution}
	for depth := 0; depth <= maxCascadeDepth && len(level) > 0; depth++ {
		edges, now, err := b.outgoing(ctx, op, flow, level)
		failures = append(failures, err)
		level = nil
		for batch := range slices.Chunk(edges, edgesPerRoundTrip) {
			some, skipped, err := b.resolveBatch(ctx, op, batch, now)
			done.Resolved += some.Resolved
			done.Losers = done.Losers || some.Losers
			level = append(level, skipped...)
			failures = append(failures, err)
		}
	}
	return done, errors.Join(failures...)
}

// outgoing lists the outgoing edges of those executions that are over, with their outcome, and the server's clock. Downstream is
// not known yet.
func (b *Backend) outgoing(ctx context.Context, op string, flow engine.FlowID, upstreams []engine.ExecutionID) ([]engine.ResolveEdge, time.Time, error) {
	k := b.flowKeys(flow)
	cores := make([]*redis.SliceCmd, len(upstreams))
	outs := make([]*redis.StringSliceCmd, len(upstreams))
	var now *redis.TimeCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		now = p.Time(ctx)
		for i, upstream := range upstreams {
			cores[i] = p.HMGet(ctx, keysOf(upstream).core(), outcomeFields...)
			outs[i] = p.SMembers(ctx, k.out(upstream))
		}
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	var edges []engine.ResolveEdge
	for i, upstream := range upstreams {
		outcome, over := upstreamOutcome(readHash(cores[i], outcomeFields))
		if !over {
			continue
		}
		for _, raw := range outs[i].Val() {
			edge, err := engine.ParseEdgeID(raw)
			if err != nil {
				continue // the board lists it as a marked edge; nothing can wait for it
			}
			edges = append(edges, engine.ResolveEdge{Flow: flow, Edge: edge, Upstream: upstream, Outcome: outcome})
		}
	}
	return edges, now.Val(), nil
}

var outcomeFields = []string{"lifecycle_phase", "terminal_outcome"}

// upstreamOutcome is the outcome of an execution that is over.
func upstreamOutcome(core *record) (engine.TerminalOutcome, bool) {
	outcome := engine.TerminalOutcome(core.text("terminal_outcome"))
	over := core.text("lifecycle_phase") == string(engine.PhaseTerminal) && outcome != "" && outcome != engine.OutcomeNone
	return outcome, over
}

// resolveBatch looks up the downstream of each edge of one flow and resolves it. It returns what it did and which downstreams it skipped.
func (b *Backend) resolveBatch(ctx context.Context, op string, edges []engine.ResolveEdge, now time.Time) (engine.Cascaded, []engine.ExecutionID, error) {
	downstream := []string{"downstream_execution_id"}
	reads := make([]*redis.SliceCmd, len(edges))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, e := range edges {
			reads[i] = p.HMGet(ctx, b.flowKeys(e.Flow).edge(e.Edge), downstream...)
		}
	})
	if err != nil {
		return engine.Cascaded{}, nil, err
	}
	var found []engine.ResolveEdge
	for i, e := range edges {
		id, err := engine.ParseExecutionID(readHash(reads[i], downstream).text("downstream_execution_id"))
		if err != nil {
			continue // no record, or a broken one: nothing waits for it
		}
		e.Downstream, e.Now = id, now
		found = append(found, e)
	}
	if err := b.placeChildren(ctx, op, found); err != nil {
		return engine.Cascaded{}, nil, err
	}
	return b.resolveAll(ctx, op, found)
}

// placeChildren fills in lane and attempt index of each downstream.
func (b *Backend) placeChildren(ctx context.Context, op string, edges []engine.ResolveEdge) error {
	reads := make([]*redis.SliceCmd, len(edges))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, e := range edges {
			reads[i] = p.HMGet(ctx, keysOf(e.Downstream).core(), placeFields...)
		}
	})
	if err != nil {
		return err
	}
	for i := range edges {
		core := readHash(reads[i], placeFields)
		edges[i].Lane = laneOr(core.text("lane_id"))
		edges[i].AttemptIndex = core.index("current_attempt_index")
	}
	return nil
}

var placeFields = []string{"lane_id", "current_attempt_index"}

// resolveAll resolves edges of one flow in one round trip. A reject is no failure: it says that this edge wants no resolving.
func (b *Backend) resolveAll(ctx context.Context, op string, edges []engine.ResolveEdge) (done engine.Cascaded, skipped []engine.ExecutionID, err error) {
	if len(edges) == 0 {
		return done, nil, nil
	}
	var losers *redis.IntCmd
	calls := make([]*redis.Cmd, len(edges))
	err = b.pipelinedCalls(ctx, op, func(p redis.Pipeliner) {
		for i, e := range edges {
			keys, args := b.resolveCall(e)
			calls[i] = queueCall(ctx, p, "ff_resolve_dependency", keys, args...)
		}
		losers = p.Exists(ctx, b.flowKeys(edges[0].Flow).partition().pendingCancelGroups())
	})
	if err != nil {
		return done, nil, err
	}
	var failures []error
	for i, call := range calls {
		resolution, err := decodeResolveCall(op, call)
		var reject *engine.Error
		switch {
		case err == nil:
			done.Resolved++
		case errors.As(err, &reject) && reject.Class != engine.ClassTransport && reject.Class != engine.ClassCorruption:
			continue
		default:
			failures = append(failures, err)
		}
		if resolution.ChildSkipped {
			skipped = append(skipped, edges[i].Downstream)
		}
	}
	done.Losers = done.Resolved > 0 && losers.Val() > 0
	return done, skipped, errors.Join(failures...)
}

func decodeResolveCall(op string, call *redis.Cmd) (engine.Resolution, error) {
	r, err := resultOf(op, "ff_resolve_dependency", call)
	if err != nil {
		return engine.Resolution{}, err
	}
	return decodeResolution(op, r)
}
