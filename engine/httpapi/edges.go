package httpapi

import (
	"net/http"
	"time"

	"ffboard/engine"
)

type stageEdgeBody struct {
	FlowID                must[engine.FlowID]      `json:"flow_id"`
	EdgeID                must[engine.EdgeID]      `json:"edge_id"`
	UpstreamExecutionID   must[engine.ExecutionID] `json:"upstream_execution_id"`
	DownstreamExecutionID must[engine.ExecutionID] `json:"downstream_execution_id"`
	DependencyKind        string                   `json:"dependency_kind"`
	DataPassingRef        string                   `json:"data_passing_ref"`
	ExpectedGraphRevision must[uint64]             `json:"expected_graph_revision"`
	Now                   must[int64]              `json:"now"`
}

type edgeStaged struct {
	EdgeID           engine.EdgeID `json:"edge_id"`
	NewGraphRevision uint64        `json:"new_graph_revision"`
}

// stageEdge is POST /v1/flows/{id}/edges (spec 06 §6.22).
func (a *API) stageEdge(c *call) (answer, error) {
	flow, err := c.flow()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[stageEdgeBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := sameID("flow_id", flow, body.FlowID.v); err != nil {
		return answer{}, err
	}
	revision, err := a.Backend.StageDependencyEdge(c.Context(), engine.StageEdge{
		Flow:             flow,
		Edge:             body.EdgeID.v,
		Upstream:         body.UpstreamExecutionID.v,
		Downstream:       body.DownstreamExecutionID.v,
		Kind:             body.DependencyKind,
		DataPassingRef:   body.DataPassingRef,
		ExpectedRevision: body.ExpectedGraphRevision.v,
		Now:              time.UnixMilli(body.Now.v),
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: variant("Staged", edgeStaged{body.EdgeID.v, revision})}, nil
}

type applyEdgeBody struct {
	FlowID                must[engine.FlowID]      `json:"flow_id"`
	EdgeID                must[engine.EdgeID]      `json:"edge_id"`
	DownstreamExecutionID must[engine.ExecutionID] `json:"downstream_execution_id"`
	UpstreamExecutionID   must[engine.ExecutionID] `json:"upstream_execution_id"`
	GraphRevision         must[uint64]             `json:"graph_revision"`
	DependencyKind        string                   `json:"dependency_kind"`
	DataPassingRef        string                   `json:"data_passing_ref"`
	Now                   must[int64]              `json:"now"`
}

type edgeApplied struct {
	UnsatisfiedCount int `json:"unsatisfied_count"`
}

// applyEdge is POST /v1/flows/{id}/edges/apply (spec 06 §6.23).
func (a *API) applyEdge(c *call) (answer, error) {
	flow, err := c.flow()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[applyEdgeBody](c)
	if err != nil {
		return answer{}, err
	}
	if err := sameID("flow_id", flow, body.FlowID.v); err != nil {
		return answer{}, err
	}
	unsatisfied, applied, err := a.Backend.ApplyDependencyToChild(c.Context(), engine.ApplyEdge{
		Flow:           flow,
		Edge:           body.EdgeID.v,
		Upstream:       body.UpstreamExecutionID.v,
		Downstream:     body.DownstreamExecutionID.v,
		GraphRevision:  body.GraphRevision.v,
		Kind:           body.DependencyKind,
		DataPassingRef: body.DataPassingRef,
		Now:            time.UnixMilli(body.Now.v),
	})
	if err != nil {
		return answer{}, err
	}
	if !applied {
		return ok("AlreadyApplied")
	}
	return ok(variant("Applied", edgeApplied{unsatisfied}))
}
