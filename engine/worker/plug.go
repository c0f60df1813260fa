package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"ffboard/engine"
)

// Plug is a backend whose connection can be pulled for good: a worker on it then dies as a killed process does, without a word to
// the backend. It is for demonstrations and for tests of what follows.
type Plug struct {
	Backend
	pulled atomic.Bool
}

// NewPlug plugs a backend in.
func NewPlug(b Backend) *Plug { return &Plug{Backend: b} }

// Pull cuts the connection.
func (p *Plug) Pull() { p.pulled.Store(true) }

var errPulled = errors.New("the plug was pulled")

func (p *Plug) cut(op string) error {
	if p.pulled.Load() {
		return engine.Transport(op, errPulled)
	}
	return nil
}

func (p *Plug) Claim(ctx context.Context, req engine.ClaimRequest) (*engine.Claimed, error) {
	if err := p.cut("claim"); err != nil {
		return nil, err
	}
	return p.Backend.Claim(ctx, req)
}

func (p *Plug) ClaimSome(ctx context.Context, req engine.ClaimRequest, most int) ([]*engine.Claimed, error) {
	if err := p.cut("claim_some"); err != nil {
		return nil, err
	}
	return p.Backend.ClaimSome(ctx, req, most)
}

func (p *Plug) Reclaimable(ctx context.Context, lanes []engine.LaneID, limit int) ([]engine.Reclaimable, error) {
	if err := p.cut("reclaimable"); err != nil {
		return nil, err
	}
	return p.Backend.Reclaimable(ctx, lanes, limit)
}

func (p *Plug) Occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	if err := p.cut("occupied"); err != nil {
		return nil, err
	}
	return p.Backend.Occupied(ctx, refs)
}

func (p *Plug) WatchOccupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, <-chan struct{}, error) {
	if err := p.cut("watch_occupied"); err != nil {
		return nil, nil, err
	}
	return p.Backend.WatchOccupied(ctx, refs)
}

func (p *Plug) ReadExecutionContext(ctx context.Context, id engine.ExecutionID) (engine.ExecutionContext, error) {
	if err := p.cut("read_execution_context"); err != nil {
		return engine.ExecutionContext{}, err
	}
	return p.Backend.ReadExecutionContext(ctx, id)
}

func (p *Plug) Renew(ctx context.Context, h engine.Handle) (time.Time, error) {
	if err := p.cut("renew"); err != nil {
		return time.Time{}, err
	}
	return p.Backend.Renew(ctx, h)
}

func (p *Plug) Progress(ctx context.Context, h engine.Handle, percent int, message string) error {
	if err := p.cut("progress"); err != nil {
		return err
	}
	return p.Backend.Progress(ctx, h, percent, message)
}

func (p *Plug) AppendFrame(ctx context.Context, h engine.Handle, f engine.Frame) (engine.Appended, error) {
	if err := p.cut("append_frame"); err != nil {
		return engine.Appended{}, err
	}
	return p.Backend.AppendFrame(ctx, h, f)
}

func (p *Plug) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	if err := p.cut("complete"); err != nil {
		return err
	}
	return p.Backend.Complete(ctx, h, result)
}

func (p *Plug) Fail(ctx context.Context, h engine.Handle, f engine.Failure) (engine.FailResult, error) {
	if err := p.cut("fail"); err != nil {
		return engine.FailResult{}, err
	}
	return p.Backend.Fail(ctx, h, f)
}

func (p *Plug) Suspend(ctx context.Context, h engine.Handle, args engine.SuspendArgs) (engine.SuspendOutcome, error) {
	if err := p.cut("suspend"); err != nil {
		return engine.SuspendOutcome{}, err
	}
	return p.Backend.Suspend(ctx, h, args)
}

func (p *Plug) Delay(ctx context.Context, h engine.Handle, until time.Time) error {
	if err := p.cut("delay"); err != nil {
		return err
	}
	return p.Backend.Delay(ctx, h, until)
}

func (p *Plug) WaitChildren(ctx context.Context, h engine.Handle) error {
	if err := p.cut("wait_children"); err != nil {
		return err
	}
	return p.Backend.WaitChildren(ctx, h)
}

func (p *Plug) HeartbeatWorker(ctx context.Context, ns engine.Namespace, i engine.WorkerInstanceID) (time.Time, bool, error) {
	if err := p.cut("heartbeat_worker"); err != nil {
		return time.Time{}, false, err
	}
	return p.Backend.HeartbeatWorker(ctx, ns, i)
}

func (p *Plug) MarkWorkerDead(ctx context.Context, ns engine.Namespace, i engine.WorkerInstanceID, reason string) (bool, error) {
	if err := p.cut("mark_worker_dead"); err != nil {
		return false, err
	}
	return p.Backend.MarkWorkerDead(ctx, ns, i, reason)
}
