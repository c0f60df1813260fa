package valkey

import (
	"slices"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// claimed makes an active execution with a lease of a ttl.
func claimed(t *testing.T, b *Backend, lane engine.LaneID, ttl time.Duration) engine.Handle {
	t.Helper()
	ctx := enginetest.Context(t)
	id := b.Partitions().NewSolo(lane)
	_, err := b.CreateExecution(ctx, engine.CreateExecution{ID: id, Namespace: "default", Lane: lane, Kind: "k"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.Claim(ctx, engine.ClaimRequest{Lane: lane, Worker: "w", WorkerInstance: "w-1", LeaseTTL: ttl})
	if err != nil || c == nil {
		t.Fatalf("claim: %v, %v", c, err)
	}
	return c.Handle
}

func TestQ032ReclaimableListsLeasesThatRanOutOrWereRevoked(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		ranOut := claimed(t, b, "default", time.Millisecond).ExecutionID
		elsewhere := claimed(t, b, "gpu", time.Millisecond).ExecutionID
		marked := claimed(t, b, "default", time.Millisecond).ExecutionID // the last to run out
		alive := claimed(t, b, "default", time.Minute).ExecutionID
		revoked := claimed(t, b, "default", time.Minute).ExecutionID
		if _, err := b.RevokeLease(ctx, revoked, "", "test"); err != nil {
			t.Fatal(err)
		}
		enginetest.Eventually(t, "the short leases run out", func() bool {
			if err := b.MarkLeaseExpiredIfDue(ctx, marked); err != nil {
				t.Fatal(err)
			}
			owner, err := b.ReadCoreFields(ctx, marked, "ownership_state")
			return err == nil && owner["ownership_state"] == string(engine.OwnerExpired)
		})
		found, err := b.Reclaimable(ctx, []engine.LaneID{"default"}, 10)
		if err != nil {
			t.Fatal(err)
		}
		got := map[engine.ExecutionID]engine.OwnershipState{}
		for _, r := range found {
			got[r.Execution] = r.Ownership
		}
		want := map[engine.ExecutionID]engine.OwnershipState{
			ranOut: engine.OwnerLeased, marked: engine.OwnerExpired, revoked: engine.OwnerRevoked,
		}
		for id, ownership := range want {
			if got[id] != ownership {
				t.Errorf("%s is %q, want %q", id, got[id], ownership)
			}
		}
		if len(got) != len(want) {
			t.Errorf("found %v; alive is %s, on another lane %s", got, alive, elsewhere)
		}
		if few, err := b.Reclaimable(ctx, []engine.LaneID{"default"}, 2); err != nil || len(few) != 2 {
			t.Errorf("at most two: %v, %v", few, err)
		}
		if both, _ := b.Reclaimable(ctx, []engine.LaneID{"gpu", "default"}, 10); !slices.ContainsFunc(both, func(r engine.Reclaimable) bool {
			return r.Execution == elsewhere && r.Lane == "gpu"
		}) {
			t.Errorf("the other lane is missing in %v", both)
		}
	})
}
