package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// tailFor is how long a stream is watched; FFBOARD_TAIL_FOR=1m for the long form.
func tailFor(t *testing.T) time.Duration {
	t.Helper()
	if v := os.Getenv("FFBOARD_TAIL_FOR"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return 4 * time.Second
}

var frameNumber = regexp.MustCompile(`frame-(\d{6})`)

// watched collects the numbers of the frames that have been on the screen, and complains of one that stands there twice or out of
// turn.
type watched struct {
	t    *testing.T
	last int
	seen map[int]bool
}

func (w *watched) look(text string) {
	previous := -1
	for _, m := range frameNumber.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		if previous >= 0 && n != previous+1 {
			w.t.Errorf("on the screen frame %d follows frame %d", n, previous)
		}
		previous = n
		w.seen[n] = true
		w.last = max(w.last, n)
	}
}

func TestATailShowsEveryFrameOnceAndSaysWhenTheStreamEnds(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	frames := int(tailFor(t) / (50 * time.Millisecond))
	d.worker(map[string]worker.Handler{"talk": talk(frames)})
	id := d.solo("talk")
	d.eventually("it is at work", func() bool { return d.state(id) == engine.StateActive })

	s := d.board(120, 36, "--start", "execution "+string(id))
	s.shows("talk", "active")
	s.press("t")
	w := &watched{t: t, seen: map[int]bool{}}
	err := s.WaitForFrame(tailFor(t)+soon, func(text string) bool {
		w.look(text)
		return w.last == frames-1
	})
	if err != nil {
		t.Fatalf("the last frame seen is %d of %d: %v\n%s", w.last, frames, err, s.Text())
	}
	for n := range frames {
		if !w.seen[n] {
			t.Errorf("frame %d was never on the screen", n)
		}
	}
	s.shows("closed")
}

// talk appends numbered frames, twenty a second.
func talk(frames int) worker.Handler {
	return func(ctx context.Context, task *worker.Task) ([]byte, error) {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for n := range frames {
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-tick.C:
			}
			if err := task.Log(ctx, "frame-%06d", n); err != nil {
				return nil, err
			}
		}
		return fmt.Appendf(nil, "%d frames", frames), nil
	}
}
