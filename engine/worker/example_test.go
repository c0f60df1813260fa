package worker_test

import (
	"context"
	"errors"
	"log"
	"os/signal"
	"syscall"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// connect stands for valkey.Connect, or for any other way to a backend.
func connect() worker.Backend { return newFake() }

// A worker of one lane that greets until ctrl-c, four at a time.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	greet := func(_ context.Context, task *worker.Task) ([]byte, error) {
		return []byte("hello " + string(task.Payload)), nil
	}
	w, err := worker.New(connect(), worker.Config{
		Lanes:       []engine.LaneID{"default"},
		Handlers:    map[string]worker.Handler{"greet": greet},
		Concurrency: 4,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Run(ctx); err != nil {
		log.Fatal(err)
	}
}

// A handler that waits for a person, without holding a lease meanwhile.
func ExampleTask_Suspend() {
	publish := func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if !task.Resumed {
			return nil, task.Suspend(ctx, worker.Wait{
				Condition: engine.Single("review", engine.ByName("approved")),
				Reason:    engine.ReasonWaitingForApproval,
				Timeout:   24 * time.Hour,
				OnTimeout: engine.TimeoutFail,
			})
		}
		return []byte("published"), nil
	}
	_ = publish
}

// A handler that shows what it does: a progress bar, a log, and tokens that nobody needs to keep.
func ExampleTask_Append() {
	write := func(ctx context.Context, task *worker.Task) ([]byte, error) {
		for i, word := range []string{"once", "upon", "a", "time"} {
			token := engine.Frame{Type: "token", Payload: []byte(word), Mode: engine.ModeBestEffort, TTL: time.Minute}
			if _, err := task.Append(ctx, token); err != nil {
				return nil, err // also when the lease is lost
			}
			if err := task.Progress(ctx, 25*(i+1), word); err != nil {
				return nil, err
			}
		}
		return nil, task.Log(ctx, "four words")
	}
	_ = write
}

// Errors say what a retry would be good for.
func ExamplePermanent() {
	send := func(_ context.Context, task *worker.Task) ([]byte, error) {
		if len(task.Payload) == 0 {
			return nil, worker.Permanent(errors.New("there is nothing to send"))
		}
		return nil, worker.Category("rate_limit", errors.New("the mail server wants us to wait"))
	}
	_ = send
}
