package worker

import (
	"context"
	"time"

	"ffboard/engine"
)

const (
	livenessTTL   = 30 * time.Second
	heartbeatTime = livenessTTL / 3
	farewellTime  = 3 * time.Second // how long a stopping worker tries to take itself off the registry
)

// register puts the worker on the registry, whether or not it has capabilities.
func (w *Worker) register(ctx context.Context) error {
	_, err := w.b.RegisterWorker(ctx, engine.Worker{
		ID:           w.cfg.ID,
		Instance:     w.cfg.Instance,
		Namespace:    w.cfg.Namespace,
		Lanes:        w.cfg.Lanes,
		Capabilities: w.cfg.Capabilities,
		LivenessTTL:  livenessTTL,
	})
	return err
}

// heartbeat keeps the registration alive until ctx ends, and renews it when it has lapsed.
func (w *Worker) heartbeat(ctx context.Context) {
	for pause(ctx, heartbeatTime, nil) {
		_, found, err := w.b.HeartbeatWorker(ctx, w.cfg.Namespace, w.cfg.Instance)
		if err == nil && !found {
			err = w.register(ctx)
		}
		if err != nil && ctx.Err() == nil {
			w.cfg.Logger.Warn("heartbeat failed, trying again", "error", err)
		}
	}
}

// unregister takes the worker off the registry; if that fails the registration lapses by itself.
func (w *Worker) unregister() {
	ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
	defer cancel()
	if _, err := w.b.MarkWorkerDead(ctx, w.cfg.Namespace, w.cfg.Instance, "stopped"); err != nil {
		w.cfg.Logger.Warn("worker not taken off the registry; its registration lapses", "error", err)
	}
}
