package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"ffboard/engine/httpapi"
	"ffboard/engine/metrics"
)

const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	writeTimeout   = 150 * time.Second // longer than the longest call, a rotation of signing keys
	maxHeaderBytes = 64 << 10

	// How long the steps of a drain may take (spec 06 §9).
	streamDrain     = 15 * time.Second
	requestDrain    = 30 * time.Second
	backgroundDrain = 15 * time.Second
)

// httpServer is a server that slow or greedy clients cannot hold up.
func httpServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		WriteTimeout:      writeTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what clients do to their connections
	}
}

// server is what runs, and how it is stopped.
type server struct {
	api        *httpapi.API
	metrics    *metrics.Metrics
	http       *http.Server
	log        *slog.Logger
	engine     chan error // the background engine's end
	stopEngine context.CancelFunc
}

// run serves until ctx ends or the listener fails, and drains.
func (s *server) run(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	hurry, done := context.WithCancelCause(context.WithoutCancel(ctx))
	defer done(nil)
	again := make(chan os.Signal, 1)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(again)
	go func() {
		select {
		case <-again:
			done(errHurried)
		case <-hurry.Done():
		}
	}()
	return errors.Join(err, s.drain(hurry))
}

// drain stops in this order: connections, requests, what requests left behind, scanners. Tails that wait answer at once, so that they
// do not hold the rest up. An error says that something was broken off; all of it may be.
func (s *server) drain(ctx context.Context) error {
	s.log.Info("stopping: no more requests are taken, those under way are finished")
	began := time.Now()
	requests := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, requestDrain)
		defer cancel()
		requests <- s.http.Shutdown(ctx)
	}()
	if err := within(ctx, streamDrain, s.api.StopStreams); err != nil {
		s.metrics.ShutdownTimedOut()
		s.log.Warn("stream calls did not end in time")
	}
	if err := <-requests; err != nil {
		s.log.Warn("requests did not end in time, closing their connections", "error", err)
		_ = s.http.Close()
	}
	if err := within(ctx, backgroundDrain, s.api.Close); err != nil {
		s.log.Warn("background work broken off", "error", err)
	}
	s.stopEngine()
	var stuck error
	select {
	case stuck = <-s.engine:
	case <-ctx.Done():
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if stuck == nil {
		s.log.Info("stopped", "took", time.Since(began))
	}
	return stuck
}

func within(ctx context.Context, most time.Duration, step func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return step(ctx)
}
