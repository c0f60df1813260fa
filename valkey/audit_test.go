package valkey

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"ffboard/engine/audit"
)

// audited is what an audit of a quiet deployment finds.
func audited(t *testing.T, b *Backend) ([]audit.Finding, audit.Summary) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var found []audit.Finding
	summary, err := b.Audit(ctx, AuditQuery{Settle: time.Millisecond, Report: func(f audit.Finding) error {
		found = append(found, f)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return found, summary
}

// sound fails a test whose deployment has a broken invariant. What FlowFabric is known to leave our library must not leave either.
func sound(t *testing.T, b *Backend) {
	t.Helper()
	found, _ := audited(t, b)
	for _, f := range found {
		t.Errorf("audit: %s", described(f))
	}
}

func described(f audit.Finding) string {
	return fmt.Sprintf("%s %s %s: %s %q", f.Code, f.Quirk, f.Member, f.Text, f.Keys)
}

func TestFlowFabricsDeploymentIsAudited(t *testing.T) {
	// FlowFabric's tests wrote many records by hand: executions of a few fields, or ended by setting their phase; budgets, quotas and
	// flows whose ids are words; waitpoints and edges of nothing. Each of these is broken in earnest, and found. What its library left
	// by itself is told apart.
	want := map[string]int{
		"attempt_conflict": 4, "attempt_count": 11, "attempt_missing": 7, "edge_conflict": 6, "edge_unlisted": 2, "field_invalid": 8,
		"flow_count": 2, "flow_member": 1, "flow_missing": 2, "group_state": 2, "index_gone": 21, "index_lacks": 32, "index_stray": 9,
		"key_elsewhere": 6, "key_type": 1, "key_unknown": 51, "lease_conflict": 3, "lease_holder": 12, "signal_missing": 1,
		"signal_orphan": 2, "state_conflict": 41,
		"edge_missing Q-102": 8, "index_lacks Q-065": 2, "index_stray Q-066": 1, "waitpoint_conflict Q-049": 1,
		"waitpoint_conflict Q-051": 2, "waitpoint_orphan Q-053": 2,
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		found, summary := audited(t, b)
		got := map[string]int{}
		for _, f := range found {
			got[strings.TrimSpace(string(f.Code)+" "+f.Quirk)]++
		}
		if !maps.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
			for _, f := range found {
				t.Log(described(f))
			}
		}
		if summary.Executions != 354 || summary.Flows != 100 || summary.Edges != 130 || summary.Broken+summary.Quirks != len(found) {
			t.Errorf("read %+v", summary)
		}
	})
}
