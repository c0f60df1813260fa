package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ffboard/engine"
	"ffboard/engine/scheduler"
)

const (
	maxGrantTTLMS       = 60_000
	maxCapabilityTokens = 256
	maxCapabilityBytes  = 4096
)

type claimBody struct {
	LaneID           must[string] `json:"lane_id"`
	WorkerInstanceID must[string] `json:"worker_instance_id"`
	Capabilities     []string     `json:"capabilities"`
	GrantTTLMS       must[uint64] `json:"grant_ttl_ms"`
}

type grantBody struct {
	ExecutionID  engine.ExecutionID `json:"execution_id"`
	PartitionKey string             `json:"partition_key"`
	GrantKey     string             `json:"grant_key"`
	ExpiresAtMS  int64              `json:"expires_at_ms"`
}

// claimForWorker is POST /v1/workers/{worker_id}/claim (spec 06 §6.16, 03d §8).
func (a *API) claimForWorker(c *call) (answer, error) {
	body, err := decodeBody[claimBody](c)
	if err != nil {
		return answer{}, err
	}
	worker := c.PathValue("worker_id")
	lane, err := checkGrantRequest(worker, body.WorkerInstanceID.v, body.LaneID.v, body.GrantTTLMS.v)
	if err != nil {
		return answer{}, err
	}
	if err := checkCapabilities(body.Capabilities); err != nil {
		return answer{}, err
	}
	if a.Scheduler == nil {
		return answer{}, unavailable("claim_for_worker (no scheduler)")
	}
	grant, err := a.Scheduler.ClaimForWorker(c.Context(), scheduler.Request{
		Lane:           lane,
		Worker:         engine.WorkerID(worker),
		WorkerInstance: engine.WorkerInstanceID(body.WorkerInstanceID.v),
		Capabilities:   body.Capabilities,
		TTL:            duration(body.GrantTTLMS.v),
	})
	if err != nil {
		return answer{}, err
	}
	if grant == nil {
		return answer{status: http.StatusNoContent}, nil
	}
	return ok(grantBody{grant.Execution, grant.Partition.Tag(), grant.Key, grant.ExpiresAt.UnixMilli()})
}

// checkGrantRequest checks what asks for a grant, in the order of spec 06 §6.15.
func checkGrantRequest(worker, instance, lane string, ttlMS uint64) (engine.LaneID, error) {
	if err := checkWorkerName("worker_id", worker); err != nil {
		return "", err
	}
	if err := checkWorkerName("worker_instance_id", instance); err != nil {
		return "", err
	}
	id, err := engine.ParseLaneID(lane)
	if err != nil {
		return "", badID(err)
	}
	if ttlMS < 1 || ttlMS > maxGrantTTLMS {
		return "", badRequest("grant_ttl_ms must be in 1..=60000")
	}
	return id, nil
}

// checkCapabilities holds a worker's capabilities to the rule of spec 03d §8.1, in its words.
func checkCapabilities(tokens []string) error {
	sorted := slices.Sorted(slices.Values(tokens))
	sorted = slices.Compact(sorted)
	for _, token := range sorted {
		switch {
		case token == "":
			return badRequest("invalid_input: capability token must not be empty")
		case strings.Contains(token, ","):
			return badRequest("invalid_input: capability token may not contain ',' (CSV delimiter): " + strconv.Quote(token))
		case strings.ContainsFunc(token, unicode.IsSpace), strings.ContainsFunc(token, unicode.IsControl):
			return badRequest("invalid_input: capability token must not contain whitespace or control characters: " + strconv.Quote(token))
		}
	}
	if len(sorted) > maxCapabilityTokens {
		return badRequest("invalid_input: capability set exceeds CAPS_MAX_TOKENS (256): " + strconv.Itoa(len(sorted)))
	}
	if n := len(strings.Join(sorted, ",")); n > maxCapabilityBytes {
		return badRequest("invalid_input: capability CSV exceeds CAPS_MAX_BYTES (4096): " + strconv.Itoa(n))
	}
	return nil
}

type reclaimBody struct {
	WorkerID           must[string] `json:"worker_id"`
	WorkerInstanceID   must[string] `json:"worker_instance_id"`
	LaneID             must[string] `json:"lane_id"`
	GrantTTLMS         must[uint64] `json:"grant_ttl_ms"`
	CapabilityHash     string       `json:"capability_hash"`
	RouteSnapshotJSON  string       `json:"route_snapshot_json"`
	AdmissionSummary   string       `json:"admission_summary"`
	WorkerCapabilities []string     `json:"worker_capabilities"`
}

// The answers to a reclaim request are told apart by status (spec 06 §6.15). FlowFabric also knows reclaim_cap_exceeded, which comes
// when the grant is used.
type (
	reclaimGranted struct {
		Status string `json:"status"`
		grantBody
		LaneID engine.LaneID `json:"lane_id"`
	}
	notReclaimable struct {
		Status      string             `json:"status"`
		ExecutionID engine.ExecutionID `json:"execution_id"`
		Detail      string             `json:"detail"`
	}
)

// issueReclaimGrant is POST /v1/executions/{id}/reclaim (spec 06 §6.15).
func (a *API) issueReclaimGrant(c *call) (answer, error) {
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[reclaimBody](c)
	if err != nil {
		return answer{}, err
	}
	lane, err := checkGrantRequest(body.WorkerID.v, body.WorkerInstanceID.v, body.LaneID.v, body.GrantTTLMS.v)
	if err != nil {
		return answer{}, err
	}
	if err := checkCapabilities(body.WorkerCapabilities); err != nil {
		return answer{}, err
	}
	grant, reason, err := a.Backend.IssueReclaimGrant(c.Context(), engine.IssueGrant{
		Execution:        id,
		Lane:             lane,
		Worker:           engine.WorkerID(body.WorkerID.v),
		WorkerInstance:   engine.WorkerInstanceID(body.WorkerInstanceID.v),
		Capabilities:     body.WorkerCapabilities,
		CapabilityHash:   body.CapabilityHash,
		RouteSnapshot:    body.RouteSnapshotJSON,
		AdmissionSummary: body.AdmissionSummary,
		TTL:              duration(body.GrantTTLMS.v),
	})
	if err != nil {
		return answer{}, err
	}
	if grant == nil {
		return ok(notReclaimable{"not_reclaimable", id, reason})
	}
	return ok(reclaimGranted{
		Status:    "granted",
		grantBody: grantBody{grant.Execution, grant.Partition.Tag(), grant.Key, grant.ExpiresAt.UnixMilli()},
		LaneID:    grant.Lane,
	})
}

// duration is a number of milliseconds of the wire; one beyond what a duration can hold is the longest.
func duration(ms uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(time.Millisecond)
	return time.Duration(min(ms, most)) * time.Millisecond
}
