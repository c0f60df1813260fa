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

	token := d.token(id)

	s := d.board(120, 36, "--start", "suspended")
	s.shows(short(id), "approved")
	s.press("s")
	s.shows("Signal", "approved", "send")
	s.hides(token)
	s.press(signalKeys(`{"by":"the test"}`))
	s.shows("resumed")
	d.eventually("it completes", func() bool { return d.state(id) == engine.StateCompleted })
	result, err := d.b.ExecutionResult(d.ctx, id)
	if err != nil || string(result) != `approved {"by":"the test"}` {
		t.Errorf("the handler got %q: %v", result, err)
	}
	s.hides(token)
	s.press("<enter>")
	s.shows("nothing is suspended", "enter open")
	s.press(":execution " + string(id) + "<enter>")
	s.shows("completed", short(id), "approved")
	s.hides(token)
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
	s.shows("Signal", "approve", "send")
	s.press(signalKeys(""))
	s.shows("1 of 2")
	if got := d.state(id); got != engine.StateSuspended {
		t.Errorf("one of two approvals made it %s", got)
	}
}

// token is the secret part of what an open wait's only waitpoint is signalled with.
func (d *deployment) token(id engine.ExecutionID) string {
	d.t.Helper()
	detail, err := d.b.ExecutionDetail(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	token, err := d.b.ReadWaitpointToken(d.ctx, id, detail.Suspension.Waitpoints[0].ID)
	if err != nil || token == "" {
		d.t.Fatalf("no token to look for: %v", err)
	}
	_, secret, _ := strings.Cut(token.Reveal(), ":")
	return secret
}

// hides fails when a secret is on the screen.
func (s *screen) hides(secret string) {
	s.t.Helper()
	if strings.Contains(s.Text(), secret[:16]) {
		s.t.Errorf("the token is on the screen:\n%s", s.Text())
	}
}

// signalKeys fills the dialog's payload and delivers.
func signalKeys(payload string) string { return "<tab>" + payload + "<tab><tab><tab><tab><enter>" }
