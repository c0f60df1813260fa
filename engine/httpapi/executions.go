package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"ffboard/engine"
)

const (
	defaultListLimit = 50
	mostListed       = 1000
)

type executionList struct {
	Executions []engine.ExecutionID `json:"executions"`
	NextCursor *engine.ExecutionID  `json:"next_cursor"`
}

// listExecutions is GET /v1/executions (spec 06 §6.3).
func (a *API) listExecutions(c *call) (answer, error) {
	q := c.query()
	if !q.values.Has("partition") {
		q.refuse("missing field partition")
	}
	index := q.number("partition", 16, 0)
	limit := min(q.number("limit", 64, defaultListLimit), mostListed)
	if q.err != nil {
		return answer{}, q.err
	}
	after := engine.ExecutionID(q.values.Get("cursor"))
	if after != "" {
		if _, err := engine.ParseExecutionID(string(after)); err != nil {
			return answer{}, badRequest("invalid cursor: " + err.Error())
		}
	}
	partition := engine.Partition{Family: engine.FamilyFlow, Index: uint16(index)}
	list := executionList{Executions: []engine.ExecutionID{}}
	if limit == 0 || !a.Backend.Partitions().Contains(partition) {
		return ok(list)
	}
	// A member that is no id is left out: one of them must not hide the others from a client that reads ids. It can be no
	// cursor either, so a page goes on until it has what was asked for.
	for {
		room := int(limit) - len(list.Executions)
		page, err := a.Backend.ListExecutions(c.Context(), partition, after, room)
		if err != nil {
			return answer{}, err
		}
		for _, id := range page.Items {
			if _, err := engine.ParseExecutionID(string(id)); err != nil {
				a.Logger.Warn("the list of executions has a member that is no id", "partition", partition.Tag())
				continue
			}
			list.Executions = append(list.Executions, id)
		}
		switch {
		case page.Next == "":
			return ok(list)
		case len(list.Executions) == int(limit):
			list.NextCursor = &list.Executions[limit-1]
			return ok(list)
		}
		after = page.Next
	}
}

type createExecutionBody struct {
	ExecutionID         must[engine.ExecutionID] `json:"execution_id"`
	Namespace           must[engine.Namespace]   `json:"namespace"`
	LaneID              must[engine.LaneID]      `json:"lane_id"`
	ExecutionKind       must[string]             `json:"execution_kind"`
	InputPayload        must[octets]             `json:"input_payload"`
	Priority            must[int32]              `json:"priority"`
	CreatorIdentity     must[string]             `json:"creator_identity"`
	IdempotencyKey      string                   `json:"idempotency_key"`
	Tags                map[string]string        `json:"tags"`
	Policy              *engine.ExecutionPolicy  `json:"policy"`
	DelayUntil          *int64                   `json:"delay_until"`
	ExecutionDeadlineAt *int64                   `json:"execution_deadline_at"`
	PartitionID         must[uint16]             `json:"partition_id"`
	Now                 must[int64]              `json:"now"`
}

// createExecution is POST /v1/executions (spec 06 §6.4). partition_id and now are asked for and not used: the id names the partition,
// and the server has a clock.
func (a *API) createExecution(c *call) (answer, error) {
	body, err := decodeBody[createExecutionBody](c)
	if err != nil {
		return answer{}, err
	}
	made, err := a.Backend.CreateExecution(c.Context(), engine.CreateExecution{
		ID:              body.ExecutionID.v,
		Namespace:       body.Namespace.v,
		Lane:            body.LaneID.v,
		Kind:            body.ExecutionKind.v,
		Payload:         body.InputPayload.v,
		Priority:        int(body.Priority.v),
		CreatorIdentity: body.CreatorIdentity.v,
		IdempotencyKey:  body.IdempotencyKey,
		Tags:            body.Tags,
		Policy:          body.Policy,
		DelayUntil:      millis(body.DelayUntil),
		Deadline:        millis(body.ExecutionDeadlineAt),
	})
	if err != nil {
		return answer{}, err
	}
	if made.Duplicate {
		return ok(variant("Duplicate", executionRef{made.ID}))
	}
	return answer{status: http.StatusCreated, body: variant("Created", executionState{made.ID, made.State})}, nil
}

type executionRef struct {
	ExecutionID engine.ExecutionID `json:"execution_id"`
}

type executionState struct {
	ExecutionID engine.ExecutionID `json:"execution_id"`
	PublicState engine.PublicState `json:"public_state"`
}

// executionBody has its times as text (spec 06 §6.5).
type executionBody struct {
	ExecutionID         engine.ExecutionID `json:"execution_id"`
	Namespace           engine.Namespace   `json:"namespace"`
	LaneID              engine.LaneID      `json:"lane_id"`
	Priority            int                `json:"priority"`
	ExecutionKind       string             `json:"execution_kind"`
	StateVector         engine.StateVector `json:"state_vector"`
	PublicState         engine.PublicState `json:"public_state"`
	CreatedAt           string             `json:"created_at"`
	StartedAt           string             `json:"started_at,omitempty"`
	CompletedAt         string             `json:"completed_at,omitempty"`
	CurrentAttemptIndex uint32             `json:"current_attempt_index"`
	FlowID              *engine.FlowID     `json:"flow_id"`
	BlockingDetail      string             `json:"blocking_detail"`
}

// readExecution is GET /v1/executions/{id} (spec 06 §6.5).
func (a *API) readExecution(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	e, err := a.Backend.DescribeExecution(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	if e == nil {
		return answer{}, noExecution(id)
	}
	if err := checkWords(e.State); err != nil {
		return answer{}, err
	}
	body := executionBody{
		ExecutionID:    e.ID,
		Namespace:      e.Namespace,
		LaneID:         e.Lane,
		Priority:       e.Priority,
		ExecutionKind:  e.Kind,
		StateVector:    e.State,
		PublicState:    e.State.Public,
		CreatedAt:      stamp(e.CreatedAt),
		StartedAt:      stamp(e.StartedAt),
		CompletedAt:    stamp(e.CompletedAt),
		BlockingDetail: e.BlockingDetail,
	}
	switch {
	case e.Attempt != nil:
		body.CurrentAttemptIndex = e.Attempt.Index
	case e.TotalAttempts > 0: // it failed and is to be retried: the last one stands
		body.CurrentAttemptIndex = uint32(e.TotalAttempts - 1)
	}
	if e.FlowID != "" {
		body.FlowID = &e.FlowID
	}
	return ok(body)
}

// checkWords refuses a record whose state nobody knows the word for: a client reads these as enumerations.
func checkWords(v engine.StateVector) error {
	for _, word := range []struct {
		field, value string
		valid        bool
	}{
		{"lifecycle_phase", string(v.Phase), v.Phase.Valid()},
		{"ownership_state", string(v.Ownership), v.Ownership.Valid()},
		{"eligibility_state", string(v.Eligibility), v.Eligibility.Valid()},
		{"blocking_reason", string(v.Blocking), v.Blocking.Valid()},
		{"terminal_outcome", string(v.Outcome), v.Outcome.Valid()},
		{"attempt_state", string(v.Attempt), v.Attempt.Valid()},
		{"public_state", string(v.Public), v.Public.Valid()},
	} {
		if !word.valid {
			return badRequest("invalid_input: invalid " + word.field + " '" + word.value + "': unknown word")
		}
	}
	return nil
}

// stamp is a time as text; "" for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// readState is GET /v1/executions/{id}/state (spec 06 §6.6).
func (a *API) readState(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	state, err := a.Backend.ReadExecutionState(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	if state == "" {
		return answer{}, noExecution(id)
	}
	return ok(state)
}

// readResult is GET /v1/executions/{id}/result (spec 06 §6.9).
func (a *API) readResult(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	result, err := a.Backend.ExecutionResult(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	if result == nil {
		return answer{}, notFound("execution result not found: " + string(id))
	}
	return answer{status: http.StatusOK, raw: result}, nil
}

func noExecution(id engine.ExecutionID) *failure {
	return notFound("execution not found: " + string(id))
}
