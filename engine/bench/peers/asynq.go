package main

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
)

const taskType = "bench"

// runAsynq enqueues the tasks with one client from several goroutines and then starts a server on them, each with asynq's own settings.
func runAsynq(ctx context.Context, socket string, w work) (rates, error) {
	at := asynq.RedisClientOpt{Network: "unix", Addr: socket, PoolSize: 2 * w.workers}
	began := time.Now()
	if err := enqueue(ctx, at, w); err != nil {
		return rates{}, err
	}
	submitted := time.Now()
	var left atomic.Int64
	left.Store(int64(w.tasks))
	done := make(chan struct{})
	server := asynq.NewServer(at, asynq.Config{Concurrency: w.workers, LogLevel: asynq.FatalLevel})
	err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		if left.Add(-1) == 0 {
			close(done)
		}
		return nil
	}))
	if err != nil {
		return rates{}, err
	}
	defer server.Shutdown()
	select {
	case <-done:
	case <-ctx.Done():
		return rates{}, ctx.Err()
	}
	ended, n := time.Now(), float64(w.tasks)
	return rates{
		Whole:     n / ended.Sub(began).Seconds(),
		Submitted: n / submitted.Sub(began).Seconds(),
		Worked:    n / ended.Sub(submitted).Seconds(),
	}, nil
}

func enqueue(ctx context.Context, at asynq.RedisClientOpt, w work) error {
	client := asynq.NewClient(at)
	defer client.Close()
	payload := []byte(strings.Repeat("x", w.payload))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var running sync.WaitGroup
	for range w.workers {
		running.Go(func() {
			for ctx.Err() == nil && next.Add(1) <= int64(w.tasks) {
				if _, err := client.EnqueueContext(ctx, asynq.NewTask(taskType, payload)); err != nil {
					stop(err)
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}
