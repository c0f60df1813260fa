package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"ffboard/engine"
)

// errStopping is the cause of a handler's context when the grace of a stop is over.
var errStopping = errors.New("worker: it is stopping")

// attempt runs the handler of what was claimed and ends the attempt with what it gave.
func (w *Worker) attempt(claimed *engine.Claimed, claimedAt time.Time) {
	log := w.cfg.Logger.With("execution", claimed.Handle.ExecutionID, "attempt", claimed.Handle.AttemptIndex)
	ctx, cancel := context.WithCancelCause(w.handlers)
	defer cancel(nil)
	for {
		held := newLease(claimed, claimedAt, w.b, cancel, log)
		go held.keep(context.WithoutCancel(ctx))
		err := w.handle(ctx, claimed, held)
		held.release()
		if !errors.Is(err, errSatisfied) {
			return
		}
		// The lease goes on where it is; only the keeper of the old task has ended.
		claimed = &engine.Claimed{Handle: claimed.Handle, AttemptType: engine.AttemptTypeResumed}
		claimed.Handle.Kind = engine.HandleResumed
		claimedAt = held.deadline().Add(-claimed.Handle.LeaseTTL)
	}
}

// handle is one run of a handler; errSatisfied wants another.
func (w *Worker) handle(ctx context.Context, claimed *engine.Claimed, held *lease) error {
	task := newTask(w.b, claimed, held)
	known, err := w.load(ctx, task, claimed.Context)
	if err != nil {
		held.log.Warn("attempt abandoned: its context cannot be read", "error", err)
		return nil
	}
	if !known {
		return nil
	}
	handler, found := w.cfg.Handlers[task.Kind]
	if !found {
		err := fmt.Errorf("runtime: no handler registered for execution_kind %q", task.Kind)
		w.end(ctx, task, nil, Category(categoryNoHandler, err))
		return nil
	}
	result, err := protect(ctx, handler, task)
	if errors.Is(err, errSatisfied) {
		return err
	}
	w.end(ctx, task, result, err)
	return nil
}

func newTask(b Backend, claimed *engine.Claimed, held *lease) *Task {
	h := claimed.Handle
	return &Task{
		Execution: h.ExecutionID,
		Lane:      h.Lane,
		Attempt:   h.AttemptIndex,
		Resumed:   h.Kind == engine.HandleResumed,
		Reclaimed: h.Kind == engine.HandleReclaimed,
		b:         b,
		lease:     held,
	}
}

// load gives the task what the handler begins with: what the claim has read along, else what it reads; it asks again while the lease
// lasts. known is false when the execution is gone.
func (w *Worker) load(ctx context.Context, task *Task, read *engine.ExecutionContext) (known bool, err error) {
	if read != nil {
		task.Payload, task.Kind, task.Tags = read.Payload, read.Kind, read.Tags
		return true, nil
	}
	var retry idle
	for {
		about, err := w.b.ReadExecutionContext(ctx, task.Execution)
		if err == nil {
			task.Payload, task.Kind, task.Tags = about.Payload, about.Kind, about.Tags
			return true, nil
		}
		if errors.Is(err, engine.ClassNotFound) {
			return false, nil
		}
		if answered(err) || !pause(ctx, retry.next(), nil) {
			return false, err
		}
	}
}

// protect runs a handler and makes an error of a panic.
func protect(ctx context.Context, handler Handler, task *Task) (result []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			task.lease.log.Error("handler panicked", "panic", cause, "stack", string(debug.Stack()))
			err = Category(categoryPanic, fmt.Errorf("handler panicked: %v", cause))
		}
	}()
	return handler(ctx, task)
}

// end tells the backend how the handler ended.
func (w *Worker) end(ctx context.Context, task *Task, result []byte, err error) {
	log := task.lease.log
	switch {
	case task.ended.Load():
		if !errors.Is(err, ErrEnded) {
			log.Warn("the handler gave its execution away and returned something else", "error", err)
		}
		return
	case task.lease.held() != nil:
		log.Warn("attempt abandoned", "cause", task.lease.held())
		return
	case err != nil && errors.Is(context.Cause(ctx), errStopping):
		log.Warn("attempt abandoned: the worker stops; its lease runs out and another worker takes over", "error", err)
		return
	}
	rejected := task.lease.conclude(ctx, func(ctx context.Context, _ bool) error {
		if err == nil {
			return w.b.Complete(ctx, task.lease.handle, result)
		}
		_, failed := w.b.Fail(ctx, task.lease.handle, failureOf(err))
		return failed
	})
	if rejected != nil {
		log.Warn("the attempt's end was not accepted", "error", rejected)
	}
}
