package valkey

import (
	"context"
	"errors"
	"strconv"

	"ffboard/engine"
)

// CreateFlow makes a flow and tells whether it is new; an existing one is neither compared nor changed (spec 03c §3.1).
func (b *Backend) CreateFlow(ctx context.Context, req engine.CreateFlow) (bool, error) {
	const op = "create_flow"
	if err := checkFlowID(op, req.ID); err != nil {
		return false, err
	}
	k := b.flowKeys(req.ID)
	r, err := b.call(ctx, op, "ff_create_flow",
		[]string{
			k.core(),
			k.members(),
			k.partition().flowIndex(),
		},
		string(req.ID),
		req.Kind,
		string(req.Namespace),
		millis(orNow(req.Now)),
	)
	return r.status == "OK", err
}

// AddExecutionToFlow makes an execution a member of a flow of its own partition (spec 03c §3.2).
func (b *Backend) AddExecutionToFlow(ctx context.Context, flow engine.FlowID, member engine.ExecutionID) (int, bool, error) {
	const op = "add_execution_to_flow"
	if err := b.checkSamePartition(op, flow, member); err != nil {
		return 0, false, err
	}
	k := b.flowKeys(flow)
	r, err := b.call(ctx, op, "ff_add_execution_to_flow",
		[]string{
			k.core(),
			k.members(),
			k.partition().flowIndex(),
			keysOf(member).core(),
		},
		string(flow),
		string(member),
		"", // now_ms: the function takes the server's
	)
	if err != nil {
		return 0, false, missing(err, map[string]string{"flow": string(flow), "execution": string(member)})
	}
	nodes, err := strconv.Atoi(r.field(1))
	if err != nil {
		return 0, false, badField(op, "node_count", r.field(1))
	}
	return nodes, r.status == "OK", nil
}

// SetFlowTag sets one tag; a key outside the rule of spec 01 §6.4 is refused before anything is sent.
func (b *Backend) SetFlowTag(ctx context.Context, flow engine.FlowID, key, value string) error {
	const op = "set_flow_tag"
	if err := checkFlowID(op, flow); err != nil {
		return err
	}
	if err := engine.CheckTagKey(key); err != nil {
		return engine.Invalid(op, err.Error())
	}
	k := b.flowKeys(flow)
	_, err := b.call(ctx, op, "ff_set_flow_tags", []string{k.core(), k.tags()}, key, value)
	return missing(err, map[string]string{"flow": string(flow)})
}

// EvaluateFlowEligibility is one of not_found, not_runnable, owned, terminal, eligible, impossible, blocked_by_dependencies
// (spec 03c §3.9).
func (b *Backend) EvaluateFlowEligibility(ctx context.Context, execution engine.ExecutionID) (string, error) {
	const op = "evaluate_flow_eligibility"
	if err := checkExecutionID(op, execution); err != nil {
		return "", err
	}
	k := keysOf(execution)
	r, err := b.call(ctx, op, "ff_evaluate_flow_eligibility", []string{k.core(), k.depsMeta()})
	return r.field(0), err
}

// checkSamePartition refuses what could never share a slot: a flow and its executions live on one partition.
func (b *Backend) checkSamePartition(op string, flow engine.FlowID, executions ...engine.ExecutionID) error {
	if err := checkFlowID(op, flow); err != nil {
		return err
	}
	home := b.Partitions().OfFlow(flow)
	for _, id := range executions {
		if err := checkExecutionID(op, id); err != nil {
			return err
		}
		if p := id.Partition(); p != home {
			return engine.Invalid(op, "execution "+string(id)+" lies on partition "+p.Tag()+", its flow on "+home.Tag())
		}
	}
	return nil
}

func checkFlowID(op string, flow engine.FlowID) error {
	if _, err := engine.ParseFlowID(string(flow)); err != nil {
		return engine.Invalid(op, err.Error())
	}
	return nil
}

func checkExecutionID(op string, execution engine.ExecutionID) error {
	if _, err := engine.ParseExecutionID(string(execution)); err != nil {
		return engine.Invalid(op, err.Error())
	}
	return nil
}

// missing puts the id into a not-found reject, which names the kind of thing and not the thing. ids are by entity.
func missing(err error, ids map[string]string) error {
	var e *engine.Error
	if errors.As(err, &e) && e.Class == engine.ClassNotFound && e.Key == "" {
		e.Key = ids[e.Entity]
	}
	return err
}
