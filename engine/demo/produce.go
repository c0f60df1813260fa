package demo

import (
	"context"
	"time"

	"ffboard/engine"
)

// mostQueued is how deep a lane may back up: beyond that nothing more is sent there, so that memory stays level for hours.
const mostQueued = 60

// arrival is one kind of work that keeps coming, so many for each flow of the rate.
type arrival struct {
	make   func(d *demo, ctx context.Context) error
	weight int
	lane   engine.LaneID // nothing is sent while this lane is full
}

const (
	article = iota
	video
	deployment
	invoice
	training
	reminder
)

var arrivals = [...]arrival{
	article:    {(*demo).article, 3, laneLLM},
	video:      {(*demo).video, 2, laneMedia},
	deployment: {(*demo).deployment, 2, laneDeploy},
	invoice:    {(*demo).invoice, 5, laneFlaky},
	training:   {(*demo).training, 3, laneGPU},
	reminder:   {(*demo).reminder, 2, laneDefault},
}

// flowWeight is the part of the weights that are flows.
const flowWeight = 7

// produce sends new work until ctx ends: a handful at once, then at the rate.
func (d *demo) produce(ctx context.Context) error {
	for _, i := range []int{article, deployment, video, invoice, training, reminder, article, invoice, training, training, deployment,
		training, training, training} {
		if err := d.send(ctx, arrivals[i]); err != nil {
			return err
		}
	}
	d.o.Seeded()
	total := 0
	for _, a := range arrivals {
		total += a.weight
	}
	every := time.Duration(float64(time.Minute) * flowWeight / float64(total) / d.o.Rate)
	for {
		if err := pause(ctx, every); err != nil {
			return nil
		}
		n := d.random.IntN(total)
		for _, a := range arrivals {
			if n -= a.weight; n < 0 {
				if full, err := d.full(ctx, a.lane); err != nil {
					d.o.Logger.Warn("the demo's producer cannot see the lanes", "error", err)
				} else if !full {
					if err := d.send(ctx, a); err != nil {
						return err
					}
				}
				break
			}
		}
	}
}

// send makes one arrival. What a person cancelled meanwhile, or a server that is away for a moment, does not end the demo.
func (d *demo) send(ctx context.Context, a arrival) error {
	err := a.make(d, ctx)
	switch {
	case err == nil, ctx.Err() != nil, overtaken(err):
		return nil
	case engine.Retryable(err):
		d.o.Logger.Warn("the demo could not send work", "error", err)
		return nil
	default:
		return err
	}
}

// full tells whether a lane has enough waiting.
func (d *demo) full(ctx context.Context, lane engine.LaneID) (bool, error) {
	depths, err := d.b.Depths(ctx)
	if err != nil {
		return false, err
	}
	for _, l := range depths.Lanes {
		if l.Lane == lane {
			return l.ByIndex[engine.IndexEligible] > mostQueued, nil
		}
	}
	return false, nil
}
