package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// Backend is what the demo needs of a backend.
type Backend interface {
	engine.Attached
}

// Options of Run. The zero value of each is its default.
type Options struct {
	Seed    uint64        // what arrives repeats with the seed; 1 by default
	Rate    float64       // flows a minute; 8 by default
	Workers int           // handlers at once, all pools together; 12 by default
	Keep    time.Duration // how long what has ended is kept; 3 minutes by default
	Logger  *slog.Logger  // nothing is logged by default
	Seeded  func()        // called once the first work is there
}

// Lanes of the demo's work, all of which want registering. The gpu lane has too few workers on purpose.
var Lanes = []engine.LaneID{laneDefault, laneLLM, laneMedia, laneDeploy, laneFlaky, laneGPU}

const (
	laneDefault engine.LaneID = "default"
	laneLLM     engine.LaneID = "llm"
	laneMedia   engine.LaneID = "media"
	laneDeploy  engine.LaneID = "deploy"
	laneFlaky   engine.LaneID = "flaky"
	laneGPU     engine.LaneID = "gpu"
)

const namespace engine.Namespace = "demo"

// Run works until ctx ends: an engine's scanners, workers, and a producer of new work. The deployment must have been booted.
func Run(ctx context.Context, b Backend, o Options) error {
	o = o.withDefaults()
	d := &demo{b: b, o: o, random: rand.New(rand.NewPCG(o.Seed, 0x66666f617264))}
	background, err := scanner.New(b, scanner.Config{
		Name: "demo", Lanes: Lanes, Retention: o.Keep, FlowRetention: o.Keep, Logger: o.Logger,
	})
	if err != nil {
		return fmt.Errorf("the demo's scanners: %w", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var running sync.WaitGroup
	start := func(what string, run func(ctx context.Context) error) {
		running.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				stop(fmt.Errorf("the demo's %s: %w", what, err))
			}
		})
	}
	start("scanners", background.Run)
	for _, pool := range d.pools() {
		start("workers", pool)
	}
	start("worker that crashes", d.crashing)
	start("producer", d.produce)
	start("people", d.people)
	<-ctx.Done()
	running.Wait()
	if cause := context.Cause(ctx); cause != context.Canceled && cause != context.DeadlineExceeded {
		return cause
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Rate <= 0 {
		o.Rate = 8
	}
	if o.Workers <= 0 {
		o.Workers = 12
	}
	if o.Keep <= 0 {
		o.Keep = 3 * time.Minute
	}
	if o.Seeded == nil {
		o.Seeded = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// demo is what the parts share. The random source belongs to the producer; handlers draw from their own payload's seed.
type demo struct {
	b      Backend
	o      Options
	random *rand.Rand
}

// pools are the workers that behave. Their shares of o.Workers leave the gpu lane behind.
func (d *demo) pools() []func(ctx context.Context) error {
	var runs []func(ctx context.Context) error
	for _, pool := range []struct {
		id           engine.WorkerID
		lanes        []engine.LaneID
		capabilities []string
		share        int // of twelve
	}{
		{"llm-pool", []engine.LaneID{laneLLM}, nil, 5},
		{"media-pool", []engine.LaneID{laneMedia, laneFlaky}, []string{"ffmpeg"}, 4},
		{"general", []engine.LaneID{laneDefault, laneDeploy}, nil, 2},
		{"gpu-1", []engine.LaneID{laneGPU}, []string{"cuda"}, 1},
	} {
		runs = append(runs, func(ctx context.Context) error {
			return d.work(ctx, d.b, worker.Config{
				ID: pool.id, Lanes: pool.lanes, Capabilities: pool.capabilities,
				Concurrency: max(d.o.Workers*pool.share/12, 1),
			})
		})
	}
	return runs
}

// work runs one worker with the handlers of all kinds.
func (d *demo) work(ctx context.Context, b worker.Backend, c worker.Config) error {
	c.Handlers, c.Namespace, c.Logger = handlers, namespace, d.o.Logger
	c.LeaseTTL, c.Grace = leaseTTL, time.Second
	w, err := worker.New(b, c)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// leaseTTL is short, so that a crash is seen and mended while somebody looks.
const leaseTTL = 8 * time.Second
