package views

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// saveTo presses through the dialog and returns what writes the file.
func saveTo(t *testing.T, v *Tail, file string, keys ...string) tea.Cmd {
	t.Helper()
	d := v.Update(viewstest.Key("W"))().(Ask).Dialog.(*saveDialog)
	d.name.SetValue(file)
	for _, k := range keys {
		d.Update(viewstest.Key(k))
	}
	run := d.Update(d.Update(viewstest.Key("enter"))())
	if run == nil || !d.Closed() {
		t.Fatalf("nothing is saved: %v", d.err)
	}
	return run
}

// savedLines are the objects in a file of JSON lines.
func savedLines(t *testing.T, file string) []map[string]any {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []map[string]any
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("line %d: %v", len(lines)+1, err)
		}
		if i := strings.IndexFunc(scanner.Text(), func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
			t.Errorf("line %d holds a control byte", len(lines)+1)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestEveryFrameIsSavedWhateverTheScreenShows(t *testing.T) {
	t.Parallel() // it takes long
	e := viewstest.Canned()
	frames, calls := numbered(0, 25_000), 0
	frames[17].Payload = []byte("\x1b]52;c;aGk=\a\xff\n" + strings.Repeat("x", 64<<10))
	answer := stored(&frames)
	e.OnTail = func(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		if calls++; calls == 3 {
			return engine.StreamPage{}, engine.Transport("tail_stream", errors.New("connection reset"))
		}
		page, err := answer(ctx, q)
		page.ClosedReason = "attempt_success"
		return page, err
	}
	v := NewTail(bareCommon(e), activeRef(e, 1))
	t.Cleanup(v.Close)
	v.SetSize(100, 20)
	file := filepath.Join(t.TempDir(), "frames.jsonl")
	run := saveTo(t, v, file)
	if !strings.Contains(v.View(), " saving ") || !v.saving() {
		t.Errorf("nothing says that it is saved:\n%s", v.View())
	}
	if said := run().(Said); said.Error || !strings.Contains(string(said.Text), "25,000 frames") {
		t.Errorf("said %q", said.Text)
	}
	lines := savedLines(t, file)
	if len(lines) != len(frames) {
		t.Fatalf("%d of %d frames are in the file", len(lines), len(frames))
	}
	for i, line := range lines {
		if line["id"] != frames[i].ID {
			t.Fatalf("line %d is frame %v, not %s", i, line["id"], frames[i].ID)
		}
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("the file is for %v", info.Mode())
	}
	if v.saving() || !strings.Contains(v.View(), " saved  25,000 frames") {
		t.Errorf("nothing says that it is over:\n%s", v.View())
	}
}

func TestWhatTheServerTrimmedBeforeItWasReadIsCounted(t *testing.T) {
	e := viewstest.Canned()
	ref := activeRef(e, 0)
	frames := numbered(0, 3000)
	kept := append(slices.Clone(frames[:1000]), frames[1700:]...)
	e.Streaming[0].FrameCount, e.Streaming[0].LastID = 3000, frames[2999].ID
	answer := stored(&kept)
	e.OnTail = func(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		page, err := answer(ctx, q)
		page.ClosedReason = "attempt_success"
		return page, err
	}
	v := NewTail(bareCommon(e), ref)
	t.Cleanup(v.Close)
	v.SetSize(120, 20)
	said := saveTo(t, v, filepath.Join(t.TempDir(), "frames.jsonl"))().(Said)
	if want := "2,300 frames"; !strings.Contains(string(said.Text), want) || !strings.Contains(v.View(), "700 trimmed before they were read") {
		t.Errorf("said %q\n%s", said.Text, v.View())
	}
}

func TestSavingFromNowOnLeavesOutWhatWasBefore(t *testing.T) {
	e := viewstest.Canned()
	ref := activeRef(e, 1)
	page := e.Frames[ref]
	page.Frames, page.ClosedReason = numbered(0, 10), ""
	e.Frames[ref] = page
	reads := 0
	e.OnTail = func(_ context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		switch reads++; reads {
		case 1:
			if q.After != string(engine.StreamEnd) || q.Block != 0 {
				t.Errorf("the first read is after %q and waits %v", q.After, q.Block)
			}
			return engine.StreamPage{LastID: page.Frames[9].ID}, nil
		case 2:
			if q.After != page.Frames[9].ID {
				t.Errorf("the second read is after %q", q.After)
			}
			return engine.StreamPage{Frames: numbered(10, 2), LastID: numbered(11, 1)[0].ID}, nil
		default:
			return engine.StreamPage{LastID: q.After, ClosedReason: "attempt_success"}, nil
		}
	}
	v := NewTail(bareCommon(e), ref)
	t.Cleanup(v.Close)
	file := filepath.Join(t.TempDir(), "frames.jsonl")
	saveTo(t, v, file, "tab", "right")()
	if lines := savedLines(t, file); len(lines) != 2 {
		t.Errorf("%d frames are in the file, not the 2 that came", len(lines))
	}
}

func TestSavingStopsWithTheViewAndByItsKey(t *testing.T) {
	for name, end := range map[string]func(v *Tail){
		"the key":  func(v *Tail) { presses(v, "W") },
		"the view": func(v *Tail) { v.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			e := viewstest.Canned()
			waits := make(chan struct{})
			e.OnTail = func(ctx context.Context, _ engine.TailQuery) (engine.StreamPage, error) {
				close(waits)
				<-ctx.Done()
				return engine.StreamPage{}, ctx.Err()
			}
			v := NewTail(bareCommon(e), activeRef(e, 0))
			t.Cleanup(v.Close)
			run := saveTo(t, v, filepath.Join(t.TempDir(), "frames.jsonl"))
			said := make(chan tea.Msg)
			go func() { said <- run() }()
			<-waits
			end(v)
			if s := (<-said).(Said); s.Error {
				t.Errorf("said %q", s.Text)
			}
		})
	}
}

func TestAFileThatIsThereIsNotTouched(t *testing.T) {
	file := filepath.Join(t.TempDir(), "frames.jsonl")
	if err := os.WriteFile(file, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := newSaveDialog(bareCommon(viewstest.Canned()), engine.StreamRef{}, nil)
	for _, name := range []string{file, "", filepath.Join(file, "x"), filepath.Join(t.TempDir(), "no", "x")} {
		d.name.SetValue(name)
		if cmd := d.Update(viewstest.Key("enter")); cmd != nil {
			d.Update(cmd())
		}
		if d.Closed() || d.err == nil {
			t.Fatalf("%q was taken", name)
		}
		for _, size := range viewstest.Sizes() {
			box := d.View(size[0], size[1])
			viewstest.CheckFrame(t, box, size[0], strings.Count(box, "\n")+1)
		}
	}
	if kept, _ := os.ReadFile(file); string(kept) != "mine" {
		t.Errorf("the file says %q now", kept)
	}
}

func TestTheNameOfAFileHoldsNothingOfAStranger(t *testing.T) {
	for id, want := range map[engine.ExecutionID]string{
		"{fp:3}:9b1c0d2e-1111-4222-8333-444455556666": "stream-9b1c0d2e-attempt-2.jsonl",
		"../../etc/\x1b[31mpasswd":                    "stream-attempt-2.jsonl",
	} {
		if got := saveName(engine.StreamRef{Execution: id, Attempt: 1}); got != want {
			t.Errorf("%q is saved as %q, want %q", id, got, want)
		}
	}
}

func TestWhereTheTerminalIsElsewhereNothingIsSaved(t *testing.T) {
	c := bareCommon(viewstest.Canned())
	c.Remote = true
	v := NewTail(c, engine.StreamRef{})
	t.Cleanup(v.Close)
	for _, b := range v.Bindings() {
		if b.Help().Key == "W" {
			t.Error("it is offered")
		}
	}
	if cmd := v.Update(viewstest.Key("W")); cmd != nil {
		t.Error("it is done")
	}
}
