package tui

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
)

// rendered is a frame as the renderer writes it.
func rendered(before, next []string) []byte {
	var b bytes.Buffer
	b.WriteString(frameBegin)
	if before == nil {
		b.WriteByte('\r')
	}
	for i, line := range next {
		if before == nil || before[i] != line {
			b.WriteString(line + "\x1b[K")
			if i < len(next)-1 {
				b.WriteByte('\r')
			}
		}
		if i < len(next)-1 {
			b.WriteByte('\n')
		}
	}
	fmt.Fprintf(&b, "\x1b[%d;H", len(next))
	return b.Bytes()
}

// screens are two terminals that see the same frames, one of them shortened.
type screens struct {
	t           *testing.T
	whole, less *vt.Emulator
	painted     painted
	before      []string
	bytes       int // of the last frame
}

func newScreens(t *testing.T, height int) *screens {
	return &screens{t: t, whole: vt.NewEmulator(60, height), less: vt.NewEmulator(60, height)}
}

func (s *screens) show(next []string) {
	s.t.Helper()
	frame := rendered(s.before, next)
	short := s.painted.shorten(frame)
	s.bytes, s.before = len(short), next
	_, _ = s.whole.Write(frame)
	_, _ = s.less.Write(short)
	for y := range s.whole.Height() {
		for x := range s.whole.Width() {
			a, b := s.whole.CellAt(x, y), s.less.CellAt(x, y)
			if a.Content != b.Content || !a.Style.Equal(&b.Style) {
				s.t.Fatalf("at %d,%d is %q %v, want %q %v, after %q", x, y, b.Content, b.Style, a.Content, a.Style, short)
			}
		}
	}
}

func listOf(first, selected, rows int) []string {
	lines := []string{"\x1b[1mffboard\x1b[0m  valkey  1.3ms", "STATE   NAME"}
	for i := first; i < first+rows; i++ {
		line := fmt.Sprintf(" \x1b[38;2;1;2;3m● running\x1b[0;38;2;9;9;9m  row number %d  \x1b[0mof a long list", i)
		if i == selected {
			line = fmt.Sprintf("\x1b[7m▌● running  row number %d  of a long list\x1b[0m", i)
		}
		lines = append(lines, line)
	}
	return append(lines, fmt.Sprintf(" id of %d", selected), "? help")
}

func TestAListThatScrollsIsMovedByTheTerminal(t *testing.T) {
	const rows = 26
	s := newScreens(t, rows+4)
	s.show(listOf(0, rows-1, rows))
	whole := s.bytes
	for first := range 40 {
		s.show(listOf(first+1, first+rows, rows))
		if s.bytes > whole/5 {
			t.Fatalf("a step down takes %d bytes, the whole screen %d", s.bytes, whole)
		}
	}
	s.show(listOf(40, 40, rows))
	for first := 39; first >= 0; first-- {
		s.show(listOf(first, first, rows))
		if s.bytes > whole/5 {
			t.Fatalf("a step up takes %d bytes, the whole screen %d", s.bytes, whole)
		}
	}
}

func TestALineIsWrittenFromWhereItChanged(t *testing.T) {
	s := newScreens(t, 4)
	s.show([]string{"\x1b[1mffboard\x1b[0m  a long address  \x1b[32m1.3ms\x1b[0m", "", "", ""})
	s.show([]string{"\x1b[1mffboard\x1b[0m  a long address  \x1b[32m1.4ms\x1b[0m", "", "", ""})
	if s.bytes > 32 {
		t.Errorf("%d bytes for one digit", s.bytes)
	}
}

func TestShortenedFramesLeadToTheSameScreen(t *testing.T) {
	words := []string{"a", "lane", "\x1b[31mred\x1b[0m", "\x1b[0;1;34mblue ", "é", "e\u0301", "漢字", "●", " ", "\x1b[0m", "▌row", ""}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		height := 1 + rng.IntN(12)
		s := newScreens(t, height)
		line := func() string {
			var b strings.Builder
			for range rng.IntN(6) {
				b.WriteString(words[rng.IntN(len(words))])
			}
			return b.String() + "\x1b[0m"
		}
		next := make([]string, height)
		for range 12 {
			moved := make([]string, height)
			by := rng.IntN(2*height+1) - height
			for i := range moved {
				if from := i + by; from >= 0 && from < height && rng.IntN(8) > 0 {
					moved[i] = next[from]
				} else {
					moved[i] = line()
				}
			}
			next = moved
			s.show(next)
		}
	}
}

func TestWhatIsNoFramePassesAsItIs(t *testing.T) {
	d := painted{}
	first := []string{"one", "two"}
	d.shorten(rendered(nil, first))
	for _, other := range []string{"\x1b[2J", "\x1b[H", "\x1b[Hone\r\n", "\x1b[Hx\n\x1b[2;H", "\x1b[H\n\x1b[J\x1b[2;H"} {
		if got := d.shorten([]byte(other)); string(got) != other {
			t.Errorf("%q became %q", other, got)
		}
		frame := rendered(first, []string{"one", "three"})
		if got := d.shorten(frame); !bytes.Equal(got, frame) {
			t.Errorf("after %q a frame became %q", other, got)
		}
		d.shorten(rendered(nil, first))
	}
}
