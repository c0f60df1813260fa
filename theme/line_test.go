package theme

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

func TestALineIsExactlyAsWideAsItWasTold(t *testing.T) {
	for name, build := range map[string]func(l *Line){
		"nothing":       func(l *Line) {},
		"a short text":  func(l *Line) { l.Add(Style{}, "abc") },
		"a long text":   func(l *Line) { l.Add(Style{}, "abcdefghijklmnop") },
		"wide runes":    func(l *Line) { l.Add(Style{}, "世界世界世界世界") },
		"several spans": func(l *Line) { l.Add(Style{}, "abcdef").Add(Style{}, "世界").Add(Style{}, "x") },
		"fields": func(l *Line) {
			l.Field(Style{}, "abc", 5, Right).Field(Style{}, "世界世界", 4, Left).Field(Style{}, "xyz", 5, Right)
		},
		"a field too wide": func(l *Line) { l.Field(Style{}, "abc", 50, Right) },
		"a fill too far":   func(l *Line) { l.Fill(99).Add(Style{}, "x") },
		"the rest":         func(l *Line) { l.Add(Style{}, "abc").Rest(Style{}, "de") },
	} {
		t.Run(name, func(t *testing.T) {
			for _, th := range []*Theme{Bare(), New("dark", Terminal{Profile: termenv.TrueColor, Dark: true})} {
				for width := range 14 {
					l := th.Line(width)
					build(l)
					if got := ansi.StringWidth(l.String()); got != width {
						t.Errorf("%s: %d wide, want %d: %q", th.Name, got, width, l.String())
					}
				}
			}
		})
	}
}

func TestALineLeavesNoSequenceOpen(t *testing.T) {
	th := New("dark", Terminal{Profile: termenv.TrueColor, Dark: true})
	line := th.Line(20).Bar(th.Selected).Add(th.Bad, "bad").Add(th.Good, "good").String()
	if strings.Count(line, "\x1b[") != 2 || !strings.HasSuffix(line, reset) {
		t.Errorf("a bar is one span over the whole line: %q", line)
	}
	line = th.Line(20).Add(th.Dim, "a").Add(th.Dim, "b").Add(Style{}, "c").String()
	if strings.Count(line, "\x1b[") != 2 {
		t.Errorf("spans of one style are one: %q", line)
	}
}

func TestAStyleStaysInForceOverBlanksThatDoNotShowIt(t *testing.T) {
	th := New("dark", Terminal{Profile: termenv.ANSI, Dark: true})
	line := th.Line(12).Field(th.Good, "1", 4, Right).Field(th.Good, "2", 4, Right).String()
	if want := "   " + th.Good.open + "1   2" + reset + "    "; line != want {
		t.Errorf("%q, want %q", line, want)
	}
	line = th.Line(4).Add(th.Head, "A").Fill(2).Add(th.Head, "B").String()
	if want := th.Head.open + "A" + reset + " " + th.Head.open + "B" + reset + " "; line != want {
		t.Errorf("blanks are not underlined: %q, want %q", line, want)
	}
}

func TestAFieldIsAlignedAndCut(t *testing.T) {
	th := Bare()
	for want, l := range map[string]*Line{
		"  42|": th.Line(5).Field(Style{}, "42", 4, Right).Add(Style{}, "|"),
		"42  |": th.Line(5).Field(Style{}, "42", 4, Left).Add(Style{}, "|"),
		"423…|": th.Line(5).Field(Style{}, "42345", 4, Right).Add(Style{}, "|"),
	} {
		if got := l.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestThemesWithoutColoursHaveNone(t *testing.T) {
	for name, th := range map[string]*Theme{
		"the name none":           New("none", Terminal{Profile: termenv.TrueColor, Dark: true}),
		"a terminal without them": New("dark", Terminal{Profile: termenv.Ascii, Dark: true}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range append(th.states[:], th.Plain, th.Title, th.Dim, th.Key, th.Accent, th.Good, th.Warn, th.Bad, th.Head,
				th.Border, th.Selected, th.Match, th.Badge) {
				for code := range strings.SplitSeq(strings.Trim(s.open, "\x1b[m"), ";") {
					if len(code) > 1 {
						t.Errorf("%q names a colour", s.open)
					}
				}
			}
		})
	}
}

func TestEveryStateHasAGlyphOfItsOwnAndAStyle(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		th := New("dark", Terminal{Profile: termenv.ANSI256, Dark: true, ASCII: ascii})
		seen := map[Text]State{}
		for s := Unknown; s < stateCount; s++ {
			g := th.StateGlyph(s)
			if other, dup := seen[g]; dup || g.Width() != 1 {
				t.Errorf("glyph %q of %d (of %d as well: %v) is %d wide", g, s, other, dup, g.Width())
			}
			seen[g] = s
			if th.StateStyle(s).open == "" {
				t.Errorf("state %d has no style", s)
			}
			if ascii && !printable(string(g)) {
				t.Errorf("%q is no ASCII", g)
			}
		}
	}
}

func TestTheThemeFollowsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name string
		term Terminal
		want string
	}{
		{"auto", Terminal{Profile: termenv.TrueColor, Dark: true}, "dark"},
		{"auto", Terminal{Profile: termenv.TrueColor}, "light"},
		{"dark", Terminal{Profile: termenv.TrueColor}, "dark"},
		{"light", Terminal{Profile: termenv.TrueColor, Dark: true}, "light"},
		{"light", Terminal{Profile: termenv.Ascii, Dark: true}, "none"},
		{"", Terminal{Profile: termenv.ANSI, Dark: true}, "dark"},
		{"contrast", Terminal{Profile: termenv.TrueColor}, "contrast"},
		{"safe", Terminal{Profile: termenv.ANSI256, Dark: true}, "safe"},
		{"ansi", Terminal{Profile: termenv.TrueColor, Dark: true}, "ansi"},
		{"ansi", Terminal{Profile: termenv.Ascii}, "none"},
	} {
		if got := New(c.name, c.term).Name; got != c.want {
			t.Errorf("New(%q, %+v) is %q, want %q", c.name, c.term, got, c.want)
		}
	}
}

func TestEveryThemeHasItsNameAndItsStates(t *testing.T) {
	for _, name := range Names()[1:] {
		for _, dark := range []bool{false, true} {
			th := New(name, Terminal{Profile: termenv.TrueColor, Dark: dark})
			if th.Name != name {
				t.Errorf("%s is called %s", name, th.Name)
			}
			if name == "none" {
				continue
			}
			for s := Unknown; s < stateCount; s++ {
				if th.StateStyle(s).open == "" {
					t.Errorf("%s: state %d has no style", name, s)
				}
			}
		}
	}
}

func TestTheTerminalsOwnColoursAreTheSixteen(t *testing.T) {
	th := New("ansi", Terminal{Profile: termenv.TrueColor, Dark: true})
	for _, s := range append(th.states[:], th.Key, th.Good, th.Bad, th.Selected, th.Badge) {
		for code := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(s.open, "\x1b["), "m"), ";") {
			if code == "38" || code == "48" {
				t.Errorf("%q names a colour that is none of the sixteen", s.open)
			}
		}
	}
}

func TestNarrowRunesTakeOneCell(t *testing.T) {
	for r := rune(0x80); r < 0x3000; r++ {
		if narrow(r) && (ansi.StringWidth(string(r)) != 1 || ansi.StringWidth("a"+string(r)+"b") != 3) {
			t.Errorf("%U takes %d cells", r, ansi.StringWidth(string(r)))
		}
	}
}

func TestAnASCIITerminalGetsNothingElse(t *testing.T) {
	th := New("none", Terminal{Profile: termenv.Ascii, ASCII: true})
	for in, want := range map[Text]string{
		"plain": "plain     ", "caf\u00e9": "caf?      ", "\u4e16\u754c": "????      ", "e\u0301": "e         ", "cut off\u2026": "cut off~  ",
		"\u4e16\u754c\u4e16\u754c\u4e16\u754c": "?????????~",
	} {
		if got := th.Line(10).Add(Style{}, in).String(); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
