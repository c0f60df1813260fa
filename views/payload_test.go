package views

import (
	"bytes"
	"strings"
	"testing"

	"ffboard/theme"
	"ffboard/views/viewstest"
)

func TestAPayloadIsShownAsWhatItIs(t *testing.T) {
	for name, c := range map[string]struct {
		data  string
		size  int64
		kind  theme.Text
		first string
	}{
		"nothing":                   {"", 0, "empty", ""},
		"JSON":                      {`{"b":1,"a":[2]}`, 0, "JSON", "{"},
		"a bare number is text":     {"42", 0, "text", "42"},
		"text":                      {"hello\nworld", 0, "text", "hello"},
		"JSON that was cut is text": {`{"b":1,"a`, 100, "text", `{"b":1,"a`},
		"bytes":                     {"\x00\x01\xff", 0, "binary", "00000000  00 01 ff"},
		"text cut within a rune":    {"wor\xe4\xb8", 100, "text", "wor"},
		"broken text":               {"wor\xe4\xb8", 5, "binary", "00000000  77 6f 72 e4 b8"},
		"JSON that nests too deep":  {strings.Repeat("[", 100) + strings.Repeat("]", 100), 0, "JSON", "[[[["},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPayload([]byte(c.data), c.size)
			first := ""
			if lines := p.layout(100, 10); len(lines) > 0 {
				first = string(lines[0])
			}
			if p.kind != c.kind || !strings.HasPrefix(first, c.first) {
				t.Errorf("%s %q, want %s %q", p.kind, first, c.kind, c.first)
			}
		})
	}
}

func TestAPayloadSaysHowMuchOfItIsShown(t *testing.T) {
	p := newPayload(bytes.Repeat([]byte("a"), 64<<10), 1<<20)
	if got := p.about(theme.Bare()); got != "text · 1.0M · the first 64K are shown" {
		t.Errorf("%q", got)
	}
}

func TestAHugePayloadIsCut(t *testing.T) {
	p := newPayload(bytes.Repeat([]byte("a\n"), 20_000), 0)
	s := p.sheet(theme.Bare(), 40, mostPayloadLines)
	if s.count != mostPayloadLines+1 || !strings.Contains(s.line(s.count-1), "more") {
		t.Errorf("%d lines, the last is %q", s.count, s.line(s.count-1))
	}
}

func FuzzPayload(f *testing.F) {
	for _, s := range []string{"", "a", `{"a":[1,2]}`, "\xff", "\x1b[0m", `["\"]`, `{"a":"\\"}`} {
		f.Add([]byte(s), int64(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, size int64) {
		p := newPayload(data, size)
		s := p.sheet(theme.Bare(), 40, mostPayloadLines)
		for i := range s.count {
			viewstest.CheckFrame(t, s.line(i), 40, 1)
		}
		p.about(theme.Bare())
	})
}
