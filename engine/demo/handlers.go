package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// handlers do the demo's work, by execution kind. They pretend by waiting.
var handlers = map[string]worker.Handler{
	"plan":    steps("plan", 4, 400*time.Millisecond),
	"draft":   draft,
	"choose":  steps("choose", 2, 300*time.Millisecond),
	"review":  review,
	"publish": sometimesFails(0.15, "the website answered 503", steps("publish", 3, 300*time.Millisecond)),

	"ingest":  steps("ingest", 6, 300*time.Millisecond),
	"encode":  encode,
	"caption": draft,
	"package": steps("package", 4, 400*time.Millisecond),
	"release": steps("release", 2, 300*time.Millisecond),

	"build":   buildLog,
	"test":    sometimesFails(0.25, "2 of 214 tests failed", steps("test", 8, 300*time.Millisecond)),
	"gate":    gate,
	"rollout": steps("rollout", 10, 500*time.Millisecond),
	"verify":  steps("verify", 6, 500*time.Millisecond),

	"charge": sometimesFails(0.4, "the card processor timed out", steps("charge", 3, 400*time.Millisecond)),
	"train":  steps("train", 60, 700*time.Millisecond),
	"remind": steps("remind", 1, 200*time.Millisecond),
}

// draw is a source of an execution's own: its choices repeat with the payload, and differ from attempt to attempt.
func draw(task *worker.Task) (brief, *rand.Rand) {
	var b brief
	if err := json.Unmarshal(task.Payload, &b); err != nil {
		b.Subject = "something"
	}
	return b, rand.New(rand.NewPCG(b.Draw, uint64(task.Attempt)))
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// pause waits, unless the lease is lost or the worker stops.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// between draws a duration around d.
func between(r *rand.Rand, d time.Duration) time.Duration {
	return d/2 + time.Duration(r.Int64N(int64(d)))
}

// steps is work with a progress bar and a durable log.
func steps(what string, n int, each time.Duration) worker.Handler {
	return func(ctx context.Context, task *worker.Task) ([]byte, error) {
		b, r := draw(task)
		for i := range n {
			if err := pause(ctx, between(r, each)); err != nil {
				return nil, err
			}
			if err := task.Progress(ctx, (i+1)*100/n, fmt.Sprintf("%s %d of %d", what, i+1, n)); err != nil {
				return nil, err
			}
			if i%4 == 0 {
				if err := task.Log(ctx, "%s: step %d of %d for %s", what, i+1, n, b.Subject); err != nil {
					return nil, err
				}
			}
		}
		return json.Marshal(map[string]any{"done": what, "subject": b.Subject, "part": b.Part})
	}
}

// sometimesFails fails before the work is done, with some probability for each attempt.
func sometimesFails(probability float64, message string, work worker.Handler) worker.Handler {
	return func(ctx context.Context, task *worker.Task) ([]byte, error) {
		_, r := draw(task)
		if r.Float64() < probability {
			if err := pause(ctx, between(r, time.Second)); err != nil {
				return nil, err
			}
			return nil, worker.Transient(errors.New(message))
		}
		return work(ctx, task)
	}
}

// draft writes tokens as they come: best effort for the eye, and a summary document that keeps count.
func draft(ctx context.Context, task *worker.Task) ([]byte, error) {
	b, r := draw(task)
	frames := 60 + r.IntN(180)
	tick := time.Second / time.Duration(8+r.IntN(12))
	text := ""
	for i := range frames {
		if err := pause(ctx, tick); err != nil {
			return nil, err
		}
		word := prose[(int(b.Draw%uint64(len(prose)))+i)%len(prose)] + " "
		text += word
		token := engine.Frame{Type: "token", Payload: []byte(word), Mode: engine.ModeBestEffort, TTL: time.Minute}
		if _, err := task.Append(ctx, token); err != nil {
			return nil, err
		}
		if i%10 != 9 && i != frames-1 {
			continue
		}
		document, err := json.Marshal(map[string]any{
			"model": b.Part, "words": i + 1, "text": map[string]any{"begins": text[:min(len(text), 40)], "length": len(text)},
		})
		if err != nil {
			return nil, err
		}
		if _, err := task.Append(ctx, engine.Frame{Type: "summary_delta", Payload: document, Mode: engine.ModeSummary}); err != nil {
			return nil, err
		}
		if err := task.Progress(ctx, (i+1)*100/frames, ""); err != nil {
			return nil, err
		}
	}
	return []byte(text), nil
}

// encode logs as encoders do.
func encode(ctx context.Context, task *worker.Task) ([]byte, error) {
	b, r := draw(task)
	frames := 40 + r.IntN(40)
	for i := range frames {
		if err := pause(ctx, between(r, 150*time.Millisecond)); err != nil {
			return nil, err
		}
		line := fmt.Sprintf("frame=%5d fps=%3d q=%.1f size=%7dkB bitrate=%4.1fkbits/s speed=%.2fx", (i+1)*50, 90+r.IntN(60),
			20+r.Float64()*6, (i+1)*412, 3000+r.Float64()*900, 1+r.Float64())
		frame := engine.Frame{Type: "stderr", Payload: []byte(line), CorrelationID: b.Part}
		if _, err := task.Append(ctx, frame); err != nil {
			return nil, err
		}
		if i%5 == 4 {
			if err := task.Progress(ctx, (i+1)*100/frames, "encoding "+b.Part); err != nil {
				return nil, err
			}
		}
	}
	if r.Float64() < 0.2 {
		return nil, worker.Permanent(errors.New("encoder: unsupported pixel format yuv444p12le"))
	}
	return json.Marshal(map[string]any{"file": b.Subject, "format": b.Part, "frames": frames * 50})
}

// buildLog is durable output of a build.
func buildLog(ctx context.Context, task *worker.Task) ([]byte, error) {
	b, r := draw(task)
	lines := []string{"resolving dependencies", "compiling 214 packages", "linking", "running vet", "building layers", "pushing image"}
	for i, line := range lines {
		for step := range 3 {
			if err := pause(ctx, between(r, 300*time.Millisecond)); err != nil {
				return nil, err
			}
			if err := task.Log(ctx, "[%d/%d] %s … %d%%", i+1, len(lines), line, (step+1)*33); err != nil {
				return nil, err
			}
		}
		if err := task.Progress(ctx, (i+1)*100/len(lines), line); err != nil {
			return nil, err
		}
	}
	return json.Marshal(map[string]any{"image": "registry/" + b.Subject, "digest": fmt.Sprintf("sha256:%016x", r.Uint64())})
}
