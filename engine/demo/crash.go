package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// crashing runs a worker that now and then goes silent in the middle of its work, without a word to anybody, and is started again
// later. Its leases run out and others take the work over.
func (d *demo) crashing(ctx context.Context) error {
	r := rand.New(rand.NewPCG(d.o.Seed, 3))
	for ctx.Err() == nil {
		if err := d.workUntilCrash(ctx, seconds(20+r.IntN(40))); err != nil {
			return err
		}
		if pause(ctx, seconds(10+r.IntN(15))) != nil {
			break
		}
	}
	return nil
}

func (d *demo) workUntilCrash(ctx context.Context, after time.Duration) error {
	line := &cable{Attached: d.b}
	ctx, kill := context.WithTimeout(ctx, after)
	defer kill()
	context.AfterFunc(ctx, func() { line.cut.Store(true) })
	err := d.work(ctx, line, worker.Config{
		ID: "shaky", Lanes: []engine.LaneID{laneLLM, laneMedia, laneFlaky}, Capabilities: []string{"ffmpeg"}, Concurrency: 2,
	})
	if line.cut.Load() {
		return nil // whatever it said, nobody heard it
	}
	return err
}

// cable is a backend that can be unplugged: after that nothing that its worker does arrives anywhere.
type cable struct {
	engine.Attached
	cut atomic.Bool
}

var errUnplugged = errors.New("unplugged")

func (c *cable) plugged(op string) error {
	if c.cut.Load() {
		return engine.Transport(op, errUnplugged)
	}
	return nil
}

func (c *cable) Renew(ctx context.Context, h engine.Handle) (time.Time, error) {
	if err := c.plugged("renew"); err != nil {
		return time.Time{}, err
	}
	return c.Attached.Renew(ctx, h)
}

func (c *cable) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	if err := c.plugged("complete"); err != nil {
		return err
	}
	return c.Attached.Complete(ctx, h, result)
}

func (c *cable) Fail(ctx context.Context, h engine.Handle, f engine.Failure) (engine.FailResult, error) {
	if err := c.plugged("fail"); err != nil {
		return engine.FailResult{}, err
	}
	return c.Attached.Fail(ctx, h, f)
}

func (c *cable) Delay(ctx context.Context, h engine.Handle, until time.Time) error {
	if err := c.plugged("delay"); err != nil {
		return err
	}
	return c.Attached.Delay(ctx, h, until)
}

func (c *cable) Suspend(ctx context.Context, h engine.Handle, args engine.SuspendArgs) (engine.SuspendOutcome, error) {
	if err := c.plugged("suspend"); err != nil {
		return engine.SuspendOutcome{}, err
	}
	return c.Attached.Suspend(ctx, h, args)
}

func (c *cable) AppendFrame(ctx context.Context, h engine.Handle, f engine.Frame) (engine.Appended, error) {
	if err := c.plugged("append_frame"); err != nil {
		return engine.Appended{}, err
	}
	return c.Attached.AppendFrame(ctx, h, f)
}
