package viewstest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Now is what the tests' clock shows.
var Now = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

// Clock is a clock that stands at Now.
func Clock() time.Time { return Now }

// Sizes are the sizes at which every view is looked at, as width and height of the terminal.
func Sizes() [][2]int { return [][2]int{{80, 24}, {120, 36}, {200, 60}} }

// Updating tells that -update was given.
func Updating() bool { return *update }

// Golden compares a frame with testdata/<name>.golden; -update writes it. Blanks at line ends do not count.
func Golden(t *testing.T, name, frame string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	got := trim(frame)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update to accept)\n--- want\n%s\n--- got\n%s", file, want, got)
	}
}

func trim(frame string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(frame, "\n") {
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// CheckFrame checks a frame drawn with theme.Bare: exactly height lines, none wider than width, and nothing in it that a terminal
// could obey or hide.
func CheckFrame(t *testing.T, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		t.Errorf("%d lines, want %d", len(lines), height)
	}
	for i, line := range lines {
		if !utf8.ValidString(line) {
			t.Errorf("line %d is no UTF-8: %q", i, line)
		}
		if w := ansi.StringWidth(line); w > width {
			t.Errorf("line %d is %d wide, want at most %d: %q", i, w, width, line)
		}
		for _, r := range line {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Errorf("line %d holds %U: %q", i, r, line)
				break
			}
		}
	}
}
