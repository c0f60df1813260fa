package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// stream is output that somebody watches while it is made.
var stream = Scenario{
	Name:    "stream",
	About:   "Handlers append frames as fast as they are taken, in each mode, and a reader follows each stream; a frame is timed from before it is sent until it is read.",
	Default: Size{Executions: 4, Frames: 2000, Workers: 4, Payload: 256},
	run:     runStream,
}

const (
	tailBlock = time.Second
	tailLimit = 1000
)

func runStream(ctx context.Context, r *run) error {
	for _, mode := range []engine.StreamMode{engine.ModeDurable, engine.ModeSummary, engine.ModeBestEffort} {
		if err := r.streams(ctx, mode); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	return nil
}

// streams is one mode's part.
func (r *run) streams(ctx context.Context, mode engine.StreamMode) error {
	n := r.size.Executions
	if err := r.submit(ctx, n, nil); err != nil {
		return err
	}
	counted := countdown(r.b, n)
	crew := r.crew(ctx)
	defer crew.dismiss()
	var following sync.WaitGroup
	var mu sync.Mutex
	var spans, appends []time.Duration
	return r.measured(ctx, n*r.size.Frames, func() error {
		began := time.Now()
		err := crew.worker(counted, worker.Config{Concurrency: n}, func(ctx context.Context, task *worker.Task) ([]byte, error) {
			following.Go(func() {
				seen, err := r.follow(ctx, task.Execution)
				if err != nil {
					crew.stop(fmt.Errorf("follow %s: %w", task.Execution, err))
				}
				mu.Lock()
				defer mu.Unlock()
				spans = append(spans, seen...)
			})
			took, err := r.write(ctx, task, mode)
			mu.Lock()
			defer mu.Unlock()
			appends = append(appends, took...)
			return nil, err
		})
		if err != nil {
			return err
		}
		if err := crew.until(counted.done); err != nil {
			return err
		}
		took := time.Since(began)
		following.Wait()
		r.note(fmt.Sprintf("%s: frames/s", mode), float64(n*r.size.Frames)/took.Seconds())
		r.noteSpans(fmt.Sprintf("%s: append", mode), appends)
		r.noteSpans(fmt.Sprintf("%s: sent to read", mode), spans)
		r.note(fmt.Sprintf("%s: frames read of 100", mode), 100*float64(len(spans))/float64(n*r.size.Frames))
		return nil
	})
}

// write appends the frames of one stream. Each says when it was sent.
func (r *run) write(ctx context.Context, task *worker.Task, mode engine.StreamMode) ([]time.Duration, error) {
	spans := make([]time.Duration, 0, r.size.Frames)
	padding := strings.Repeat("x", r.size.Payload)
	for range r.size.Frames {
		sent := time.Now()
		frame := engine.Frame{Type: "bench", Mode: mode, Payload: fmt.Appendf(nil, `{"at":"%d","text":"%s"}`, sent.UnixNano(), padding)}
		if mode == engine.ModeBestEffort {
			frame.TTL = time.Minute
		}
		if _, err := task.Append(ctx, frame); err != nil {
			return spans, err
		}
		spans = append(spans, time.Since(sent))
	}
	return spans, nil
}

// follow reads a stream to its end. It outlives the handler that writes.
func (r *run) follow(ctx context.Context, id engine.ExecutionID) ([]time.Duration, error) {
	ctx = context.WithoutCancel(ctx)
	var spans []time.Duration
	for after := ""; ; {
		page, err := r.b.TailStream(ctx, engine.TailQuery{Execution: id, After: after, Block: tailBlock, Limit: tailLimit})
		if err != nil {
			return spans, err
		}
		now := time.Now()
		for _, frame := range page.Frames {
			_, rest, _ := strings.Cut(string(frame.Payload), `"at":"`)
			digits, _, _ := strings.Cut(rest, `"`)
			if at, err := strconv.ParseInt(digits, 10, 64); err == nil {
				spans = append(spans, now.Sub(time.Unix(0, at)))
			}
		}
		if page.LastID != "" {
			after = page.LastID
		}
		if page.Closed() && len(page.Frames) == 0 {
			return spans, nil
		}
	}
}
