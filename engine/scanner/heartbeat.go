package scanner

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	beatEvery = 5 * time.Second
	beatTTL   = 4 * beatEvery // after which an engine that says nothing counts as gone
	// firstBeat leaves the shares the time to be taken.
	firstBeat = time.Second
	// mostProblem is how much is told of why a pass was broken off, in bytes.
	mostProblem = 200
)

// heartbeat tells the deployment that the engine is there and how its scanners do, for whoever looks (spec 06 §12.8). Nothing depends
// on it.
type heartbeat struct {
	registry engine.EngineRegistry
	clock    *engine.ServerClock
	shares   *shares
	log      *slog.Logger

	mu        sync.Mutex
	beat      engine.EngineBeat // its times are this machine's until it is told
	startedAt time.Time
}

func newHeartbeat(s *scope) *heartbeat {
	host, _ := os.Hostname()
	h := &heartbeat{registry: s.b, clock: s.clock, shares: s.shares, log: s.log}
	h.beat = engine.EngineBeat{
		Name: s.cfg.Name, Host: host, Version: engine.BuildVersion(), PID: os.Getpid(), Every: beatEvery, ShareCount: sliceCount,
	}
	return h
}

// expect names a scanner that will have passes.
func (h *heartbeat) expect(name string, every time.Duration) {
	h.beat.Scanners = append(h.beat.Scanners, engine.ScannerBeat{Name: name, Every: every})
	slices.SortFunc(h.beat.Scanners, func(a, b engine.ScannerBeat) int { return strings.Compare(a.Name, b.Name) })
}

// note takes in a pass.
func (h *heartbeat) note(p Pass) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := slices.IndexFunc(h.beat.Scanners, func(s engine.ScannerBeat) bool { return s.Name == p.Scanner })
	if at < 0 {
		return
	}
	s := &h.beat.Scanners[at]
	s.LastPassAt, s.Took, s.NextDue, s.Problem = time.Now(), p.Took, p.Report.next, problemOf(p.Err)
	s.Examined, s.Done, s.Failed = p.Report.Examined, p.Report.Done, p.Report.Failed
	s.Passes++
	s.AllDone += uint64(p.Report.Done)
	s.AllFailed += uint64(p.Report.Failed)
}

func problemOf(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	return strings.ToValidUTF8(text[:min(len(text), mostProblem)], "")
}

// run tells until ctx ends, and takes the engine off the registry then.
func (h *heartbeat) run(ctx context.Context) {
	h.startedAt = time.Now()
	for wait := firstBeat; pause(ctx, wait); wait = beatEvery {
		if err := h.tell(ctx); err != nil && ctx.Err() == nil {
			h.log.Debug("heartbeat not written, trying again", "error", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = h.registry.ForgetEngine(ctx, h.beat.Name) // its time lapses otherwise
}

func (h *heartbeat) tell(ctx context.Context) error {
	now, err := h.clock.Now(ctx)
	if err != nil {
		return err
	}
	return h.registry.BeatEngine(ctx, h.snapshot(now), beatTTL)
}

// snapshot is the beat with the server's times.
func (h *heartbeat) snapshot(now time.Time) engine.EngineBeat {
	h.mu.Lock()
	defer h.mu.Unlock()
	ahead := time.Until(now)
	beat := h.beat
	beat.At, beat.StartedAt, beat.Shares = now, h.startedAt.Add(ahead), h.shares.held()
	beat.Scanners = slices.Clone(h.beat.Scanners)
	for i := range beat.Scanners {
		if s := &beat.Scanners[i]; !s.LastPassAt.IsZero() {
			s.LastPassAt = s.LastPassAt.Add(ahead)
		}
	}
	return beat
}
