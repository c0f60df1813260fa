package views

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ffboard/engine"
	"ffboard/engine/enginetest/hostile"
)

func TestTokensMakeAText(t *testing.T) {
	v := newNumberedTail(t, 0)
	v.SetSize(40, 12)
	var frames []engine.StreamFrame
	for i, piece := range []string{"The quick brown f", "ox jumps over the lazy d", "og. It ran.\n\nAfter", "wards ", "\xe4\xb8", "\x96 slept"} {
		f := numbered(i, 1)[0]
		f.Payload = []byte(piece)
		frames = append(frames, f)
	}
	event := numbered(9, 1)[0]
	event.Type, event.Payload = "event", []byte("done")
	feedFrames(v, append(frames, event))
	presses(v, "x")
	var got []string
	for i := range v.flow.count() {
		got = append(got, strings.TrimRight(string(v.flow.line(i).text), " "))
	}
	want := []string{"The quick brown fox jumps over the lazy", "dog. It ran.", "", "Afterwards 世 slept", "event: done"}
	if !slices.Equal(got, want) {
		t.Errorf("the text is\n%q, want\n%q", got, want)
	}
	v.SetSize(24, 12)
	if v.flow.width != 23 || v.flow.count() != 6 {
		t.Errorf("a narrower screen gives %d lines of %d", v.flow.count(), v.flow.width)
	}
}

func TestALongTextWithoutLineEndsStaysCheap(t *testing.T) {
	f := &textFlow{width: 60}
	for range 40_000 {
		f.write("lorem ipsum ")
	}
	if dropped := f.settle(); len(f.open) > longestOpen || f.count() > mostFlowLines || dropped != 0 {
		t.Errorf("%d bytes open, %d lines, %d dropped", len(f.open), f.count(), dropped)
	}
	f.write(strings.Repeat("x\n", mostFlowLines))
	if dropped := f.settle(); dropped == 0 || f.count() > mostFlowLines {
		t.Errorf("%d lines, %d dropped", f.count(), dropped)
	}
}

func TestWordsAreWrapped(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		width int
		want  string
	}{
		"between words":                   {"aa bb cc", 5, "aa bb|cc"},
		"a word wider than a line":        {"a bcdefgh i", 4, "a |bcde|fgh |i"},
		"blanks that do not fit":          {"abcd    ef", 5, "abcd|ef"},
		"an empty line":                   {"", 5, ""},
		"a tab is four blanks":            {"a\tb", 9, "a    b"},
		"wide runes":                      {"世界 世界", 5, "世界 |世界"},
		"an escape counts as it is drawn": {"a \x1b[0m", 6, `a |\x1b[0|m`},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, l := range wrapWords(c.in, c.width) {
				got = append(got, string(l))
			}
			if strings.Join(got, "|") != c.want {
				t.Errorf("%q, want %q", strings.Join(got, "|"), c.want)
			}
		})
	}
}

func TestHostileWordsAreWrappedWhole(t *testing.T) {
	s := hostile.New(5)
	for range 400 {
		raw := s.Next()
		raw = raw[:min(len(raw), 2000)]
		for _, width := range []int{1, 7, 60} {
			for _, line := range wrapWords(raw, width) {
				if !utf8.ValidString(string(line)) || line.Width() > width {
					t.Fatalf("%q in %d cells has the line %q", raw, width, line)
				}
			}
		}
	}
}

func TestRowsWhoseLongNamesDifferAtTheirEndAreTwo(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	if rowID(long+"1", "x") == rowID(long+"2", "x") || rowID(long) == rowID(long+"a") || len(rowID(long)) > 3*rowEnds {
		t.Error("a row's id does not tell long names apart")
	}
}
