package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// How long somebody may take to answer before the wait ends by itself.
const (
	reviewPatience = 6 * time.Minute
	gatePatience   = 8 * time.Minute
)

// review waits until a person says approved or rejected.
func review(ctx context.Context, task *worker.Task) ([]byte, error) {
	if !task.Resumed {
		return nil, task.Suspend(ctx, worker.Wait{
			Condition: engine.Single("review", engine.AnySignal()),
			Reason:    engine.ReasonWaitingForApproval,
			Timeout:   reviewPatience, OnTimeout: engine.TimeoutAutoResume,
		})
	}
	signals, err := task.Signals(ctx)
	if err != nil {
		return nil, err
	}
	verdict, by := "approved (nobody answered in time)", ""
	if len(signals) > 0 {
		verdict, by = signals[0].Name, signals[0].SourceIdentity
	}
	if err := task.Log(ctx, "review: %s %s", verdict, by); err != nil {
		return nil, err
	}
	if verdict == "rejected" {
		return nil, worker.Permanent(fmt.Errorf("the review was rejected by %s", by))
	}
	return json.Marshal(map[string]string{"verdict": verdict, "by": by})
}

// gate waits until two different people approve.
func gate(ctx context.Context, task *worker.Task) ([]byte, error) {
	if !task.Resumed {
		return nil, task.Suspend(ctx, worker.Wait{
			Condition: engine.Count(2, engine.DistinctSources, engine.ByName("approve"), "gate"),
			Reason:    engine.ReasonWaitingForApproval,
			Timeout:   gatePatience, OnTimeout: engine.TimeoutFail,
		})
	}
	signals, err := task.Signals(ctx)
	if err != nil {
		return nil, err
	}
	var who []string
	for _, s := range signals {
		who = append(who, s.SourceIdentity)
	}
	return json.Marshal(map[string]any{"approved_by": who})
}

// people answer some of what waits, some time after it began, so that flows advance; the rest is left to the person at the keyboard.
func (d *demo) people(ctx context.Context) error {
	r := rand.New(rand.NewPCG(d.o.Seed, 2))
	for {
		if err := pause(ctx, 3*time.Second); err != nil {
			return nil
		}
		waiting, err := d.b.SuspendedRows(ctx, 200)
		if err != nil {
			d.o.Logger.Warn("the demo's people cannot see what waits", "error", err)
			continue
		}
		for i := range waiting.Rows {
			row := &waiting.Rows[i]
			if answers(row, r) {
				d.answer(ctx, row, r)
			}
		}
	}
}

// patience is how long a wait is left to the person at the keyboard at the least.
const patience = 45 * time.Second

// answers decides whether somebody answers now: half of what waits is never answered here.
func answers(row *engine.SuspendedRow, r *rand.Rand) bool {
	s := row.Suspension
	if s == nil || row.Namespace != namespace || len(s.Waitpoints) == 0 || time.Since(s.CreatedAt) < patience {
		return false
	}
	uuid := row.ID.UUID()
	return uuid != "" && uuid[0]%2 == 0 && r.Float64() < 0.1
}

// answer delivers a signal as an approver would. A wait that is over meanwhile is nothing to complain of.
func (d *demo) answer(ctx context.Context, row *engine.SuspendedRow, r *rand.Rand) {
	waitpoint := row.Suspension.Waitpoints[0].ID
	token, err := d.b.ReadWaitpointToken(ctx, row.ID, waitpoint)
	if err != nil || token == "" {
		return
	}
	name := "approve"
	if row.Kind == "review" {
		name = "approved"
		if r.Float64() < 0.1 {
			name = "rejected"
		}
	}
	_, err = d.b.DeliverSignal(ctx, engine.Signal{
		Execution: row.ID, Waitpoint: waitpoint, Name: name, Category: "approval", SourceType: "user",
		SourceIdentity: people[r.IntN(len(people))], Payload: []byte(`{"comment":"looks good"}`), Token: token,
	})
	if err != nil {
		d.o.Logger.Debug("an answer came too late", "execution", row.ID, "error", err)
	}
}
