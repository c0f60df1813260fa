package httpapi_test

import (
	"testing"

	"ffboard/engine"
)

// The bodies are the spec's own examples, or follow from its tables (spec 06 §6).
func TestAnswersHaveTheShapesOfTheSpec(t *testing.T) {
	const create = `{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","namespace":"acme","lane_id":"default",` +
		`"execution_kind":"resize","input_payload":[123,125],"priority":5,"creator_identity":"ops","tags":{"team.owner":"img"},` +
		`"partition_id":7,"now":1760000000000}`
	const cancel = `{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","reason":"enough","now":1}`
	const signal = `{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","waitpoint_id":"3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e",` +
		`"signal_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e","signal_name":"approved","signal_category":"approval","source_type":"user",` +
		`"source_identity":"ann","target_scope":"waitpoint","waitpoint_token":"k1:aa","now":1,"payload":[255,0]}`
	const claim = `{"lane_id":"main","worker_instance_id":"w1-i1","capabilities":["gpu"],"grant_ttl_ms":5000}`
	const reclaim = `{"worker_id":"w1","worker_instance_id":"w1-i2","lane_id":"main","grant_ttl_ms":30000,"worker_capabilities":["gpu"]}`
	const member = `{"flow_id":"7f1d2c3b-1a2b-4c3d-8e4f-5a6b7c8d9e0f","execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","now":1}`
	const newFlow = `{"flow_id":"7F1D2C3B1A2B4C3D8E4F5A6B7C8D9E0F","flow_kind":"etl","namespace":"acme","now":1}`
	const stage = `{"flow_id":"7f1d2c3b-1a2b-4c3d-8e4f-5a6b7c8d9e0f","edge_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e",` +
		`"upstream_execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10",` +
		`"downstream_execution_id":"{fp:7}:9b1c0d2e-0000-4000-8000-000000000001","expected_graph_revision":4,"graph_revision":5,"now":1}`
	const newBudget = `{"budget_id":"6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","scope_type":"lane","scope_id":"main",` +
		`"enforcement_mode":"strict","on_hard_limit":"fail","on_soft_limit":"warn","reset_interval_ms":3600000,` +
		`"dimensions":["tokens"],"hard_limits":[100],"soft_limits":[80],"now":1732300000000}`
	const usage = `{"dimensions":{"tokens":10},"now":1732300000000,"dedup_key":"r-1"}`
	const quota = `{"quota_policy_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e","window_seconds":60,"max_requests_per_window":100,` +
		`"max_concurrent":5,"now":1732300000000}`
	const rotate = `{"new_kid":"k2","new_secret_hex":"0011"}`

	for _, c := range []struct {
		name           string
		method, target string
		body           string
		give           func(*backend)
		status         int
		want           string
	}{
		{"health", "GET", "/healthz", "", func(*backend) {}, 200, `{"status":"ok"}`},
		{"a page of executions with more to come", "GET", "/v1/executions?partition=7&limit=1", "",
			func(b *backend) { b.members = []engine.ExecutionID{execution, other} }, 200,
			`{"executions":["{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"],"next_cursor":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}`},
		{"the last page of executions", "GET", "/v1/executions?partition=7&cursor=%7Bfp:7%7D:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10", "",
			func(b *backend) { b.members = []engine.ExecutionID{execution, other} }, 200,
			`{"executions":["{fp:7}:9b1c0d2e-0000-4000-8000-000000000001"],"next_cursor":null}`},
		{"executions of a partition that is none", "GET", "/v1/executions?partition=256", "",
			func(b *backend) { b.members = []engine.ExecutionID{execution} }, 200, `{"executions":[],"next_cursor":null}`},
		{"no executions asked for", "GET", "/v1/executions?partition=7&limit=0", "",
			func(b *backend) { b.members = []engine.ExecutionID{execution} }, 200, `{"executions":[],"next_cursor":null}`},
		{"an execution created", "POST", "/v1/executions", create,
			func(b *backend) { b.created = engine.Created{ID: execution, State: engine.StateWaiting} }, 201,
			`{"Created":{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","public_state":"waiting"}}`},
		{"an execution that was there", "POST", "/v1/executions", create,
			func(b *backend) { b.created = engine.Created{ID: other, Duplicate: true} }, 200,
			`{"Duplicate":{"execution_id":"{fp:7}:9b1c0d2e-0000-4000-8000-000000000001"}}`},
		{"an execution at work", "GET", path, "", giveActive, 200,
			`{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","namespace":"acme","lane_id":"default","priority":5,` +
				`"execution_kind":"resize","state_vector":{"lifecycle_phase":"active","ownership_state":"leased",` +
				`"eligibility_state":"not_applicable","blocking_reason":"none","terminal_outcome":"none",` +
				`"attempt_state":"running_attempt","public_state":"active"},"public_state":"active","created_at":"1760000000123",` +
				`"started_at":"1760000001000","current_attempt_index":0,"flow_id":null,"blocking_detail":""}`},
		{"a state", "GET", path + "/state", "", func(b *backend) { b.state = engine.StateWaiting }, 200, `"waiting"`},
		{"a result, byte for byte", "GET", path + "/result", "", func(b *backend) { b.result = []byte{0xff, 0, '"'} }, 200, "\xff\x00\""},
		{"an empty result", "GET", path + "/result", "", func(b *backend) { b.result = []byte{} }, 200, ""},
		{"open waitpoints", "GET", path + "/pending-waitpoints", "", giveWaitpoints, 200,
			`[{"waitpoint_id":"3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e","waitpoint_key":"approval-7","state":"active",` +
				`"required_signal_names":["approved"],"created_at":1760000000000,"activated_at":1760000000000,` +
				`"expires_at":1760003600000,"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","token_kid":"k1",` +
				`"token_fingerprint":"9f2a6c01d4e7b833"},{"waitpoint_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e","waitpoint_key":"any",` +
				`"state":"pending","required_signal_names":[],"created_at":1760000000000,` +
				`"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","token_kid":"k1","token_fingerprint":"00"}]`},
		{"no open waitpoints", "GET", path + "/pending-waitpoints", "", func(*backend) {}, 200, `[]`},
		{"a token", "GET", path + "/waitpoints/3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e/token", "",
			func(b *backend) { b.token = "k1:4be1" }, 200, `{"token":"k1:4be1"}`},
		{"an execution cancelled", "POST", path + "/cancel", cancel, func(*backend) {}, 200,
			`{"Cancelled":{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","public_state":"cancelled"}}`},
		{"a signal accepted", "POST", path + "/signal", signal,
			func(b *backend) {
				b.signal = engine.SignalOutcome{ID: engine.SignalID(edge), Effect: engine.EffectResumed}
			}, 200,
			`{"Accepted":{"signal_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e","effect":"resume_condition_satisfied"}}`},
		{"a signal that was there", "POST", path + "/signal", signal,
			func(b *backend) { b.signal = engine.SignalOutcome{ID: engine.SignalID(edge), Duplicate: true} }, 200,
			`{"Duplicate":{"existing_signal_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e"}}`},
		{"a priority changed", "PUT", path + "/priority", `{"new_priority":50}`, func(*backend) {}, 200,
			`{"Changed":{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}}`},
		{"a replay", "POST", path + "/replay", "", func(b *backend) { b.state = engine.StateWaitingChildren }, 200,
			`{"Replayed":{"public_state":"waiting_children"}}`},
		{"a lease revoked", "POST", path + "/revoke-lease", "", func(b *backend) { giveLease(b, true) }, 200,
			`{"Revoked":{"lease_id":"4f0c1d52-0c1e-4a53-9a55-0d7a2f7b9c11","lease_epoch":"3"}}`},
		{"a lease that nobody has", "POST", path + "/revoke-lease", "", func(b *backend) { b.core = []map[string]string{{}} }, 200,
			`{"AlreadySatisfied":{"reason":"no_active_lease"}}`},
		{"a lease that was revoked before", "POST", path + "/revoke-lease", "",
			func(b *backend) {
				giveLease(b, false)
				b.core[1]["ownership_state"] = "lease_revoked"
			}, 200, `{"AlreadySatisfied":{"reason":"already_revoked"}}`},
		{"a lease that has expired", "POST", path + "/revoke-lease", "",
			func(b *backend) {
				giveLease(b, false)
				b.core[1]["ownership_state"] = "lease_expired_reclaimable"
			}, 200, `{"AlreadySatisfied":{"reason":"already_expired"}}`},
		{"a claim", "POST", "/v1/workers/w1/claim", claim, giveGrant, 200,
			`{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","partition_key":"{fp:7}",` +
				`"grant_key":"ff:exec:{fp:7}:{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10:claim_grant","expires_at_ms":1732300005000}`},
		{"a claim that found nothing", "POST", "/v1/workers/w1/claim", claim, func(*backend) {}, 204, ""},
		{"a reclaim granted", "POST", path + "/reclaim", reclaim, giveGrant, 200,
			`{"status":"granted","execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","partition_key":"{fp:7}",` +
				`"grant_key":"ff:exec:{fp:7}:{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10:claim_grant","expires_at_ms":1732300005000,` +
				`"lane_id":"main"}`},
		{"nothing to reclaim", "POST", path + "/reclaim", reclaim, func(b *backend) { b.reason = "capability_mismatch: gpu" }, 200,
			`{"status":"not_reclaimable","execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","detail":"capability_mismatch: gpu"}`},
		{"frames of an open stream", "GET", path + "/attempts/0/stream", "", giveFrames, 200,
			`{"frames":[{"id":"1760000000000-0","fields":{"encoding":"utf8","frame_type":"token","mode":"durable","payload":"hi",` +
				`"source":"worker","ts":"1760000000001"}}],"count":1}`},
		{"the end of a stream", "GET", path + "/attempts/0/stream/tail?after=1760000000000-0", "",
			func(b *backend) {
				b.page = engine.StreamPage{ClosedAt: at(1700000009000), ClosedReason: "attempt_success"}
			}, 200,
			`{"frames":[],"count":0,"closed_at":1700000009000,"closed_reason":"attempt_success"}`},
		{"a flow created", "POST", "/v1/flows", newFlow, func(b *backend) { b.isNew = true }, 201,
			`{"Created":{"flow_id":"7f1d2c3b-1a2b-4c3d-8e4f-5a6b7c8d9e0f"}}`},
		{"a flow that was there", "POST", "/v1/flows", newFlow, func(*backend) {}, 200,
			`{"AlreadySatisfied":{"flow_id":"7f1d2c3b-1a2b-4c3d-8e4f-5a6b7c8d9e0f"}}`},
		{"a member added", "POST", "/v1/flows/" + string(flow) + "/members", member,
			func(b *backend) { b.isNew, b.count = true, 4 }, 201,
			`{"Added":{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","new_node_count":4}}`},
		{"a member that was one", "POST", "/v1/flows/" + string(flow) + "/members", member, func(b *backend) { b.count = 4 }, 200,
			`{"AlreadyMember":{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","node_count":4}}`},
		{"an edge staged", "POST", "/v1/flows/" + string(flow) + "/edges", stage, func(b *backend) { b.revision = 5 }, 201,
			`{"Staged":{"edge_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e","new_graph_revision":5}}`},
		{"an edge applied", "POST", "/v1/flows/" + string(flow) + "/edges/apply", stage,
			func(b *backend) { b.isNew, b.count = true, 1 }, 200, `{"Applied":{"unsatisfied_count":1}}`},
		{"an edge that was applied before", "POST", "/v1/flows/" + string(flow) + "/edges/apply", stage, func(*backend) {}, 200,
			`"AlreadyApplied"`},
		{"a budget created", "POST", "/v1/budgets", newBudget, func(b *backend) { b.isNew = true }, 201,
			`{"Created":{"budget_id":"6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}}`},
		{"a budget that was there", "POST", "/v1/budgets", newBudget, func(*backend) {}, 200,
			`{"AlreadySatisfied":{"budget_id":"6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}}`},
		{"a budget", "GET", "/v1/budgets/" + string(budget), "", giveBudget, 200,
			`{"budget_id":"6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","scope_type":"lane","scope_id":"main","enforcement_mode":"strict",` +
				`"usage":{"tokens":85},"hard_limits":{"tokens":100},"soft_limits":{"tokens":80},"breach_count":0,` +
				`"soft_breach_count":1,"last_breach_at":null,"last_breach_dim":null,"next_reset_at":"1732303600000",` +
				`"created_at":"1732300000000"}`},
		{"usage counted", "POST", "/v1/budgets/" + string(budget) + "/usage", usage,
			func(b *backend) { b.usage = engine.UsageResult{Status: engine.UsageOK} }, 200, `"Ok"`},
		{"usage counted before", "POST", "/v1/budgets/" + string(budget) + "/usage", usage,
			func(b *backend) { b.usage = engine.UsageResult{Status: engine.UsageAlreadyApplied} }, 200, `"AlreadyApplied"`},
		{"usage over a soft limit", "POST", "/v1/budgets/" + string(budget) + "/usage", usage,
			func(b *backend) {
				b.usage = engine.UsageResult{Status: engine.UsageSoftBreach, Dimension: "tokens", Current: 85, Limit: 80}
			}, 200, `{"SoftBreach":{"dimension":"tokens","current_usage":85,"soft_limit":80}}`},
		{"usage over a hard limit", "POST", "/v1/budgets/" + string(budget) + "/usage", usage,
			func(b *backend) {
				b.usage = engine.UsageResult{Status: engine.UsageHardBreach, Dimension: "tokens", Current: 85, Limit: 100}
			}, 200, `{"HardBreach":{"dimension":"tokens","current_usage":85,"hard_limit":100}}`},
		{"a budget reset", "POST", "/v1/budgets/" + string(budget) + "/reset", "",
			func(b *backend) { b.resetAt = at(1732303600000) }, 200, `{"Reset":{"next_reset_at":1732303600000}}`},
		{"a budget reset for the last time", "POST", "/v1/budgets/" + string(budget) + "/reset", "", func(*backend) {}, 200,
			`{"Reset":{"next_reset_at":0}}`},
		{"a quota created", "POST", "/v1/quotas", quota, func(b *backend) { b.isNew = true }, 201,
			`{"Created":{"quota_policy_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e"}}`},
		{"a rotation with a partition that failed", "POST", "/v1/admin/rotate-waitpoint-secret", rotate,
			func(b *backend) {
				b.rotation = []engine.RotationResult{rotatedOn(16), rotatedOn(17), rotatedOn(18)}
				b.rotation[1].Err = engine.Transport("rotate", nil)
			}, 200, `{"rotated":2,"failed":[17],"new_kid":"k2"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackend()
			c.give(b)
			w := ask(newAPI(t, b), c.method, c.target, c.body)
			if got := bodyOf(w); w.Code != c.status || got != c.want {
				t.Errorf("%s %s gave\n%d %s, want\n%d %s", c.method, c.target, w.Code, got, c.status, c.want)
			}
		})
	}
}

func rotatedOn(partition uint16) engine.RotationResult {
	return engine.RotationResult{Partition: engine.Partition{Family: engine.FamilyFlow, Index: partition}}
}

func giveActive(b *backend) {
	b.execution = &engine.Execution{
		ID: execution, Namespace: "acme", Lane: "default", Priority: 5, Kind: "resize",
		State: engine.StateVector{
			Phase: engine.PhaseActive, Ownership: engine.OwnerLeased, Eligibility: engine.EligibleNotApplicable,
			Blocking: engine.BlockingNone, Outcome: engine.OutcomeNone, Attempt: engine.AttemptRunning, Public: engine.StateActive,
		},
		CreatedAt: at(1760000000123), StartedAt: at(1760000001000),
		Attempt: &engine.AttemptSummary{ID: "0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e"}, TotalAttempts: 1,
	}
}

func giveWaitpoints(b *backend) {
	b.waitpoints = []engine.Waitpoint{
		{
			ID: waitpoint, Key: "approval-7", State: "active", CreatedAt: at(1760000000000), ActivatedAt: at(1760000000000),
			ExpiresAt: at(1760003600000), Matchers: []engine.WaitpointMatcher{{Name: "approved"}}, TokenKid: "k1",
			TokenFingerprint: "9f2a6c01d4e7b833",
		},
		{
			ID: engine.WaitpointID(edge), Key: "any", State: "pending", CreatedAt: at(1760000000000),
			Matchers: []engine.WaitpointMatcher{{Name: ""}}, TokenKid: "k1", TokenFingerprint: "00",
		},
	}
}

// giveLease lets a lease be read, and be read again when it was not revoked.
func giveLease(b *backend, revoked bool) {
	held := func() map[string]string {
		return map[string]string{
			"current_worker_instance_id": "w1-i1", "current_lease_id": lease, "current_lease_epoch": "3", "ownership_state": "leased",
		}
	}
	b.core, b.revoked = []map[string]string{held(), held()}, revoked
}

func giveGrant(b *backend) {
	b.grant = &engine.Grant{
		Execution: execution, Partition: execution.Partition(), Lane: "main", ExpiresAt: at(1732300005000),
		Key: "ff:exec:{fp:7}:{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10:claim_grant",
	}
}

func giveFrames(b *backend) {
	b.page = engine.StreamPage{Frames: []engine.StreamFrame{{
		ID: "1760000000000-0", Type: "token", Payload: []byte("hi"), Encoding: "utf8", Source: "worker", Mode: engine.ModeDurable,
		SentAt: at(1760000000001),
	}}}
}

func giveBudget(b *backend) {
	b.budget = &engine.BudgetStatus{
		ID: budget, ScopeType: "lane", ScopeID: "main", EnforcementMode: "strict",
		Usage: map[string]uint64{"tokens": 85}, Hard: map[string]uint64{"tokens": 100}, Soft: map[string]uint64{"tokens": 80},
		SoftBreaches: 1, NextResetAt: at(1732303600000), CreatedAt: at(1732300000000),
	}
}
