package theme

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func TestCleanShowsWhatATerminalWouldObeyOrHide(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain text stays":                       {"hello, world", "hello, world"},
		"a backslash stays":                      {`C:\x1b`, `C:\x1b`},
		"other scripts stay":                     {"żółć 世界 שלום", "żółć 世界 שלום"},
		"a mark stays on its base":               {"e\u0301", "e\u0301"},
		"an escape sequence":                     {"\x1b[31mred", `\x1b[31mred`},
		"line ends and tabs":                     {"a\nb\r\tc", `a\nb\r\tc`},
		"a C1 control as a rune":                 {"\u009b1m", `\u009b1m`},
		"a C1 control as a byte":                 {"\x9b1m", `\x9b1m`},
		"delete":                                 {"\x7f", `\x7f`},
		"a bidi override":                        {"a\u202eb", `a\u202eb`},
		"a bidi isolate":                         {"\u2066x\u2069", `\u2066x\u2069`},
		"zero width":                             {"a\u200b\u200d\u2060\ufeffb", `a\u200b\u200d\u2060\ufeffb`},
		"line and paragraph separators":          {"\u2028\u2029", `\u2028\u2029`},
		"a tag":                                  {"\U000e0041", `\U000e0041`},
		"a variation selector":                   {"\u2764\ufe0f", "\u2764" + `\ufe0f`},
		"private use":                            {"\ue000", `\ue000`},
		"a filler that looks like nothing":       {"\u3164\u115f", `\u3164\u115f`},
		"a mark without a base":                  {"\u0301a", `\u0301a`},
		"a fourth mark":                          {"e\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301" + `\u0301`},
		"a second leading consonant":             {"\u1100\u1100\u1161", "\u1100" + `\u1100` + `\u1161`},
		"half a rune":                            {"a\xe4\xb8", `a\xe4\xb8`},
		"a surrogate":                            {"\xed\xa0\x80", `\xed\xa0\x80`},
		"the replacement character is one's own": {"\ufffd", "\ufffd"},
		"no-break space is not a blank":          {"a\u00a0b", `a\u00a0b`},
		"the ideographic space is one":           {"a\u3000b", "a\u3000b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clean(c.in); string(got) != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCleanToCutsWithAnEllipsis(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		width int
		want  string
	}{
		"what fits":                           {"hello", 5, "hello"},
		"what does not":                       {"hello!", 5, "hell…"},
		"a wide rune that does not fit":       {"a世界世界", 4, "a世…"},
		"a wide rune that would end one over": {"世界世界", 4, "世…"},
		"an escape counts as it is drawn":     {"\x1b[31m", 6, `\x1b[…`},
		"one cell":                            {"hello", 1, "…"},
		"no cell":                             {"hello", 0, ""},
		"less than none":                      {"hello", -3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CleanTo(c.in, c.width); string(got) != c.want {
				t.Errorf("CleanTo(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
			}
		})
	}
}

func TestCleanToIsTheBeginningOfTheWhole(t *testing.T) {
	pieces := []string{"a", " ", "\x1b", "\x00", "\n", "\xff", "\u202e", "e\u0301\u0301", "\u0301", "世", "\u1100", "\u1161", "\u0d4ea", "👨\u200d👩", "🇩🇪", "👍🏽", "…", "\U000e0041"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for range random.IntN(120) {
			piece := pieces[random.IntN(len(pieces))]
			b.WriteString(strings.Repeat(piece, 1+random.IntN(3)*random.IntN(12)))
		}
		s, width := b.String(), 1+random.IntN(40)
		if got, want := CleanTo(s, width), Whole(s).cut(width, ellipsis); got != want {
			t.Fatalf("CleanTo(%q, %d) = %q, want %q", s, width, got, want)
		}
	}
}

func TestCleanToReadsNoMoreThanItShows(t *testing.T) {
	for name, unit := range map[string]string{
		"letters": "a", "controls": "\x1b", "marks": "e\u0301\u0301\u0301", "bad bytes": "\xff", "jamo": "\u1100", "virama": "\u0915\u094d",
	} {
		t.Run(name, func(t *testing.T) {
			huge := strings.Repeat(unit, 1<<20)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			CleanTo(huge, 80)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			if allocated > 32<<10 {
				t.Errorf("%d bytes allocated for 80 cells", allocated)
			}
		})
	}
}

func TestCleanReadsNoMoreThanALineShows(t *testing.T) {
	for _, unit := range []string{"a", "\x1b", "e\u0301\u0301\u0301", "\xff", "世", " "} {
		huge := strings.Repeat(unit, 1<<20)
		if cleaned := Clean(huge); len(cleaned) > 10*mostShown || !strings.HasSuffix(string(cleaned), "…") {
			t.Errorf("of %q remain %d bytes", unit, len(cleaned))
		}
		if few, many := testing.AllocsPerRun(10, func() { Clean(huge[:len(huge)/16]) }), testing.AllocsPerRun(10, func() { Clean(huge) }); many > 2*few+2 {
			t.Errorf("of %q: %v allocations, %v for less", unit, many, few)
		}
		if len(unit) == 1 && len(Whole(huge[:1000])) < 1000 {
			t.Errorf("not all of %q", unit)
		}
	}
}

func TestLinesBreakAtNewlinesAndWidth(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		width int
		most  int
		want  string // joined with |
		more  bool
	}{
		"newlines":                            {"a\nb\r\nc", 10, 9, "a|b|c", false},
		"a long line":                         {"abcdefgh", 3, 9, "abc|def|gh", false},
		"a full line and its newline are one": {"abc\ndef", 3, 9, "abc|def", false},
		"an empty line":                       {"a\n\nb", 3, 9, "a||b", false},
		"a tab":                               {"\tx", 10, 9, "    x", false},
		"a tab at the edge":                   {"abc\tx", 5, 9, "abc|x", false},
		"wide runes":                          {"世界世", 5, 9, "世界|世", false},
		"an escape is not broken":             {"abc\x1bd", 5, 9, `abc|\x1bd`, false},
		"an escape wider than the line":       {"\x1bd", 2, 9, `\x|d`, false},
		"a mark does not begin a line":        {"abce\u0301f", 4, 9, "abce\u0301|f", false},
		"too many":                            {"a\nb\nc", 3, 2, "a|b", true},
		"nothing":                             {"", 3, 2, "", false},
		"no room":                             {"a", 0, 2, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			lines, rest := Lines(c.in, c.width, c.most)
			if got := string(Join(lines, "|")); got != c.want || (rest != "") != c.more || !strings.HasSuffix(c.in, rest) {
				t.Errorf("Lines(%q, %d, %d) = %q, %q, want %q, %v", c.in, c.width, c.most, got, rest, c.want, c.more)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"hello", "\x1b[0m", "世界", "e\u0301\u0301", "\u202e", "\xff\xfe", "\u1100\u1161", "👨\u200d👩", "क्षि", "🇩🇪"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width %= 200
		checkSafe(t, Clean(s))
		checkSafe(t, Whole(s))
		cut := CleanTo(s, width)
		checkSafe(t, cut)
		if cut.Width() > max(width, 0) {
			t.Errorf("CleanTo(%q, %d) is %d wide", s, width, cut.Width())
		}
		lines, _ := Lines(s, width, 50)
		for _, l := range lines {
			checkSafe(t, l)
			if l.Width() > width {
				t.Errorf("Lines(%q, %d) has a line %d wide: %q", s, width, l.Width(), l)
			}
		}
	})
}

func checkSafe(t *testing.T, text Text) {
	t.Helper()
	if !utf8.ValidString(string(text)) {
		t.Errorf("%q is no UTF-8", text)
	}
	for _, r := range string(text) {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			t.Errorf("%q holds %U", text, r)
		}
	}
	if got, want := text.Width(), ansi.StringWidth(string(text)); got != want {
		t.Errorf("%q is %d wide, want %d", text, got, want)
	}
	if stripped := ansi.Strip(string(text)); stripped != string(text) {
		t.Errorf("%q holds a sequence", text)
	}
}

func BenchmarkCleanPlain(b *testing.B) {
	s := "document_pipeline"
	for b.Loop() {
		Clean(s)
	}
}

func BenchmarkCleanToHuge(b *testing.B) {
	s := strings.Repeat("ab\x1b世", 1<<18)
	for b.Loop() {
		CleanTo(s, 80)
	}
}
