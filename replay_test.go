package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ffboard/engine/recording"
)

func TestWhatWasSeenOfTheDemoIsSeenAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo"+recording.Suffix)
	live := start(t, 120, 36, "demo", "--in-process", "--record", file, "--start", "lanes")
	live.shows(" rec ", "lanes", "media")
	recordedFor(t, file, 2*time.Second)
	live.press("2")
	live.shows("MEMBERS", "article")
	flow := firstFlow.FindString(live.Text())
	live.press("<enter>")
	live.shows("flows › flow", "edges")
	live.press("3")
	live.shows("LANE")
	live.press("q")
	if err := live.Wait(soon); err != nil {
		t.Fatal(err)
	}
	if text := live.Text(); !strings.Contains(text, "to see it again:") {
		t.Errorf("it does not say what came of the recording:\n%s", text)
	}

	again := start(t, 120, 36, "replay", file)
	again.shows(" replay ", "lanes", "media", "playing 1x")
	again.press("<ctrl-p>:at end\r2")
	again.shows("at the end", flow)
	again.press("<enter>")
	again.shows("flows › flow", "edges")
	again.press("{")
	again.shows("This was not recorded at", "paused")
	again.press("3")
	again.shows("LANE")
	again.press("q")
	if err := again.Wait(soon); err != nil {
		t.Fatal(err)
	}
}

// recordedFor waits until so much has been recorded.
func recordedFor(t *testing.T, file string, span time.Duration) {
	t.Helper()
	comesTo(t, soon, "something is in the file", func() (bool, error) {
		p, err := recording.Open(file, nil)
		if err != nil {
			return false, err
		}
		defer p.Close()
		first, last := p.Span()
		return last.Sub(first) >= span, nil
	})
}

var firstFlow = regexp.MustCompile(`\b[0-9a-f]{8}\b`)

// A program that is killed loses a second or two of its recording, not the file.
func TestARecordingOfAProgramThatWasKilledIsSeenAgain(t *testing.T) {
	d := newDeployment(t)
	file := filepath.Join(t.TempDir(), "killed"+recording.Suffix)
	live := d.board(100, 30, "--record", file, "--start", "lanes")
	live.shows("default", " rec ")
	recordedFor(t, file, time.Second)
	if err := live.Close(); err != nil { // it is killed
		t.Fatal(err)
	}
	again := start(t, 100, 30, "replay", file)
	again.shows("replay", "default", "ctrl+p")
}

func TestARecordingThatCannotBeIsToldBeforeAnythingIsStarted(t *testing.T) {
	folder := t.TempDir()
	taken := filepath.Join(folder, "taken"+recording.Suffix)
	if err := os.WriteFile(taken, []byte("no recording"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"a file that is there", []string{"demo", "--record", taken}, "exists already: give another name, or --record-replace"},
		{"no size", []string{"demo", "--record", "x", "--record-limit", "much"}, "a size is a number above 0 with KiB, MiB or GiB"},
		{"no recording", []string{"replay", taken}, "it is no recording of ffboard"},
		{"no file", []string{"replay", filepath.Join(folder, "none"+recording.Suffix)}, "there is no recording"},
		{"neither file nor id", []string{"replay", "nonsense"}, `"nonsense"`},
	} {
		s := runProgram(t, nil, tc.args...)
		if s.code != exitFailed || !strings.Contains(s.stderr, tc.want) || strings.Count(strings.TrimSpace(s.stderr), "\n") > 0 {
			t.Errorf("%s: %d %q", tc.name, s.code, s.stderr)
		}
	}
}

func TestASizeIsReadAsItIsWritten(t *testing.T) {
	for _, tc := range []struct {
		text string
		want size
		said string
	}{{"1GiB", 1 << 30, "1GiB"}, {"500 MiB", 500 << 20, "500MiB"}, {"1536KiB", 1536 << 10, "1.5MiB"}, {"77", 77, "77 bytes"}} {
		var s size
		if err := s.Set(tc.text); err != nil || s != tc.want || s.String() != tc.said {
			t.Errorf("%s: %d %q %v", tc.text, s, s, err)
		}
	}
	for _, text := range []string{"", "0", "-1GiB", "GiB", "99999999999GiB", "1GB", "1.5GiB"} {
		if s := new(size); s.Set(text) == nil {
			t.Errorf("%q is %d", text, *s)
		}
	}
}

func TestARecordingBeginsWithAViewAndRunsNoCommandOfAStranger(t *testing.T) {
	for start, want := range map[string]string{"lanes": "lanes", "flow x": "flow x", "quit": "", "act worker x": "", "theme light": "", "": ""} {
		if got := viewOf(start); got != want {
			t.Errorf("%q begins with %q", start, got)
		}
	}
}
