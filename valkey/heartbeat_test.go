package valkey

import (
	"reflect"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

func (x bench) engines() []engine.EngineBeat {
	x.Helper()
	beats, err := x.engineBeats(x.ctx)
	x.must(err)
	return beats
}

// beatOf is what an engine might say.
func (x bench) beatOf(name string) engine.EngineBeat {
	now := x.now().Truncate(time.Millisecond)
	return engine.EngineBeat{
		Name: name, Host: "h1", Version: "v1", PID: 7, StartedAt: now.Add(-time.Hour), At: now, Every: 5 * time.Second,
		Shares: []string{"partitions:0/4"}, ShareCount: 4,
		Scanners: []engine.ScannerBeat{
			{Name: "lease_expiry", Every: time.Second, LastPassAt: now, Took: 1500 * time.Microsecond, NextDue: now.Add(time.Minute),
				Problem: "why", Examined: 3, Done: 2, Failed: 1, Passes: 9, AllDone: 20, AllFailed: 10},
			{Name: "unblock", Every: 5 * time.Second},
		},
	}
}

func TestWhatAnEngineSaysIsReadAsItWasSaid(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		beat := x.beatOf("one")
		x.must(b.BeatEngine(x.ctx, beat, time.Minute))
		if got := x.engines(); len(got) != 1 || !reflect.DeepEqual(got[0], beat) {
			t.Errorf("got  %+v\nwant %+v", got, beat)
		}
		x.must(b.ForgetEngine(x.ctx, "one"))
		if got := x.engines(); len(got) != 0 || x.exists(keyEngine("one")) || x.exists(keyEngines) {
			t.Errorf("after it has stopped: %+v", got)
		}
	})
}

func TestAnEngineThatSaysNothingMoreIsGoneAndLaterForgotten(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		dead, long := x.beatOf("dead"), x.beatOf("long dead")
		long.At = long.At.Add(-enginesKept - time.Second)
		x.must(b.BeatEngine(x.ctx, long, time.Millisecond))
		x.must(b.BeatEngine(x.ctx, dead, time.Millisecond))
		enginetest.Eventually(t, "it counts as gone", func() bool {
			got := x.engines()
			return len(got) == 1 && got[0].Name == "dead" && got[0].Gone && got[0].At.Equal(dead.At)
		})
		if ttl := b.rdb.PTTL(x.ctx, keyEngines).Val(); ttl <= 0 || ttl > enginesKept {
			t.Errorf("the index lapses in %v", ttl)
		}
	})
}

func TestABeatThatCannotBeReadIsOneMarkedRow(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for _, name := range []string{"one", "two", "three"} {
			x.must(b.BeatEngine(x.ctx, x.beatOf(name), time.Minute))
		}
		x.must(b.rdb.Set(x.ctx, keyEngine("two"), "{\x1b[2J", 0).Err())
		x.must(b.rdb.Del(x.ctx, keyEngine("three")).Err())
		x.must(b.rdb.SAdd(x.ctx, keyEngine("three"), "x").Err())
		marked := 0
		for _, beat := range x.engines() {
			if (len(beat.Malformed) > 0) != (beat.Name != "one") {
				t.Errorf("%s: %+v", beat.Name, beat.Malformed)
			}
			marked += len(beat.Malformed)
		}
		if marked != 2 {
			t.Errorf("%d are marked", marked)
		}
	})
}

func TestABeatOfNobodyIsRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		if err := b.BeatEngine(x.ctx, x.beatOf(""), time.Minute); err == nil {
			t.Error("it was taken")
		}
	})
}
