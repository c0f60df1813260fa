package recording

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func TestNoTokenComesIntoARecording(t *testing.T) {
	c := newClock()
	r, path := recordTo(t, newBackend(c), c)
	ctx := t.Context()
	if token, err := r.ReadWaitpointToken(ctx, "x", "w"); err != nil || token.Reveal() != plantedToken {
		t.Fatalf("the recorder keeps the token from whoever needs it: %v %v", token, err)
	}
	if _, err := r.CreateWaitpoint(ctx, engine.Handle{}, "k", time.Minute); err != nil {
		t.Fatal(err)
	}
	if page, err := r.ListPendingWaitpoints(ctx, "x", "", 10); err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	text := plainText(t, path)
	if !strings.Contains(text, "ListPendingWaitpoints") {
		t.Error("nothing was recorded at all")
	}
	for _, secret := range []string{plantedToken, "89abcdef0123456789abcdef", "ReadWaitpointToken"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the recording:\n%s", secret, text)
		}
	}
}

func TestARecordingIsItsOwnersAloneAndReplacesNothingUnasked(t *testing.T) {
	c := newClock()
	r, path := recordTo(t, newBackend(c), c)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	if _, err := Record(newBackend(c), Options{File: path}); err == nil || !strings.Contains(err.Error(), "--record-replace") {
		t.Errorf("a recording was replaced: %v", err)
	}
	again, err := Record(newBackend(c), Options{File: path, Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Record(newBackend(c), Options{File: filepath.Dir(path), Replace: true}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder was replaced: %v", err)
	}
	if _, err := Record(newBackend(c), Options{File: filepath.Join(path, "below")}); err == nil || errors.Is(err, fs.ErrExist) {
		t.Errorf("recorded below a file: %v", err)
	}
}

func TestTheSameAnswerIsStoredOnce(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	b.flows = engine.FlowRows{Rows: []engine.FlowRow{{Flow: engine.Flow{Kind: "needle"}}}, Total: 1}
	r, path := recordTo(t, b, c)
	for range 50 {
		if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Second)
	}
	p := play(t, r, path, c)
	if n := strings.Count(plainText(t, path), "needle"); n != 1 {
		t.Errorf("stored %d times", n)
	}
	p.Seek(c.since(30 * time.Second))
	if rows, err := p.FlowRows(t.Context(), engine.FlowQuery{}); err != nil || rows.Rows[0].Kind != "needle" {
		t.Error(rows, err)
	}
}

func TestARecordingThatIsAsLargeAsItMayStopsAndStands(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	path := filepath.Join(t.TempDir(), "small"+Suffix)
	r, err := Record(b, Options{File: path, Limit: 4000, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; r.State().Stopped == nil; i++ {
		b.flows = engine.FlowRows{Total: i, Rows: []engine.FlowRow{{Flow: engine.Flow{Kind: time.Duration(i * i * 7919).String()}}}}
		if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
			t.Fatal(err) // the board goes on
		}
		c.pass(time.Millisecond)
	}
	if err := r.Close(); !errors.Is(err, ErrLimit) {
		t.Errorf("%v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 4000 {
		t.Fatal(info.Size(), err)
	}
}

func TestADiskThatIsFullStopsTheRecordingAndNotTheBoard(t *testing.T) {
	c := newClock()
	r, _ := recordTo(t, newBackend(c), c)
	r.file.Close() // as if the disk had gone
	for r.State().Stopped == nil {
		if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Millisecond)
	}
	if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
		t.Error(err)
	}
}

func TestWhatComesFasterThanItIsWrittenIsCounted(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	b.flows = engine.FlowRows{Rows: []engine.FlowRow{{Flow: engine.Flow{Kind: strings.Repeat("x", mostAnswer)}}}}
	r, path := recordTo(t, b, c)
	if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
		t.Fatal(err)
	}
	b.flows = engine.FlowRows{}
	if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
		t.Fatal(err)
	}
	if p := play(t, r, path, c); p.Dropped() != 1 || p.Coverage(nil, 1)[0] != Lost {
		t.Errorf("%d dropped, %v", p.Dropped(), p.Coverage(nil, 1))
	}
}

// A file that was cut off, as by kill -9 or a full disk, is good up to there.
func TestARecordingThatWasCutOffPlaysUpToThere(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	r, path := recordTo(t, b, c)
	for i := range 3 {
		b.flows.Total = i + 1
		for b.flows.Rows = nil; len(b.flows.Rows) < 4000; {
			b.flows.Rows = append(b.flows.Rows, engine.FlowRow{Flow: engine.Flow{Kind: strings.Repeat("x", 200)}})
		}
		if _, err := r.FlowRows(t.Context(), engine.FlowQuery{}); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Second)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(path, c.now)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, last := p.Span()
	p.Seek(last)
	if rows, err := p.FlowRows(t.Context(), engine.FlowQuery{}); err != nil || rows.Total != 2 {
		t.Errorf("%d %v", rows.Total, err)
	}
	if !errors.Is(p.Fault(), errCutOff) {
		t.Errorf("the cut is not told: %v", p.Fault())
	}
}
