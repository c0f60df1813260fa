package valkey

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// operations are those of spec 04a §5, and the method that each one is here; "" for what belongs to no backend.
var operations = []struct {
	n          int
	name, ours string
}{
	{1, "claim", "Claim"},
	{2, "renew", "Renew"},
	{3, "progress", "Progress"},
	{4, "append_frame", "AppendFrame"},
	{5, "complete", "Complete"},
	{6, "fail", "Fail"},
	{7, "cancel", "Cancel"},
	{8, "suspend", "Suspend"},
	{9, "suspend_by_triple", "SuspendByTriple"},
	{10, "create_waitpoint", "CreateWaitpoint"},
	{11, "read_waitpoint_token", "ReadWaitpointToken"},
	{12, "observe_signals", "ObserveSignals"},
	{13, "claim_from_resume_grant", "ClaimFromResumeGrant"},
	{14, "issue_reclaim_grant", "IssueReclaimGrant"},
	{15, "reclaim_execution", "ReclaimExecution"},
	{16, "delay", "Delay"},
	{17, "wait_children", "WaitChildren"},
	{18, "describe_execution", "DescribeExecution"},
	{19, "read_execution_context", "ReadExecutionContext"},
	{20, "read_current_attempt_index", "ReadCurrentAttemptIndex"},
	{21, "read_total_attempt_count", "ReadTotalAttemptCount"},
	{22, "describe_flow", "DescribeFlow"},
	{23, "set_execution_tag", "SetExecutionTag"},
	{24, "set_flow_tag", "SetFlowTag"},
	{25, "get_execution_tag", "ExecutionTag"},
	{26, "get_execution_namespace", "ExecutionNamespace"},
	{27, "get_flow_tag", "FlowTag"},
	{28, "list_edges", "ListEdges"},
	{29, "describe_edge", "DescribeEdge"},
	{30, "resolve_execution_flow_id", "ResolveExecutionFlowID"},
	{31, "list_flows", "ListFlows"},
	{32, "list_lanes", "ListLanes"},
	{33, "list_suspended", "ListSuspended"},
	{34, "list_executions", "ListExecutions"},
	{35, "deliver_signal", "DeliverSignal"},
	{36, "claim_resumed_execution", "ClaimResumedExecution"},
	{37, "scan_eligible_executions", "ScanEligible"},
	{38, "issue_claim_grant", "IssueClaimGrant"},
	{39, "block_route", "Block"},
	{40, "claim_execution", "ClaimExecution"},
	{41, "cancel_flow", "CancelFlow"},
	{42, "set_edge_group_policy", "SetEdgeGroupPolicy"},
	{43, "rotate_waitpoint_hmac_secret_all", "RotateSecrets"},
	{44, "seed_waitpoint_hmac_secret", "SeedSecret"},
	{45, "report_usage", "ReportUsage"},
	{46, "read_stream", "ReadStream"},
	{47, "tail_stream", "TailStream"},
	{48, "read_summary", "ReadSummary"},
	{49, "create_execution", "CreateExecution"},
	{50, "create_flow", "CreateFlow"},
	{51, "add_execution_to_flow", "AddExecutionToFlow"},
	{52, "stage_dependency_edge", "StageDependencyEdge"},
	{53, "apply_dependency_to_child", "ApplyDependencyToChild"},
	{54, "resolve_dependency", "ResolveDependency"},
	{55, "cascade_completion", "CascadeCompletion"},
	{56, "cancel_execution", "CancelExecution"},
	{57, "change_priority", "ChangePriority"},
	{58, "replay_execution", "ReplayExecution"},
	{59, "revoke_lease", "RevokeLease"},
	{60, "complete_execution", "CompleteExecution"},
	{61, "fail_execution", "FailExecution"},
	{62, "renew_lease", "RenewLease"},
	{63, "resume_execution", "ResumeExecution"},
	{64, "check_admission", "CheckAdmission"},
	{65, "block_execution_for_admission", "Block"},
	{66, "read_budget_usage_and_limits", "ReadBudgetLimits"},
	{67, "read_quota_policy_limits", "ReadQuotaPolicyLimits"},
	{68, "evaluate_flow_eligibility", "EvaluateFlowEligibility"},
	{69, "record_spend", "RecordSpend"},
	{70, "release_budget", "ReleaseBudget"},
	{71, "release_admission", "ReleaseAdmission"},
	{72, "deliver_approval_signal", "DeliverApproval"},
	{73, "issue_grant_and_claim", "IssueGrantAndClaim"},
	{74, "create_budget", "CreateBudget"},
	{75, "reset_budget", "ResetBudget"},
	{76, "create_quota_policy", "CreateQuotaPolicy"},
	{77, "get_budget_status", "BudgetStatus"},
	{78, "report_usage_admin", "ReportUsage"},
	{79, "get_execution_result", "ExecutionResult"},
	{80, "list_pending_waitpoints", "ListPendingWaitpoints"},
	{81, "ping", "Ping"},
	{82, "register_worker", "RegisterWorker"},
	{83, "heartbeat_worker", "HeartbeatWorker"},
	{84, "mark_worker_dead", "MarkWorkerDead"},
	{85, "list_expired_leases", "ListExpiredLeases"},
	{86, "list_workers", "ListWorkers"},
	{87, "claim_for_worker", ""}, // ClaimForWorker of engine/scheduler
	{88, "backend_label", "Capabilities"},
	{89, "as_any", ""}, // a cast within FlowFabric's own process
	{90, "capabilities", "Capabilities"},
	{91, "prepare", "Prepare"},
	{92, "shutdown_prepare", ""}, // engine/httpapi closes the stream permits: a server has callers to bound, a backend has none
	{93, "cancel_flow_header", "CancelFlow"},
	{94, "ack_cancel_member", "AckCancelMember"},
	{95, "read_execution_info", "DescribeExecution"},
	{96, "read_execution_state", "ReadExecutionState"},
	{97, "subscribe_lease_history", "SubscribeLeases"},
	{98, "subscribe_completion", "SubscribeCompletions"},
	{99, "subscribe_signal_delivery", "SubscribeSignals"},
	{100, "subscribe_instance_tags", "SubscribeInstanceTags"},
	{101, "mark_lease_expired_if_due", "MarkLeaseExpiredIfDue"},
	{102, "promote_delayed", "PromoteDelayed"},
	{103, "close_waitpoint", "CloseWaitpoint"},
	{104, "expire_execution", "ExpireExecution"},
	{105, "expire_suspension", "ExpireSuspension"},
	{106, "unblock_execution", "UnblockExecution"},
	{107, "drain_sibling_cancel_group", "DrainSiblingCancelGroup"},
	{108, "reconcile_sibling_cancel_group", "ReconcileSiblingCancelGroup"},
	{109, "reconcile_execution_index", "CheckIndexes"},
	{110, "reconcile_budget_counters", "ReconcileBudgets"},
	{111, "reconcile_quota_counters", "ReconcileQuotas"},
	{112, "project_flow_summary", "ProjectFlowSummary"},
	{113, "trim_retention", "TrimRetention"},
	{114, "read_exec_core_fields", "ReadCoreFields"},
	{115, "server_time_ms", "ServerTime"},
}

func TestEveryOperationOfTheContractIsThere(t *testing.T) {
	backend := reflect.TypeFor[*Backend]()
	for i, op := range operations {
		if op.n != i+1 {
			t.Fatalf("%s is number %d, after %d", op.name, op.n, i)
		}
		if _, found := backend.MethodByName(op.ours); op.ours != "" && !found {
			t.Errorf("%s: the backend has no %s", op.name, op.ours)
		}
	}
	if len(operations) != 115 {
		t.Errorf("%d operations", len(operations))
	}
}

// Whatever is asked, however badly, the answer is never that the backend does not offer it; but where spec 04a says so.
func TestNoOperationIsUnavailable(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx, cancel := context.WithCancel(enginetest.Context(t))
		defer cancel()
		backend, asked := reflect.ValueOf(b), 0
		for operation := range reflect.TypeFor[engine.Attached]().Methods() {
			call := backend.MethodByName(operation.Name)
			fixed := call.Type().NumIn()
			if call.Type().IsVariadic() {
				fixed--
			}
			args := make([]reflect.Value, fixed)
			for i := range args {
				args[i] = reflect.Zero(call.Type().In(i))
				if call.Type().In(i) == reflect.TypeFor[context.Context]() {
					args[i] = reflect.ValueOf(ctx)
				}
			}
			asked++
			results := call.Call(args)
			err, _ := results[len(results)-1].Interface().(error)
			none := operation.Name == "SubscribeInstanceTags" || operation.Name == "WatchOccupied" && strings.HasSuffix(t.Name(), "/in-process") // has no CLIENT TRACKING
			if errors.Is(err, engine.ClassUnavailable) != none {
				t.Errorf("%s: %v", operation.Name, err)
			}
		}
		if asked < 120 {
			t.Errorf("only %d operations asked", asked)
		}
	})
}
