package recording

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ffboard/engine"
)

// backend is a deployment that says what a test wants it to.
type backend struct {
	nobody
	flows       engine.FlowRows
	rows        map[engine.ExecutionID]engine.ExecutionRow
	frames      []engine.StreamFrame
	closed      string
	completions chan engine.Completion
	ahead       time.Duration
	clock       *clock
	failed      error
}

func newBackend(c *clock) *backend {
	refuse := func(op string) error { return engine.Unavailable(op) }
	return &backend{nobody: nobody{Refusing: engine.Refusing{Refuse: refuse}}, clock: c, completions: make(chan engine.Completion)}
}

func (b *backend) FlowRows(context.Context, engine.FlowQuery) (engine.FlowRows, error) {
	return b.flows, b.failed
}

func (b *backend) Depths(context.Context) (engine.Depths, error) { return engine.Depths{}, nil }

func (b *backend) ServerTime(context.Context) (time.Time, error) {
	return b.clock.now().Add(b.ahead), nil
}

func (b *backend) ExecutionRows(_ context.Context, ids []engine.ExecutionID) (rows []engine.ExecutionRow, err error) {
	for _, id := range ids {
		rows = append(rows, b.rows[id])
	}
	return rows, b.failed
}

func (b *backend) ReadWaitpointToken(context.Context, engine.ExecutionID, engine.WaitpointID) (engine.WaitpointToken, error) {
	return plantedToken, nil
}

func (b *backend) CreateWaitpoint(context.Context, engine.Handle, string, time.Duration) (engine.IssuedWaitpoint, error) {
	return engine.IssuedWaitpoint{Key: "k", Token: plantedToken}, nil
}

func (b *backend) ListPendingWaitpoints(context.Context, engine.ExecutionID, engine.WaitpointID, int) (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
	token := engine.WaitpointToken(plantedToken)
	return engine.Page[engine.Waitpoint, engine.WaitpointID]{Items: []engine.Waitpoint{{TokenKid: token.Kid(), TokenFingerprint: token.Fingerprint()}}}, nil
}

const plantedToken = "k1:deadbeef0123456789abcdef0123456789abcdef"

func (b *backend) TailStream(_ context.Context, q engine.TailQuery) (page engine.StreamPage, err error) {
	after, _ := engine.ParseEntryID(q.After)
	for _, f := range b.frames {
		if id, _ := engine.ParseEntryID(f.ID); after.Before(id) && len(page.Frames) < q.Limit {
			page.Frames, page.LastID = append(page.Frames, f), f.ID
		}
	}
	page.ClosedReason = b.closed
	return page, nil
}

func (b *backend) SubscribeCompletions(context.Context) (<-chan engine.Completion, error) {
	return b.completions, nil
}

// clock is a clock that a test moves.
type clock struct{ at time.Time }

func newClock() *clock                { return &clock{time.UnixMilli(1795485176000)} }
func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }
func (c *clock) since(d time.Duration) time.Time {
	return time.UnixMilli(1795485176000).Add(d)
}

// recordTo begins a recording in a folder of the test's.
func recordTo(t *testing.T, b engine.Attached, c *clock) (*Recorder, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test"+Suffix)
	r, err := Record(b, Options{File: path, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, path
}

// play ends a recording and opens it; the player's own clock is the test's.
func play(t *testing.T, r *Recorder, path string, c *clock) *Player {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := Open(path, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// plainText is what zcat shows of a file.
func plainText(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func isNotRecorded(err error) bool { return errors.Is(err, engine.ClassNotRecorded) }
