package valkey

import (
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine/enginetest"
)

// libraryFunctions are the functions of wire version 34 (spec 03a §1.1).
var libraryFunctions = strings.Fields(`
ff_ack_cancel_member ff_add_execution_to_flow ff_append_frame ff_apply_dependency_to_child ff_block_execution_for_admission
ff_buffer_signal_for_pending_waitpoint ff_cancel_execution ff_cancel_flow ff_change_priority ff_check_admission_and_record
ff_claim_execution ff_claim_resumed_execution ff_close_waitpoint ff_complete_execution ff_create_budget ff_create_execution
ff_create_flow ff_create_pending_waitpoint ff_create_quota_policy ff_delay_execution ff_deliver_signal ff_drain_sibling_cancel_group
ff_evaluate_flow_eligibility ff_expire_execution ff_expire_suspension ff_fail_execution ff_heartbeat_worker ff_issue_claim_grant
ff_issue_grant_and_claim ff_issue_reclaim_grant ff_list_waitpoint_hmac_kids ff_mark_lease_expired_if_due ff_move_to_waiting_children
ff_promote_blocked_to_eligible ff_promote_delayed ff_read_attempt_stream ff_read_summary ff_reclaim_execution
ff_reconcile_sibling_cancel_group ff_record_spend ff_register_worker ff_release_admission ff_release_budget ff_renew_lease
ff_replay_execution ff_report_usage_and_check ff_reset_budget ff_resolve_dependency ff_resume_execution ff_revoke_lease
ff_rotate_waitpoint_hmac_secret ff_set_edge_group_policy ff_set_execution_tags ff_set_flow_tags ff_stage_dependency_edge
ff_suspend_execution ff_unblock_execution ff_update_progress ff_version`)

func TestTheLibraryRegistersTheFunctionsOfItsWireVersion(t *testing.T) {
	if len(libraryFunctions) != 59 {
		t.Fatalf("the spec names 59 functions, the test %d", len(libraryFunctions))
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		if err := raw(b).FunctionLoadReplace(ctx, Library()).Err(); err != nil {
			t.Fatal(err)
		}
		libraries, err := raw(b).FunctionList(ctx, redis.FunctionListQuery{LibraryNamePattern: LibraryName, WithCode: true}).Result()
		if err != nil || len(libraries) != 1 {
			t.Fatalf("%d libraries, %v", len(libraries), err)
		}
		if libraries[0].Code != Library() {
			t.Error("the server holds another source than was loaded")
		}
		var names []string
		for _, f := range libraries[0].Functions {
			names = append(names, f.Name)
			if len(f.Flags) > 0 {
				t.Errorf("%s has the flags %q", f.Name, f.Flags)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, libraryFunctions) {
			t.Errorf("it registers %q, not %q", names, libraryFunctions)
		}
		if version, err := raw(b).FCall(ctx, "ff_version", nil).Text(); err != nil || version != WireVersion {
			t.Errorf("ff_version answers %q, %v", version, err)
		}
	})
}

func TestTheLibraryBeginsWithItsDeclarationAndItsCore(t *testing.T) {
	declaration, rest, _ := strings.Cut(Library(), "\n")
	if declaration != "#!lua name="+LibraryName {
		t.Errorf("it begins with %q", declaration)
	}
	if core := luaSource("lua/shared/core.lua"); !strings.HasPrefix(rest, core) {
		t.Error("core.lua does not come first")
	}
	for _, folder := range []string{"lua/shared", "lua/functions"} {
		for _, name := range luaNames(folder) {
			source := luaSource(name)
			if !strings.HasSuffix(source, "\n") {
				t.Errorf("%s does not end with a line break", name)
			}
			if strings.Count(rest, source) != 1 {
				t.Errorf("%s is not in it once", name)
			}
		}
	}
}
