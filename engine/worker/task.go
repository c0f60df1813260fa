package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ffboard/engine"
)

// Task is one attempt in a handler's hands. Its methods answer ErrLeaseLost, and send nothing, once the lease is lost, and
// ErrEnded after Suspend, Delay or WaitChildren gave the execution away. They are safe for concurrent use.
type Task struct {
	Execution engine.ExecutionID
	Lane      engine.LaneID
	Kind      string
	Payload   []byte
	Tags      map[string]string
	Attempt   uint32 // index of the attempt, from 0

	// Resumed tells that the attempt goes on after a suspension, a delay or a wait; see Signals.
	Resumed bool
	// Reclaimed tells that the attempt takes over the execution of a worker that lost it.
	Reclaimed bool

	b     Backend
	lease *lease
	ended atomic.Bool
}

// ErrEnded says that the task gave its execution away and can do nothing more with it.
var ErrEnded = errors.New("worker: the task has given its execution away")

// What Suspend, Delay and WaitChildren return when they did it: the handler returns it in turn.
var (
	errSuspended = fmt.Errorf("%w: suspended", ErrEnded)
	errDelayed   = fmt.Errorf("%w: delayed", ErrEnded)
	errWaiting   = fmt.Errorf("%w: waits for its children", ErrEnded)
)

// usable is nil while the task may send.
func (t *Task) usable() error {
	if t.ended.Load() {
		return ErrEnded
	}
	return t.lease.held()
}

// fenced makes a call that the lease fences.
func (t *Task) fenced(call func() error) error {
	if err := t.usable(); err != nil {
		return err
	}
	return t.lease.observe(call())
}

// Handle is the lease's handle, for calls that Task has no method for.
func (t *Task) Handle() engine.Handle { return t.lease.handle }

// Progress tells people how far the work is: a percentage (0…100, -1 leaves it as it is) and a message ("" leaves it).
func (t *Task) Progress(ctx context.Context, percent int, message string) error {
	return t.fenced(func() error { return t.b.Progress(ctx, t.lease.handle, percent, message) })
}

// Append adds a frame to the attempt's output stream (spec 03e §2). It may be lost or doubled when the connection drops: it is not
// repeated.
func (t *Task) Append(ctx context.Context, f engine.Frame) (engine.Appended, error) {
	var appended engine.Appended
	err := t.fenced(func() (err error) {
		appended, err = t.b.AppendFrame(ctx, t.lease.handle, f)
		return err
	})
	return appended, err
}

// Log appends a line of text to the stream, as a durable frame of type log.
func (t *Task) Log(ctx context.Context, format string, args ...any) error {
	_, err := t.Append(ctx, engine.Frame{Type: "log", Payload: fmt.Appendf(nil, format, args...)})
	return err
}

// Signals are the signals that ended the wait that the task resumed from; none when it did not wait for any, or when an operator or
// the time limit resumed it.
func (t *Task) Signals(ctx context.Context) ([]engine.Delivered, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	return t.b.ObserveSignals(ctx, t.lease.handle)
}

// Delay gives the execution back until a time; the attempt goes on then. The handler returns the error.
func (t *Task) Delay(ctx context.Context, until time.Time) error {
	return t.giveAway(ctx, errDelayed, func(ctx context.Context) error { return t.b.Delay(ctx, t.lease.handle, until) })
}

// WaitChildren gives the execution back until its dependencies are resolved; the attempt goes on then. The handler returns the
// error.
func (t *Task) WaitChildren(ctx context.Context) error {
	return t.giveAway(ctx, errWaiting, func(ctx context.Context) error { return t.b.WaitChildren(ctx, t.lease.handle) })
}

// giveAway ends the task without ending the execution, and returns done when it did.
func (t *Task) giveAway(ctx context.Context, done error, call func(ctx context.Context) error) error {
	if err := t.usable(); err != nil {
		return err
	}
	err := t.lease.conclude(ctx, func(ctx context.Context, unsure bool) error {
		err := call(ctx)
		if unsure && t.gaveAway(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return t.lease.observe(err)
	}
	t.ended.Store(true)
	return done
}

// gaveAway recognises the reject of a call whose first try was applied and not answered: the execution waits in a line, and nobody
// has claimed it since.
func (t *Task) gaveAway(err error) bool {
	var e *engine.Error
	if !errors.As(err, &e) {
		return false
	}
	_, epoch, phase, _, ok := e.NotActive()
	return ok && phase == string(engine.PhaseRunnable) && epoch == fmt.Sprint(t.lease.handle.LeaseEpoch)
}
