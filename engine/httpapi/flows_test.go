package httpapi_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ffboard/engine"
)

const cancelFlowTarget = "/v1/flows/" + string(flow) + "/cancel"

func cancelFlowBody(policy string) string {
	return `{"flow_id":"` + string(flow) + `","reason":"enough","cancellation_policy":"` + policy + `","now":5}`
}

func TestCancellingAFlowSaysWhatBecameOfItsMembers(t *testing.T) {
	stuck := errors.New("stuck")
	for _, c := range []struct {
		name, target, policy string
		give                 func(*backend)
		want                 string
	}{
		{"members are left alone", cancelFlowTarget, "flow_only", func(*backend) {},
			`{"Cancelled":{"cancellation_policy":"flow_only","member_execution_ids":["` + string(execution) + `","` + string(other) + `"]}}`},
		{"there are no members", cancelFlowTarget, "cancel_all", func(b *backend) { b.cancelled.Members = nil },
			`{"Cancelled":{"cancellation_policy":"cancel_all","member_execution_ids":[]}}`},
		{"members are cancelled in the background", cancelFlowTarget, "cancel_all", func(*backend) {},
			`{"CancellationScheduled":{"cancellation_policy":"cancel_all","member_count":2,"member_execution_ids":["` +
				string(execution) + `","` + string(other) + `"]}}`},
		{"the caller waits", cancelFlowTarget + "?wait=true", "cancel_all", func(*backend) {},
			`{"Cancelled":{"cancellation_policy":"cancel_all","member_execution_ids":["` + string(execution) + `","` + string(other) + `"]}}`},
		{"the caller waits, and one member is over", cancelFlowTarget + "?wait=1", "cancel_all",
			func(b *backend) {
				b.cancel = func(_ context.Context, id engine.ExecutionID) error {
					if id == other {
						return notActive("success")
					}
					return nil
				}
			},
			`{"Cancelled":{"cancellation_policy":"cancel_all","member_execution_ids":["` + string(execution) + `","` + string(other) + `"]}}`},
		{"the caller waits, and one member cannot be cancelled", cancelFlowTarget + "?wait=true", "cancel_all",
			func(b *backend) {
				b.cancel = func(_ context.Context, id engine.ExecutionID) error {
					if id == other {
						return stuck
					}
					return nil
				}
			},
			`{"PartiallyCancelled":{"cancellation_policy":"cancel_all","member_execution_ids":["` + string(execution) + `","` +
				string(other) + `"],"failed_member_execution_ids":["` + string(other) + `"]}}`},
		{"it was cancelled before", cancelFlowTarget, "cancel_all",
			func(b *backend) { b.cancelled.AlreadyTerminal, b.cancelled.Policy = true, "flow_only" },
			`{"Cancelled":{"cancellation_policy":"flow_only","member_execution_ids":["` + string(execution) + `","` + string(other) + `"]}}`},
		{"it ended before by itself", cancelFlowTarget, "cancel_all",
			func(b *backend) { b.cancelled.AlreadyTerminal, b.cancelled.Policy = true, "" },
			`{"Cancelled":{"cancellation_policy":"cancel_all","member_execution_ids":["` + string(execution) + `","` + string(other) + `"]}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackend()
			b.cancelled = engine.CancelledFlow{Flow: flow, Policy: c.policy, Members: []engine.ExecutionID{execution, other}}
			b.cancel = func(context.Context, engine.ExecutionID) error { return nil }
			c.give(b)
			w := ask(newAPI(t, b), "POST", c.target, cancelFlowBody(c.policy))
			if got := bodyOf(w); w.Code != 200 || got != c.want {
				t.Errorf("gave\n%d %s, want\n%s", w.Code, got, c.want)
			}
			asked := b.asked.(engine.CancelFlow)
			if asked.Grace != 30*time.Second || asked.Reason != "enough" || !asked.Now.Equal(at(5)) {
				t.Errorf("asked for %+v", asked)
			}
		})
	}
}

func TestARejectedCancelOfAFlowIsWordedAsFlowFabricWordsIt(t *testing.T) {
	b := newBackend()
	b.err = engine.FromCode("cancel_flow", "flow_not_found", nil)
	w := ask(newAPI(t, b), "POST", cancelFlowTarget, cancelFlowBody("cancel_all"))
	if got, want := bodyOf(w), `{"error":"invalid_input: ff_cancel_flow failed: flow_not_found"}`; w.Code != 400 || got != want {
		t.Errorf("gave %d %s, want 400 %s", w.Code, got, want)
	}
}

// membersWaiting cancels the two members of a flow in the background, one of which does not come back before its context ends.
func membersWaiting(t *testing.T) (b *backend, began chan engine.ExecutionID, ended chan error) {
	t.Helper()
	b = newBackend()
	b.cancelled = engine.CancelledFlow{Flow: flow, Policy: "cancel_all", Members: []engine.ExecutionID{execution}}
	began, ended = make(chan engine.ExecutionID, 1), make(chan error, 1)
	b.cancel = func(ctx context.Context, id engine.ExecutionID) error {
		began <- id
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	return b, began, ended
}

func TestMembersAreCancelledAfterTheAnswer(t *testing.T) {
	b, began, ended := membersWaiting(t)
	api := newAPI(t, b)
	if w := ask(api, "POST", cancelFlowTarget, cancelFlowBody("cancel_all")); w.Code != 200 {
		t.Fatalf("gave %d %s", w.Code, bodyOf(w))
	}
	if id := <-began; id != execution {
		t.Errorf("cancelled %s", id)
	}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := api.Close(now); err == nil {
		t.Error("closing did not say that it broke something off")
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancel ended with %v", err)
	}
}

func TestClosingWaitsForMembersBeingCancelled(t *testing.T) {
	b := newBackend()
	b.cancelled = engine.CancelledFlow{Flow: flow, Policy: "cancel_all", Members: []engine.ExecutionID{execution}}
	cancelled := make(chan engine.ExecutionID, 1)
	b.cancel = func(_ context.Context, id engine.ExecutionID) error {
		cancelled <- id
		return nil
	}
	api := newAPI(t, b)
	ask(api, "POST", cancelFlowTarget, cancelFlowBody("cancel_all"))
	if err := api.Close(t.Context()); err != nil {
		t.Error(err)
	}
	select {
	case <-cancelled:
	default:
		t.Error("closed before the member was cancelled")
	}
}
