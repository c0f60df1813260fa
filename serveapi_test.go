package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
)

// These tests call the API of a serve that runs on a real backend, and work on the deployment beside it, as workers do.

func createBody(id engine.ExecutionID, more string) string {
	return fmt.Sprintf(`{"execution_id":%q,"namespace":"acme","lane_id":"default","execution_kind":"resize","input_payload":[123,125],`+
		`"priority":5,"creator_identity":"ops","partition_id":%d,"now":1%s}`, id, id.Partition().Index, more)
}

func cancelBody(id engine.ExecutionID) string {
	return fmt.Sprintf(`{"execution_id":%q,"reason":"enough","now":1}`, id)
}

const claimBody = `{"lane_id":"default","worker_instance_id":"w1-i1","capabilities":["gpu"],"grant_ttl_ms":5000}`

// claimOver takes an execution of the default lane as a worker does that asks the server first (spec 03d §13.4).
func claimOver(s *served, b *valkey.Backend) *engine.Claimed {
	s.t.Helper()
	grant := into[struct {
		ExecutionID engine.ExecutionID `json:"execution_id"`
	}](s.t, s.want(200, `{"execution_id":…`, "POST", "/v1/workers/w1/claim", claimBody))
	index, err := b.ReadTotalAttemptCount(s.t.Context(), grant.ExecutionID)
	if err != nil {
		s.t.Fatal(err)
	}
	claimed, err := b.ClaimExecution(s.t.Context(), engine.ClaimExecution{
		Execution: grant.ExecutionID, Worker: "w1", WorkerInstance: "w1-i1", Lane: "default", LeaseTTL: time.Minute, ExpectedAttempt: index,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return claimed
}

func TestAnExecutionLivesOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		id := b.Partitions().NewSolo("default")
		s.want(404, `{"error":"execution not found: `+string(id)+`"}`, "GET", at(id), "")
		s.want(204, "", "POST", "/v1/workers/w1/claim", claimBody)
		s.want(201, `{"Created":{"execution_id":"`+string(id)+`","public_state":"waiting"}}`, "POST", "/v1/executions",
			createBody(id, `,"idempotency_key":"once","tags":{"team.owner":"img"},"policy":{"routing_requirements":{"required_capabilities":["gpu"]}}`))
		s.want(200, `{"Duplicate":{"execution_id":"`+string(id)+`"}}`, "POST", "/v1/executions",
			createBody(b.Partitions().NewSolo("default"), `,"idempotency_key":"once"`))
		s.want(200, `{"Changed":{"execution_id":"`+string(id)+`"}}`, "PUT", at(id)+"/priority", `{"new_priority":50}`)
		s.want(200, `{"executions":["`+string(id)+`"],"next_cursor":null}`, "GET",
			fmt.Sprintf("/v1/executions?partition=%d", id.Partition().Index), "")

		claimed := claimOver(s, b)
		s.want(200, `{"execution_id":"`+string(id)+`","namespace":"acme","lane_id":"default","priority":50,"execution_kind":"resize",`+
			`"state_vector":{"lifecycle_phase":"active",…`, "GET", at(id), "")
		s.want(404, `{"error":"execution result not found: `+string(id)+`"}`, "GET", at(id)+"/result", "")
		frame, err := b.AppendFrame(t.Context(), claimed.Handle, engine.Frame{Type: "token", Payload: []byte("hi")})
		if err != nil {
			t.Fatal(err)
		}
		s.want(200, `{"frames":[{"id":"`+frame.ID+`","fields":{…`, "GET", at(id)+"/attempts/0/stream?limit=5", "")
		if err := b.Complete(t.Context(), claimed.Handle, []byte("\x00done\xff")); err != nil {
			t.Fatal(err)
		}
		s.want(200, "\x00done\xff", "GET", at(id)+"/result", "")
		s.want(200, `"completed"`, "GET", at(id)+"/state", "")
		s.want(200, `{"frames":[],"count":0,"closed_at":…`, "GET", at(id)+"/attempts/0/stream/tail?block_ms=30000&after="+frame.ID, "")
		s.want(409, `{"error":"execution_not_active: state_conflict: ExecutionNotActive { terminal_outcome: \"success\",…`, "POST",
			at(id)+"/cancel", cancelBody(id))
		s.want(409, `{"error":"execution_not_eligible: contention: ExecutionNotEligible","kind":"contention","retryable":true}`, "PUT",
			at(id)+"/priority", `{"new_priority":1}`)
		s.want(200, `{"Replayed":{"public_state":"waiting"}}`, "POST", at(id)+"/replay", "")
		s.want(409, `{"error":"execution_not_terminal: ExecutionNotTerminal","kind":"execution_not_terminal","retryable":false}`, "POST",
			at(id)+"/replay", "")
		s.want(200, `{"Cancelled":{"execution_id":"`+string(id)+`","public_state":"cancelled"}}`, "POST", at(id)+"/cancel", cancelBody(id))
		s.within(`ff_claim_from_grant_duration_seconds_count{lane="default",otel_scope_name="ff"} 2`, "/metrics")
	})
}

func TestAnExecutionOfAnotherDeploymentIsRefusedOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s := startServe(t, url)
		const stray = engine.ExecutionID("{fp:250}:9b1c0d2e-0000-4000-8000-000000000001")
		s.want(400, `{"error":"invalid_input: partition {fp:250} is none of the deployment's 4"}`, "POST", "/v1/executions", createBody(stray, ""))
		s.want(404, `{"error":"not found: execution: partition {fp:250} is none of the deployment's 4"}`, "GET", at(stray), "")
		s.want(200, `{"executions":[],"next_cursor":null}`, "GET", "/v1/executions?partition=250", "")
	})
}

func TestALeaseIsRevokedAndTakenOverOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		id := b.Partitions().NewSolo("default")
		s.want(200, `{"AlreadySatisfied":{"reason":"no_active_lease"}}`, "POST", at(id)+"/revoke-lease", "")
		s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, ""))
		held := claimOver(s, b).Handle
		const reclaim = `{"worker_id":"w2","worker_instance_id":"w2-i1","lane_id":"default","grant_ttl_ms":30000}`
		s.want(200, `{"status":"not_reclaimable","execution_id":"`+string(id)+`","detail":"execution_not_reclaimable"}`, "POST",
			at(id)+"/reclaim", reclaim)
		s.want(200, fmt.Sprintf(`{"Revoked":{"lease_id":%q,"lease_epoch":"1"}}`, held.LeaseID), "POST", at(id)+"/revoke-lease", "")
		s.want(200, `{"AlreadySatisfied":{"reason":"already_revoked"}}`, "POST", at(id)+"/revoke-lease", "")
		s.want(200, fmt.Sprintf(`{"status":"granted","execution_id":"%s","partition_key":"%s","grant_key":"ff:exec:%s:%s:claim_grant",…`,
			id, id.Partition(), id.Partition(), id), "POST", at(id)+"/reclaim", reclaim)
		outcome, err := b.ReclaimExecution(t.Context(), engine.Reclaim{
			Execution: id, Worker: "w2", WorkerInstance: "w2-i1", Lane: "default", LeaseTTL: time.Minute,
		})
		if err != nil || outcome.Claimed == nil {
			t.Fatalf("the grant gave %+v (%v)", outcome, err)
		}
		now := outcome.Claimed.Handle
		holder := func(lease engine.LeaseID, epoch uint64) string {
			return fmt.Sprintf(`{"execution_id":%q,"reason":"mine","source":"lease_holder","lease_id":%q,"lease_epoch":%d,"now":1}`, id, lease, epoch)
		}
		s.want(409, `{"error":"stale_lease: state_conflict: StaleLease","kind":"state_conflict","retryable":false}`, "POST", at(id)+"/cancel",
			holder(held.LeaseID, held.LeaseEpoch))
		s.want(200, `{"Cancelled":…`, "POST", at(id)+"/cancel", holder(now.LeaseID, now.LeaseEpoch))
	})
}

func TestAPersonAnswersOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		id := b.Partitions().NewSolo("default")
		s.want(404, `{"error":"not found: execution"}`, "GET", at(id)+"/pending-waitpoints", "")
		s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, ""))
		held := claimOver(s, b).Handle
		waitpoint := engine.NewWaitpointID()
		_, err := b.Suspend(t.Context(), held, engine.SuspendArgs{
			SuspensionID: engine.NewSuspensionID(),
			Waitpoints:   []engine.WaitpointBinding{{ID: waitpoint, Key: "approval-7"}},
			Condition:    engine.Single("approval-7", engine.ByName("approved")),
			Reason:       engine.ReasonWaitingForApproval,
			TimeoutAt:    time.Now().Add(time.Hour), TimeoutBehavior: "fail",
		})
		if err != nil {
			t.Fatal(err)
		}
		listed := into[[]struct {
			WaitpointID         engine.WaitpointID `json:"waitpoint_id"`
			WaitpointKey        string             `json:"waitpoint_key"`
			RequiredSignalNames []string           `json:"required_signal_names"`
			TokenKid            string             `json:"token_kid"`
			TokenFingerprint    string             `json:"token_fingerprint"`
		}](t, s.want(200, `[{…`, "GET", at(id)+"/pending-waitpoints", ""))
		if len(listed) != 1 || listed[0].WaitpointID != waitpoint || listed[0].WaitpointKey != "approval-7" || listed[0].TokenKid != "k1" ||
			len(listed[0].TokenFingerprint) != 16 || !slices.Equal(listed[0].RequiredSignalNames, []string{"approved"}) {
			t.Errorf("listed %+v", listed)
		}
		token := into[struct{ Token string }](t,
			s.want(200, `{"token":"k1:…`, "GET", at(id)+"/waitpoints/"+string(waitpoint)+"/token", "")).Token
		if !strings.HasPrefix(token, "k1:"+listed[0].TokenFingerprint) {
			t.Error("the fingerprint is not the token's")
		}
		signal := func(name, token string) string {
			return fmt.Sprintf(`{"execution_id":%q,"waitpoint_id":%q,"signal_id":%q,"signal_name":%q,"signal_category":"approval",`+
				`"source_type":"user","source_identity":"ann","target_scope":"waitpoint","waitpoint_token":%q,"idempotency_key":%q,"now":1}`,
				id, waitpoint, engine.NewSignalID(), name, token, name)
		}
		s.want(400, `{"error":"invalid_token"}`, "POST", at(id)+"/signal", signal("approved", "k1:0000000000000000000000000000000000000000"))
		s.want(400, `{"error":"missing_token"}`, "POST", at(id)+"/signal", signal("approved", ""))
		s.want(200, `{"Accepted":{"signal_id":…`, "POST", at(id)+"/signal", signal("rejected", token))
		accepted := s.want(200, `{"Accepted":{"signal_id":…`, "POST", at(id)+"/signal", signal("approved", token))
		if !strings.HasSuffix(accepted, `"effect":"resume_condition_satisfied"}}`) {
			t.Errorf("it answered %s", accepted)
		}
		s.want(200, `{"Duplicate":{"existing_signal_id":…`, "POST", at(id)+"/signal", signal("approved", token))
		s.want(200, `"waiting"`, "GET", at(id)+"/state", "")
		s.want(200, `[]`, "GET", at(id)+"/pending-waitpoints", "")
		if strings.Contains(s.log.String(), token) {
			t.Error("the log holds the token")
		}
	})
}

func TestASignalToAWaitpointThatIsNotInUseYetIsKept(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		id := b.Partitions().NewSolo("default")
		s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, ""))
		issued, err := b.CreateWaitpoint(t.Context(), claimOver(s, b).Handle, "early", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		answer := s.want(200, `{"Accepted":{"signal_id":…`, "POST", at(id)+"/signal", fmt.Sprintf(`{"execution_id":%q,"waitpoint_id":%q,`+
			`"signal_id":%q,"signal_name":"go","signal_category":"c","source_type":"user","source_identity":"ann","target_scope":"waitpoint",`+
			`"waitpoint_token":%q,"now":1}`, id, issued.ID, engine.NewSignalID(), issued.Token.Reveal()))
		if !strings.HasSuffix(answer, `"effect":"buffered_for_pending_waitpoint"}}`) {
			t.Errorf("it answered %s", answer)
		}
	})
}

func TestATailOverHTTPWakesForAFrame(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		id := b.Partitions().NewSolo("default")
		s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, ""))
		held := claimOver(s, b).Handle
		answered := make(chan string, 1)
		go func() {
			_, answer := s.do("GET", at(id)+"/attempts/0/stream/tail?block_ms=30000", "")
			answered <- answer
		}()
		if _, err := b.AppendFrame(t.Context(), held, engine.Frame{Type: "token", Payload: []byte("hi")}); err != nil {
			t.Fatal(err)
		}
		if got := <-answered; !strings.Contains(got, `"payload":"hi"`) || !strings.HasSuffix(got, `"count":1}`) {
			t.Errorf("the tail gave %s", got)
		}
	})
}

func TestAGraphIsBuiltAndCancelledOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		flow := engine.NewFlowID()
		in := "/v1/flows/" + string(flow)
		create := fmt.Sprintf(`{"flow_id":%q,"flow_kind":"etl","namespace":"acme","now":1}`, flow)
		s.want(201, `{"Created":{"flow_id":"`+string(flow)+`"}}`, "POST", "/v1/flows", create)
		s.want(200, `{"AlreadySatisfied":{"flow_id":"`+string(flow)+`"}}`, "POST", "/v1/flows", create)
		first, second := b.Partitions().NewFlowMember(flow), b.Partitions().NewFlowMember(flow)
		for i, id := range []engine.ExecutionID{first, second} {
			member := fmt.Sprintf(`{"flow_id":%q,"execution_id":%q,"now":1}`, flow, id)
			s.want(404, `{"error":"execution_not_found: not found: execution"}`, "POST", in+"/members", member)
			s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, ""))
			s.want(201, fmt.Sprintf(`{"Added":{"execution_id":"%s","new_node_count":%d}}`, id, i+1), "POST", in+"/members", member)
			s.want(200, fmt.Sprintf(`{"AlreadyMember":{"execution_id":"%s","node_count":%d}}`, id, i+1), "POST", in+"/members", member)
		}
		edge := engine.NewEdgeID()
		ends := fmt.Sprintf(`"flow_id":%q,"edge_id":%q,"upstream_execution_id":%q,"downstream_execution_id":%q,"now":1`, flow, edge, first, second)
		s.want(409, `{"error":"stale_graph_revision: contention: StaleGraphRevision","kind":"contention","retryable":true}`, "POST", in+"/edges",
			`{"expected_graph_revision":1,`+ends+`}`)
		s.want(201, `{"Staged":{"edge_id":"`+string(edge)+`","new_graph_revision":3}}`, "POST", in+"/edges", `{"expected_graph_revision":2,`+ends+`}`)
		s.want(200, `{"Applied":{"unsatisfied_count":1}}`, "POST", in+"/edges/apply", `{"graph_revision":3,`+ends+`}`)
		s.want(200, `"AlreadyApplied"`, "POST", in+"/edges/apply", `{"graph_revision":3,`+ends+`}`)
		s.want(200, `"waiting_children"`, "GET", at(second)+"/state", "")

		if err := b.Complete(t.Context(), claimOver(s, b).Handle, nil); err != nil {
			t.Fatal(err)
		}
		s.within(`"waiting"`, at(second)+"/state") // the background engine resolved the edge

		cancel := fmt.Sprintf(`{"flow_id":%q,"reason":"enough","cancellation_policy":"cancel_all","now":%d}`, flow, time.Now().UnixMilli())
		cancelled := into[map[string]struct {
			CancellationPolicy string   `json:"cancellation_policy"`
			MemberExecutionIDs []string `json:"member_execution_ids"`
		}](t, s.want(200, `{"Cancelled":{…`, "POST", in+"/cancel?wait=true", cancel))
		if c := cancelled["Cancelled"]; c.CancellationPolicy != "cancel_all" || len(c.MemberExecutionIDs) != 2 {
			t.Errorf("cancelling answered %+v", cancelled) // a member that was over is no failure
		}
		s.want(200, `"cancelled"`, "GET", at(second)+"/state", "")
		s.want(200, `{"Cancelled":{"cancellation_policy":"cancel_all",…`, "POST", in+"/cancel", cancel)
		unknown := engine.NewFlowID()
		s.want(400, `{"error":"invalid_input: ff_cancel_flow failed: flow_not_found"}`, "POST", "/v1/flows/"+string(unknown)+"/cancel",
			strings.ReplaceAll(cancel, string(flow), string(unknown)))
		s.want(409, `{"error":"flow_already_terminal: FlowAlreadyTerminal","kind":"flow_already_terminal","retryable":false}`, "POST", in+"/members",
			fmt.Sprintf(`{"flow_id":%q,"execution_id":%q,"now":1}`, flow, solo(s, b.Partitions().NewFlowMember(flow))))
	})
}

func solo(s *served, id engine.ExecutionID) engine.ExecutionID {
	s.t.Helper()
	s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, ""))
	return id
}

func TestMembersOfACancelledFlowAreCancelledInTheBackground(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		flow := engine.NewFlowID()
		s.want(201, `{"Created":…`, "POST", "/v1/flows", fmt.Sprintf(`{"flow_id":%q,"flow_kind":"etl","namespace":"acme","now":1}`, flow))
		id := solo(s, b.Partitions().NewFlowMember(flow))
		s.want(201, `{"Added":…`, "POST", "/v1/flows/"+string(flow)+"/members", fmt.Sprintf(`{"flow_id":%q,"execution_id":%q,"now":1}`, flow, id))
		s.want(200, `{"CancellationScheduled":{"cancellation_policy":"cancel_all","member_count":1,"member_execution_ids":["`+string(id)+`"]}}`,
			"POST", "/v1/flows/"+string(flow)+"/cancel",
			fmt.Sprintf(`{"flow_id":%q,"reason":"enough","cancellation_policy":"cancel_all","now":%d}`, flow, time.Now().UnixMilli()))
		s.within(`"cancelled"`, at(id)+"/state")
	})
}

func TestBudgetsAndQuotasOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s := startServe(t, url)
		id := engine.NewBudgetID()
		in := "/v1/budgets/" + string(id)
		create := fmt.Sprintf(`{"budget_id":%q,"scope_type":"lane","scope_id":"main","enforcement_mode":"strict","on_hard_limit":"fail",`+
			`"on_soft_limit":"warn","reset_interval_ms":0,"dimensions":["tokens"],"hard_limits":[100],"soft_limits":[80],"now":1732300000000}`, id)
		s.want(404, `{"error":"not found: budget"}`, "GET", in, "")
		s.want(404, `{"error":"budget_not_found: not found: budget"}`, "POST", in+"/reset", "")
		s.want(201, `{"Created":{"budget_id":"`+string(id)+`"}}`, "POST", "/v1/budgets", create)
		s.want(200, `{"AlreadySatisfied":{"budget_id":"`+string(id)+`"}}`, "POST", "/v1/budgets", create)
		usage := func(n int) string {
			return fmt.Sprintf(`{"dimensions":{"tokens":%d},"now":1732300000000,"dedup_key":"r-%d"}`, n, n)
		}
		s.want(200, `"Ok"`, "POST", in+"/usage", usage(10))
		s.want(200, `"AlreadyApplied"`, "POST", in+"/usage", usage(10))
		s.want(200, `{"SoftBreach":{"dimension":"tokens","current_usage":85,"soft_limit":80}}`, "POST", in+"/usage", usage(75))
		s.want(200, `{"HardBreach":{"dimension":"tokens","current_usage":85,"hard_limit":100}}`, "POST", in+"/usage", usage(40))
		s.want(200, `{"budget_id":"`+string(id)+`","scope_type":"lane","scope_id":"main","enforcement_mode":"strict","usage":{"tokens":85},`+
			`"hard_limits":{"tokens":100},"soft_limits":{"tokens":80},"breach_count":1,…`, "GET", in, "")
		s.want(200, `{"Reset":{"next_reset_at":0}}`, "POST", in+"/reset", "")

		quota := engine.NewQuotaPolicyID()
		create = fmt.Sprintf(`{"quota_policy_id":%q,"window_seconds":60,"max_requests_per_window":100,"max_concurrent":5,"now":1732300000000}`, quota)
		s.want(201, `{"Created":{"quota_policy_id":"`+string(quota)+`"}}`, "POST", "/v1/quotas", create)
		s.want(200, `{"AlreadySatisfied":{"quota_policy_id":"`+string(quota)+`"}}`, "POST", "/v1/quotas", create)
	})
}

func TestSigningKeysAreRotatedOverHTTP(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		const rotate = `{"new_kid":"k2","new_secret_hex":"ffeeddccbbaa99887766554433221100"}`
		for range 2 { // a repeat is a success
			s.want(200, `{"rotated":4,"failed":[],"new_kid":"k2"}`, "POST", "/v1/admin/rotate-waitpoint-secret", rotate)
		}
		s.want(400, `{"error":"rotation failed on all partitions (check Valkey connectivity)"}`, "POST", "/v1/admin/rotate-waitpoint-secret",
			strings.Replace(rotate, "ffee", "0000", 1))
		kids, err := b.ListSecretKids(t.Context(), engine.Partition{Family: engine.FamilyFlow, Index: 3})
		if err != nil || len(kids) != 2 || !kids[0].Current || kids[0].Kid != "k2" {
			t.Errorf("the keys are %+v (%v)", kids, err)
		}
		if strings.Contains(s.log.String(), "ffeeddcc") {
			t.Error("the log holds the key")
		}
	})
}

func TestWorkThatABudgetHoldsBackIsCounted(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, url string) {
		s, b := startServe(t, url), connectTo(t, url)
		budget := engine.NewBudgetID()
		s.want(201, `{"Created":…`, "POST", "/v1/budgets", fmt.Sprintf(`{"budget_id":%q,"scope_type":"lane","scope_id":"main",`+
			`"enforcement_mode":"strict","on_hard_limit":"fail","on_soft_limit":"warn","reset_interval_ms":0,"dimensions":["tokens"],`+
			`"hard_limits":[10],"soft_limits":[0],"now":1}`, budget))
		s.want(200, `"Ok"`, "POST", "/v1/budgets/"+string(budget)+"/usage", `{"dimensions":{"tokens":10},"now":1}`)
		id := b.Partitions().NewSolo("default")
		s.want(201, `{"Created":…`, "POST", "/v1/executions", createBody(id, fmt.Sprintf(`,"policy":{"budget_ids":[%q]}`, budget)))
		s.want(204, "", "POST", "/v1/workers/w1/claim", claimBody)
		s.within(`ff_budget_hit_total{dimension="tokens",otel_scope_name="ff"} 1`, "/metrics")
		s.want(200, `"rate_limited"`, "GET", at(id)+"/state", "")
	})
}

func TestAClientThatHangsUpEndsItsTail(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, address string) {
		s, b := startServe(t, address, "--max-stream-ops", "1"), connectTo(t, address)
		id := b.Partitions().NewSolo("default")
		ctx, hangUp := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for ctx.Err() == nil {
				s.tailUntil(ctx, at(id)+"/attempts/0/stream/tail?"+url.Values{"block_ms": {"30000"}}.Encode())
			}
		}()
		s.within("too many concurrent stream_ops", at(id)+"/attempts/0/stream")
		hangUp()
		<-gone
		s.within(`{"frames":[],"count":0}`, at(id)+"/attempts/0/stream")
		s.within(`path="/v1/executions/{id}/attempts/{idx}/stream/tail",status="499"}`, "/metrics")
	})
}
