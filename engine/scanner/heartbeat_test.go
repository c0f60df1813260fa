package scanner

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
)

func TestAnEngineTellsWhoItIsAndHowItsScannersDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		began := time.Now()
		stop := start(t, f, quiet())
		promoted := delayed(f, time.Now().Add(20*time.Second))
		time.Sleep(time.Minute)
		synctest.Wait()
		beat := f.lastBeat()
		if beat.Name != "one" || beat.PID == 0 || beat.Version == "" || len(beat.Shares) != sliceCount || beat.ShareCount != sliceCount {
			t.Errorf("it says %+v", beat)
		}
		if !beat.StartedAt.Equal(began) || time.Since(beat.At) > beatEvery {
			t.Errorf("started at %v, beat at %v", beat.StartedAt, beat.At)
		}
		if len(beat.Scanners) != len(defaultIntervals) {
			t.Errorf("%d scanners", len(beat.Scanners))
		}
		for _, s := range beat.Scanners {
			if s.Every != defaultIntervals[s.Name] || s.Passes == 0 || s.LastPassAt.Before(beat.At.Add(-s.Every-beatEvery)) {
				t.Errorf("%s: %+v", s.Name, s)
			}
			if s.Name == DelayedPromoter && (s.AllDone != 1 || s.AllFailed != 0) {
				t.Errorf("%s was promoted: %+v", promoted, s)
			}
		}
		stop()
		if f.count("ForgetEngine") != 1 {
			t.Error("an engine that has stopped is still on the registry")
		}
	})
}

func TestABeatNamesWhyAPassWasBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeartbeat(scopeOf(t, newFake(), quiet()))
		h.expect(LeaseExpiry, time.Second)
		h.note(Pass{Scanner: LeaseExpiry, Err: errors.New(strings.Repeat("caf\u00e9 ", 100))})
		if s := h.snapshot(time.Now()).Scanners[0]; !strings.HasPrefix(s.Problem, "café") || len(s.Problem) > mostProblem {
			t.Errorf("it says %q", s.Problem)
		}
		h.note(Pass{Scanner: LeaseExpiry, Report: Report{Examined: 3, Done: 2, Failed: 1}, Took: time.Millisecond})
		if s := h.snapshot(time.Now()).Scanners[0]; s.Problem != "" || s.Passes != 2 || s.Examined != 3 || s.AllFailed != 1 {
			t.Errorf("after a good pass it says %+v", s)
		}
	})
}

func TestAnEngineWorksOnWhenNobodyTakesItsBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &mute{newFake()}
		e, err := New(f, quiet())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		delayed(f.fake, time.Now())
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(f.actedOn()) != 1 {
			t.Errorf("acted on %d things", len(f.actedOn()))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// mute is a deployment that takes no beats.
type mute struct{ *fake }

func (m *mute) BeatEngine(context.Context, engine.EngineBeat, time.Duration) error {
	return engine.Refused("beat_engine", errors.New("NOPERM"))
}
