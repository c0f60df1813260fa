package valkey

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// ResolveDependency tells a downstream how one of its upstreams ended (spec 03c §3.8). Repeating it changes nothing.
func (b *Backend) ResolveDependency(ctx context.Context, req engine.ResolveEdge) (engine.Resolution, error) {
	const op = "resolve_dependency"
	if err := b.checkEdge(op, req.Flow, req.Edge, req.Upstream, req.Downstream); err != nil {
		return engine.Resolution{}, err
	}
	keys, args := b.resolveCall(req)
	r, err := b.call(ctx, op, "ff_resolve_dependency", keys, args...)
	if err != nil {
		return engine.Resolution{}, err
	}
	return decodeResolution(op, r)
}

// resolveCall is KEYS and ARGV of ff_resolve_dependency.
func (b *Backend) resolveCall(req engine.ResolveEdge) (keys []string, args []any) {
	child, upstream, flow := keysOf(req.Downstream), keysOf(req.Upstream), b.flowKeys(req.Flow)
	lane := laneOr(string(req.Lane))
	keys = []string{
		child.core(),
		child.depsMeta(),
		child.depsUnresolved(),
		child.dep(req.Edge),
		child.partition().lane(lane, engine.IndexEligible),
		child.partition().lane(lane, engine.IndexTerminal),
		child.partition().lane(lane, engine.IndexBlockedDependencies),
		child.attempt(req.AttemptIndex),
		child.streamMeta(req.AttemptIndex),
		child.payload(),
		upstream.result(),
		flow.edgeGroup(req.Downstream),
		flow.in(req.Downstream),
		child.partition().pendingCancelGroups(),
	}
	args = []any{
		string(req.Edge),
		string(req.Outcome),
		millis(orNow(req.Now)),
		string(req.Flow),
		string(req.Downstream),
	}
	return keys, args
}

// decodeResolution knows all five words of the reply.
func decodeResolution(op string, r reply) (engine.Resolution, error) {
	resolution := engine.Resolution{
		Result:       engine.DependencyOutcome(r.field(0)),
		ChildSkipped: r.field(1) == "child_skipped",
		Copied:       r.field(1) == "data_injected",
	}
	if !resolution.Result.Valid() {
		return engine.Resolution{}, badField(op, "resolution", r.field(0))
	}
	return resolution, nil
}

// PromoteBlocked makes an execution eligible that waits for dependencies and has none left (spec 03c §3.10).
func (b *Backend) PromoteBlocked(ctx context.Context, execution engine.ExecutionID) error {
	const op = "promote_blocked_to_eligible"
	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	k := keysOf(execution)
	var stored *redis.SliceCmd
	var now *redis.TimeCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		stored = p.HMGet(ctx, k.core(), "lane_id")
		now = p.Time(ctx)
	})
	if err != nil {
		return err
	}
	lane := laneOr(readHash(stored, []string{"lane_id"}).text("lane_id"))
	_, err = b.call(ctx, op, "ff_promote_blocked_to_eligible",
		[]string{
			k.core(),
			k.partition().lane(lane, engine.IndexBlockedDependencies),
			k.partition().lane(lane, engine.IndexEligible),
			k.depsMeta(),
			k.depsUnresolved(),
		},
		string(execution),
		millis(now.Val()),
	)
	return missing(err, map[string]string{"execution": string(execution)})
}

// promoteIfFree is PromoteBlocked for callers to whom "there is nothing to promote" is an answer.
func (b *Backend) promoteIfFree(ctx context.Context, execution engine.ExecutionID) (promoted bool, err error) {
	err = b.PromoteBlocked(ctx, execution)
	for _, answer := range []engine.Code{
		engine.CodeNotRunnable, engine.CodeNotBlockedByDeps, engine.CodeTerminal, engine.CodeDepsNotSatisfied, engine.CodeExecutionNotFound,
	} {
		if errors.Is(err, answer) {
			return false, nil
		}
	}
	return err == nil, err
}
