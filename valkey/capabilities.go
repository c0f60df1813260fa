package valkey

import "ffboard/engine"

// Capabilities tells what this backend offers (spec 04a §20.4). It sends nothing. claim_for_worker belongs to a scheduler, which works
// on any backend.
func (b *Backend) Capabilities() engine.Capabilities {
	offers := map[string]bool{"claim_for_worker": false, "subscribe_instance_tags": false}
	for _, operation := range offered {
		offers[operation] = true
	}
	return engine.Capabilities{Family: "valkey", Version: engine.BuildVersion(), Stage: "E-shipped", Offers: offers}
}

var offered = []string{
	"cancel_execution", "change_priority", "replay_execution", "revoke_lease",
	"read_execution_state", "read_execution_info", "get_execution_result",
	"budget_admin", "quota_admin", "read_quota_policy_limits", "read_budget_usage_and_limits", "release_admission",
	"block_execution_for_admission",
	"rotate_waitpoint_hmac_secret_all", "seed_waitpoint_hmac_secret", "list_pending_waitpoints",
	"cancel_flow_header", "cancel_flow_wait_timeout", "cancel_flow_wait_indefinite", "ack_cancel_member",
	"issue_reclaim_grant", "list_expired_leases", "prepare",
	"subscribe_lease_history", "subscribe_completion", "subscribe_signal_delivery",
	"stream_durable_summary", "stream_best_effort_live",
	"register_worker", "heartbeat_worker", "mark_worker_dead", "list_workers",
}
