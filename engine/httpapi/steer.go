package httpapi

import (
	"context"
	"strconv"

	"ffboard/engine"
)

type cancelExecutionBody struct {
	ExecutionID must[engine.ExecutionID] `json:"execution_id"`
	Reason      must[string]             `json:"reason"`
	Source      engine.CancelSource      `json:"source"`
	LeaseID     *engine.LeaseID          `json:"lease_id"`
	LeaseEpoch  *uint64                  `json:"lease_epoch"`
	Now         must[int64]              `json:"now"`
}

// cancelExecution is POST /v1/executions/{id}/cancel (spec 06 §6.10).
func (a *API) cancelExecution(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[cancelExecutionBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := sameID("execution_id", id, body.ExecutionID.v); err != nil {
		return answer{}, err
	}
	if body.LeaseID != nil && body.Source != "" && body.Source != engine.CancelByOperator {
		err = a.cancelHeld(c.Context(), id, body)
	} else {
		_, err = a.Backend.CancelExecution(c.Context(), id, body.Reason.v, body.Source)
	}
	if err != nil {
		return answer{}, err
	}
	return ok(variant("Cancelled", executionState{id, engine.StateCancelled}))
}

// cancelHeld cancels as the holder of a lease: whether it is held still is for the transition itself to find out.
func (a *API) cancelHeld(ctx context.Context, id engine.ExecutionID, body cancelExecutionBody) error {
	e, err := a.Backend.DescribeExecution(ctx, id)
	if err != nil {
		return err
	}
	if e == nil {
		return engine.NotFound("cancel_execution", "execution", string(id))
	}
	held := engine.Handle{ExecutionID: id, Lane: e.Lane, LeaseID: *body.LeaseID}
	if body.LeaseEpoch != nil {
		held.LeaseEpoch = *body.LeaseEpoch
	}
	if e.Attempt != nil {
		held.AttemptIndex, held.AttemptID = e.Attempt.Index, e.Attempt.ID
	}
	if e.Lease != nil {
		held.WorkerInstance = e.Lease.WorkerInstance
	}
	return a.Backend.Cancel(ctx, held, body.Reason.v)
}

type priorityBody struct {
	NewPriority must[int32] `json:"new_priority"`
}

// changePriority is PUT /v1/executions/{id}/priority (spec 06 §6.12).
func (a *API) changePriority(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[priorityBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := a.Backend.ChangePriority(c.Context(), id, int(body.NewPriority.v)); err != nil {
		return answer{}, err
	}
	return ok(variant("Changed", executionRef{id}))
}

type stateRef struct {
	PublicState engine.PublicState `json:"public_state"`
}

// replayExecution is POST /v1/executions/{id}/replay (spec 06 §6.13).
func (a *API) replayExecution(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	state, err := a.Backend.ReplayExecution(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(variant("Replayed", stateRef{state}))
}

const revokeReason = "operator_revoke"

type revokedLease struct {
	LeaseID    string `json:"lease_id"`
	LeaseEpoch string `json:"lease_epoch"`
}

type reasonRef struct {
	Reason string `json:"reason"`
}

// revokeLease is POST /v1/executions/{id}/revoke-lease (spec 06 §6.14). What is revoked is the lease that was read: another that came
// to be in between is a rejection.
func (a *API) revokeLease(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	held, err := a.Backend.ReadCoreFields(c.Context(), id, leaseFields...)
	if err != nil {
		return answer{}, err
	}
	if held["current_worker_instance_id"] == "" {
		return ok(variant("AlreadySatisfied", reasonRef{string(engine.CodeNoActiveLease)}))
	}
	revoked, err := a.Backend.RevokeLease(c.Context(), id, engine.LeaseID(held["current_lease_id"]), revokeReason)
	if err != nil {
		return answer{}, err
	}
	if revoked {
		return ok(variant("Revoked", revokedLease{held["current_lease_id"], orZero(held["current_lease_epoch"])}))
	}
	held, err = a.Backend.ReadCoreFields(c.Context(), id, leaseFields...)
	if err != nil {
		return answer{}, err
	}
	return ok(variant("AlreadySatisfied", reasonRef{whyNotRevoked(engine.OwnershipState(held["ownership_state"]))}))
}

var leaseFields = []string{"current_worker_instance_id", "current_lease_id", "current_lease_epoch", "ownership_state"}

func whyNotRevoked(owner engine.OwnershipState) string {
	switch owner {
	case engine.OwnerRevoked:
		return "already_revoked"
	case engine.OwnerExpired:
		return "already_expired"
	default:
		return string(engine.CodeNoActiveLease)
	}
}

func orZero(number string) string {
	if _, err := strconv.ParseUint(number, 10, 64); err != nil {
		return "0"
	}
	return number
}
