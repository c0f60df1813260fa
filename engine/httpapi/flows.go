package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ffboard/engine"
)

// cancelGrace is how long the cancel reconciler leaves the members of a cancelled flow to this server (spec 06 §6.21).
const cancelGrace = 30 * time.Second

type createFlowBody struct {
	FlowID    must[engine.FlowID]    `json:"flow_id"`
	FlowKind  must[string]           `json:"flow_kind"`
	Namespace must[engine.Namespace] `json:"namespace"`
	Now       must[int64]            `json:"now"`
}

type flowRef struct {
	FlowID engine.FlowID `json:"flow_id"`
}

// createFlow is POST /v1/flows (spec 06 §6.19).
func (a *API) createFlow(c *call) (answer, error) {
	body, err := decodeBody[createFlowBody](c)
	if err != nil {
		return answer{}, err
	}
	isNew, err := a.Backend.CreateFlow(c.Context(), engine.CreateFlow{
		ID: body.FlowID.v, Kind: body.FlowKind.v, Namespace: body.Namespace.v,
	})
	if err != nil {
		return answer{}, err
	}
	return created(isNew, flowRef{body.FlowID.v})
}

type memberBody struct {
	FlowID      must[engine.FlowID]      `json:"flow_id"`
	ExecutionID must[engine.ExecutionID] `json:"execution_id"`
	Now         must[int64]              `json:"now"`
}

type memberAdded struct {
	ExecutionID  engine.ExecutionID `json:"execution_id"`
	NewNodeCount int                `json:"new_node_count"`
}

type memberKnown struct {
	ExecutionID engine.ExecutionID `json:"execution_id"`
	NodeCount   int                `json:"node_count"`
}

// addMember is POST /v1/flows/{id}/members (spec 06 §6.20).
func (a *API) addMember(c *call) (answer, error) {
	flow, err := c.flow()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[memberBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := sameID("flow_id", flow, body.FlowID.v); err != nil {
		return answer{}, err
	}
	member := body.ExecutionID.v
	nodes, added, err := a.Backend.AddExecutionToFlow(c.Context(), flow, member)
	if err != nil {
		return answer{}, err
	}
	if !added {
		return ok(variant("AlreadyMember", memberKnown{member, nodes}))
	}
	return answer{status: http.StatusCreated, body: variant("Added", memberAdded{member, nodes})}, nil
}

type cancelFlowBody struct {
	FlowID             must[engine.FlowID]           `json:"flow_id"`
	Reason             must[string]                  `json:"reason"`
	CancellationPolicy must[engine.FlowCancelPolicy] `json:"cancellation_policy"`
	Now                must[int64]                   `json:"now"`
}

type flowCancelled struct {
	CancellationPolicy string               `json:"cancellation_policy"`
	MemberCount        *int                 `json:"member_count,omitempty"`
	MemberExecutionIDs []engine.ExecutionID `json:"member_execution_ids"`
	Failed             []engine.ExecutionID `json:"failed_member_execution_ids,omitempty"`
}

// cancelFlow is POST /v1/flows/{id}/cancel (spec 06 §6.21). Members are cancelled after the flow: in the background, or before the
// answer when the caller waits.
func (a *API) cancelFlow(c *call) (answer, error) {
	flow, err := c.flow()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[cancelFlowBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := sameID("flow_id", flow, body.FlowID.v); err != nil {
		return answer{}, err
	}
	cancelled, err := a.Backend.CancelFlow(c.Context(), engine.CancelFlow{
		Flow: flow, Policy: body.CancellationPolicy.v, Reason: body.Reason.v, Grace: cancelGrace, Now: time.UnixMilli(body.Now.v),
	})
	if err != nil {
		return answer{}, flowCancelRejected(err)
	}
	members := cancelled.Members
	if members == nil {
		members = []engine.ExecutionID{}
	}
	reply := flowCancelled{CancellationPolicy: cancelled.Policy, MemberExecutionIDs: members}
	if cancelled.AlreadyTerminal {
		if reply.CancellationPolicy == "" {
			reply.CancellationPolicy = string(body.CancellationPolicy.v)
		}
		return ok(variant("Cancelled", reply))
	}
	if waits(c) {
		return a.cancelMembersNow(c.Context(), cancelled, reply)
	}
	return a.cancelMembersLater(cancelled, reply)
}

// waits tells whether the caller wants the members cancelled before the answer.
func waits(c *call) bool {
	wait := c.URL.Query().Get("wait")
	return wait == "true" || wait == "1"
}

// flowCancelRejected is worded as FlowFabric words it (spec 06 §6.21).
func flowCancelRejected(err error) error {
	var e *engine.Error
	if !errors.As(err, &e) || e.Code == "" || e.Class == engine.ClassTransport {
		return err
	}
	f := badRequest("invalid_input: ff_cancel_flow failed: " + string(e.Code))
	f.code = string(e.Code)
	return f
}

// cancelMembersNow cancels the members and tells which could not be: the cancel reconciler sees to those.
func (a *API) cancelMembersNow(ctx context.Context, flow engine.CancelledFlow, reply flowCancelled) (answer, error) {
	err := engine.CancelFlowMembers(ctx, a.Backend, flow, func(o engine.MemberOutcome) {
		if o.Err != nil && !o.Cancelled {
			reply.Failed = append(reply.Failed, o.Execution)
		}
	})
	if err != nil {
		return answer{}, err
	}
	if len(reply.Failed) > 0 {
		return ok(variant("PartiallyCancelled", reply))
	}
	return ok(variant("Cancelled", reply))
}

// cancelMembersLater cancels the members in the background, where the policy asks for it.
func (a *API) cancelMembersLater(flow engine.CancelledFlow, reply flowCancelled) (answer, error) {
	count := len(flow.Members)
	if count > 0 {
		a.background.run(func(ctx context.Context) { a.cancelMembers(ctx, flow) })
	}
	if flow.Policy != string(engine.CancelFlowAll) || count == 0 {
		return ok(variant("Cancelled", reply))
	}
	reply.MemberCount = &count
	return ok(variant("CancellationScheduled", reply))
}

func (a *API) cancelMembers(ctx context.Context, flow engine.CancelledFlow) {
	failed := 0
	var last error
	err := engine.CancelFlowMembers(ctx, a.Backend, flow, func(o engine.MemberOutcome) {
		if o.Err != nil {
			failed, last = failed+1, o.Err
		}
	})
	if err := errors.Join(err, last); err != nil {
		a.Logger.Warn("members of a cancelled flow are left to the cancel reconciler", "flow", flow.Flow, "failed", failed, "error", err)
	}
}
