package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// approval waits for a signal and completes with what it was.
func approval(condition engine.ResumeCondition) worker.Handler {
	return func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if !task.Resumed {
			return nil, task.Suspend(ctx, worker.Wait{
				Condition: condition, Reason: engine.ReasonWaitingForApproval, Timeout: time.Hour, OnTimeout: engine.TimeoutFail,
			})
		}
		signals, err := task.Signals(ctx)
		if err != nil {
			return nil, err
		}
		var got []string
		for _, s := range signals {
			got = append(got, s.Name+" "+string(s.Payload))
		}
		return []byte(strings.Join(got, ", ")), nil
	}
}

func TestASignalFromTheBoardResumesAndCompletesTheExecution(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	d.worker(map[string]worker.Handler{"approval": approval(engine.Single("review", engine.ByName("approved")))})
	id := d.solo("approval")
	d.eventually("it waits", func() bool { return d.state(id) == engine.StateSuspended })

	s := d.board(120, 36, "--start", "suspended")
	s.shows(short(id), "approved")
	s.press("s")
	s.shows("Signal", "approved", "deliver")
	s.press(signalKeys(`{"by":"the test"}`))
	s.shows("resumed")
	d.eventually("it completes", func() bool { return d.state(id) == engine.StateCompleted })
	result, err := d.b.ExecutionResult(d.ctx, id)
	if err != nil || string(result) != `approved {"by":"the test"}` {
		t.Errorf("the handler got %q: %v", result, err)
	}
	assertNoToken(t, d, s, id)
}

func TestASignalThatIsNotEnoughSaysWhatIsStillMissing(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	two := engine.Count(2, engine.DistinctSources, engine.ByName("approve"), "gate")
	d.worker(map[string]worker.Handler{"gate": approval(two)})
	id := d.solo("gate")
	d.eventually("it waits", func() bool { return d.state(id) == engine.StateSuspended })

	s := d.board(120, 36, "--start", "suspended")
	s.shows(short(id), "0/2")
	s.press("s")
	s.shows("Signal", "approve", "deliver")
	s.press(signalKeys(""))
	s.shows("1 of 2")
	if got := d.state(id); got != engine.StateSuspended {
		t.Errorf("one of two approvals made it %s", got)
	}
}

// assertNoToken looks for the waitpoint's token on the screen.
func assertNoToken(t *testing.T, d *deployment, s *screen, id engine.ExecutionID) {
	t.Helper()
	detail, err := d.b.ExecutionDetail(d.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range detail.Suspension.Waitpoints {
		token, err := d.b.ReadWaitpointToken(d.ctx, id, w.ID)
		if err != nil || token == "" {
			t.Fatalf("no token to look for: %v", err)
		}
		if _, digest, _ := strings.Cut(token.Reveal(), ":"); strings.Contains(s.Text(), digest) {
			t.Error("the token is on the screen")
		}
	}
}

// signalKeys fills the dialog's payload and delivers.
func signalKeys(payload string) string { return "<tab>" + payload + "<enter>" }
