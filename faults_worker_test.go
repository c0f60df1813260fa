package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scheduler"
	"ffboard/engine/worker"
	"ffboard/valkey"
)

// workerOf, when it is set, makes this test program a worker on the deployment that it names: one that can be killed. workerAs is its
// instance's name. With workerSchedules it claims what budgets and quotas let it.
const (
	workerOf        = "FFBOARD_TEST_WORKER_OF"
	workerAs        = "FFBOARD_TEST_WORKER_AS"
	workerSchedules = "FFBOARD_TEST_WORKER_SCHEDULES"
)

const (
	faultLease   = 2 * time.Second
	faultReclaim = 250 * time.Millisecond
)

// faultHandlers do what an execution can do: stream, fail and be tried again, give itself away and go on, take its time.
var faultHandlers = map[string]worker.Handler{
	"stream": func(ctx context.Context, task *worker.Task) ([]byte, error) {
		for n := range 3 {
			if err := task.Log(ctx, "line %d", n); err != nil {
				return nil, err
			}
			if err := task.Progress(ctx, 30*(n+1), "streaming"); err != nil {
				return nil, err
			}
		}
		return []byte("streamed"), nil
	},
	"flaky": func(_ context.Context, task *worker.Task) ([]byte, error) {
		if task.Attempt == 0 {
			return nil, worker.Transient(errors.New("not this time"))
		}
		return []byte("at last"), nil
	},
	"broken": func(context.Context, *worker.Task) ([]byte, error) {
		return nil, worker.Permanent(errors.New("never"))
	},
	"suspend": func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if !task.Resumed {
			return nil, task.Suspend(ctx, worker.Wait{
				Condition: engine.Single("review", engine.AnySignal()), Timeout: 200 * time.Millisecond, OnTimeout: engine.TimeoutAutoResume,
			})
		}
		return []byte("resumed"), nil
	},
	"delay": func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if !task.Resumed {
			return nil, task.Delay(ctx, time.Now().Add(100*time.Millisecond))
		}
		return []byte("later"), nil
	},
	"long": func(ctx context.Context, task *worker.Task) ([]byte, error) {
		for n := range 20 {
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(20 * time.Millisecond):
			}
			if err := task.Log(ctx, "step %d", n); err != nil {
				return nil, err
			}
		}
		return []byte("done"), nil
	},
}

// workerHandlers are those of workers in processes of their own.
func workerHandlers() map[string]worker.Handler {
	all := maps.Clone(faultHandlers)
	maps.Copy(all, soakHandlers)
	return all
}

func faultWorker(b *valkey.Backend, as string, log *slog.Logger) (*worker.Worker, error) {
	cfg := worker.Config{
		ID: "pool", Instance: engine.WorkerInstanceID(as), Lanes: []engine.LaneID{e2eLane}, Handlers: workerHandlers(), Concurrency: 8, LeaseTTL: faultLease,
		ReclaimEvery: faultReclaim, Grace: time.Millisecond, Logger: log,
	}
	if os.Getenv(workerSchedules) != "" {
		cfg.Scheduler = scheduler.New(b, scheduler.Config{Logger: log})
	}
	return worker.New(b, cfg)
}

// beWorker is a worker's main. It ends with the test that started it: the other end of its standard input is closed then.
func beWorker(url string) error {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	target, err := valkey.ParseTarget(url)
	if err != nil {
		return err
	}
	b, err := valkey.Await(ctx, target, soon, log)
	if err != nil {
		return err
	}
	defer b.Close()
	w, err := faultWorker(b, os.Getenv(workerAs), log)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// startWorker runs a worker in a process of its own.
func startWorker(t *testing.T, url string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, as: "pool-" + rand.Text()[:8], log: &logBuffer{}, cmd: exec.CommandContext(t.Context(), self)}
	p.cmd.Stderr = p.log
	p.cmd.Env = append(os.Environ(), workerOf+"="+url, workerAs+"="+p.as)
	if _, err := p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	p.start()
	return p
}

// kill ends a process as nobody can be warned of.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err == nil || p.cmd.ProcessState.Exited() {
		p.t.Fatal(fmt.Errorf("it had ended before it was killed: %v\n%s", err, p.log))
	}
}
