// Package hostile makes text that means harm, and fills records with it: what a stranger may have stored. What it makes depends on the seed
// alone, so that a test that fails says which.
package hostile

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Strings is a source of hostile text. It is not for several goroutines at once.
type Strings struct {
	rng   *rand.Rand
	drawn int
}

// New is a source of strings that are never the same with another seed.
func New(seed uint64) *Strings {
	return &Strings{rng: rand.New(rand.NewPCG(seed, 0x40571e))}
}

// Huge is the length of the longest strings.
const Huge = 1 << 20

// Deep is how far the deepest JSON is nested.
const Deep = 10_000

// Drawn is how many strings were made so far.
func (s *Strings) Drawn() int { return s.drawn }

// Next makes a string: mostly of one kind, sometimes of several one after the other, now and then a huge one.
func (s *Strings) Next() string {
	s.drawn++
	switch {
	case s.rng.IntN(2000) == 0:
		return s.Huge()
	case s.rng.IntN(300) == 0:
		return s.nested()
	case s.rng.IntN(4) == 0:
		var b strings.Builder
		for range 2 + s.rng.IntN(4) {
			b.WriteString(s.kind())
		}
		return b.String()
	default:
		return s.kind()
	}
}

// Huge makes a string of a mebibyte, of one kind all along.
func (s *Strings) Huge() string {
	unit := s.kind()
	for unit == "" {
		unit = s.kind()
	}
	return strings.Repeat(unit, Huge/len(unit)+1)[:Huge]
}

// kind makes a string of one kind.
func (s *Strings) kind() string { return kinds[s.rng.IntN(len(kinds))](s) }

var kinds = []func(s *Strings) string{
	(*Strings).controls, (*Strings).sequence, (*Strings).sequence, (*Strings).bidi, (*Strings).zeroWidth, (*Strings).pile, (*Strings).emoji,
	(*Strings).wide, (*Strings).badUTF8, (*Strings).tags, (*Strings).lineEnds, (*Strings).number, (*Strings).key, (*Strings).command,
	(*Strings).path, (*Strings).json, (*Strings).any, func(*Strings) string { return "" },
}

func (s *Strings) one(of ...string) string { return of[s.rng.IntN(len(of))] }

// mixed writes up to n parts, with a letter now and then between.
func (s *Strings) mixed(n int, part func() string) string {
	var b strings.Builder
	for range 1 + s.rng.IntN(n) {
		if s.rng.IntN(3) == 0 {
			b.WriteByte(byte('a' + s.rng.IntN(26)))
		}
		b.WriteString(part())
	}
	return b.String()
}

// controls are C0, DEL, and C1 both as runes and as single bytes.
func (s *Strings) controls() string {
	return s.mixed(24, func() string {
		switch s.rng.IntN(4) {
		case 0:
			return "\x7f"
		case 1:
			return string(rune(0x80 + s.rng.IntN(32)))
		case 2:
			return string([]byte{byte(0x80 + s.rng.IntN(32))})
		default:
			return string(rune(s.rng.IntN(32)))
		}
	})
}

// sequence is one that terminals obey, introduced with ESC, with a C1 byte or with a C1 rune, ended in a way that terminals know or not at all.
func (s *Strings) sequence() string {
	introducers := []struct{ esc, c1, body string }{
		{"[", "\x9b", s.one("2J", "31m", "?1049h", "?25l", "6n", "1;1H", "999C", "20t", "c", "?2004h", "38;2;1;2;3m", "200~", "!p", "5i", "")},
		{"]", "\x9d", s.one("0;title", "52;c;aGk=", "8;;http://evil/", "4;1;?", "10;#f00", "1337;File=:", "777;notify;a;b", "7;file:///", "")},
		{"P", "\x90", s.one("$q m", "+q544e", "1;1|17/ab", "tmux;\x1b\x1b]0;x\a", "q#0;2;0;0;0", "")},
		{"_", "\x9f", s.one("Gf=100,a=T;AAAA", "x", "")},
		{"^", "\x9e", s.one("private", "")},
		{"X", "\x98", s.one("start of string", "")},
		{"", "\x85", s.one("c", "7", "8", "#8", "(0", "N", "O", "=", "~", "D", "M", "")},
	}
	i := introducers[s.rng.IntN(len(introducers))]
	begin := s.one("\x1b"+i.esc, i.c1, string(rune(i.c1[0])))
	return s.one("", "shown ", "\x00") + begin + i.body + s.one("", "", "\a", "\x1b\\", "\x9c", "\u009c", "\x18", "\x1a", "\x1b") + s.one("", " after")
}

func (s *Strings) bidi() string {
	return s.mixed(8, func() string {
		return s.one("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c",
			"שלום", "مرحبا", "\u202egnp.exe")
	})
}

func (s *Strings) zeroWidth() string {
	return s.mixed(12, func() string {
		return s.one("\u200b", "\u200c", "\u200d", "\u2060", "\u2061", "\u2064", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u3164", "\u115f", "\u1160", "\uffa0",
			"\ufe0f", "\ufe00", "\u2800", "\ufff9", "\ufffb", "\u17b4")
	})
}

// pile is a letter with a pile of marks, of several scripts, or marks on nothing.
func (s *Strings) pile() string {
	return s.one("e", "", " ", "世", "ก", "क") + strings.Repeat(s.one("\u0301", "\u0489", "\u20dd", "\u0e47", "\u094d", "\u0903", "\u1ab0", "\U0001d165", "\u302a"), 1+s.rng.IntN(60))
}

func (s *Strings) emoji() string {
	return s.mixed(4, func() string {
		return s.one("👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "🇩🇪", "🇩", "🇩🇪🇫", "👍🏿", "1\ufe0f\u20e3", "❤\ufe0f", "☎\ufe0e", "🏿", "\u200d👩", "🫱🏻\u200d🫲🏿", "🏴\U000e0067\U000e0062\U000e007f")
	})
}

func (s *Strings) wide() string {
	return s.mixed(12, func() string {
		return s.one("世", "界", "ｗ", "한", "\u1100\u1161\u11a8", "\u1100\u1100", "\ua960\ud7b0", "\u3000", "﷽", "𒐫", "꧅", "⸻", "Ⱥ", "ﬃ", "①", "α", "─", "\u2e3b", "\U00020000")
	})
}

// badUTF8 is bytes that are none: lone ones, cut short, too long for what they say, surrogates, beyond the last rune.
func (s *Strings) badUTF8() string {
	return s.mixed(10, func() string {
		return s.one("\xff", "\xfe", "\xc0\xaf", "\xc1\x9b", "\xe0\x80\x9b", "\xf0\x80\x80\x9b", "\xed\xa0\x80", "\xed\xb0\x80", "\xed\xa0\x80\xed\xb0\x80", "\xe4\xb8", "\xf0\x9f\x98",
			"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x80", "\xbf", "\xc2", "\ufffd", "\ufffe", "\U0010ffff")
	})
}

func (s *Strings) tags() string {
	return s.mixed(12, func() string { return string(rune(0xe0000 + s.rng.IntN(0x200))) })
}

func (s *Strings) lineEnds() string {
	return s.mixed(10, func() string {
		return s.one("\n", "\r", "\r\n", "\t", "\v", "\f", "\u0085", "\u2028", "\u2029", "\x1c", "\x1e", "\n\n\n", "\b\b\b")
	})
}

func (s *Strings) number() string {
	return s.one("0", "-0", "-1", "1e400", "-1e400", "nan", "inf", "0x7f", "1.5", " 7 ", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
		"-9223372036854775809", "18446744073709551615", "18446744073709551616", "4294967296", "253402300800000", "1e-400", "١٢٣", strings.Repeat("9", 1+s.rng.IntN(400)),
		strconv.FormatInt(s.rng.Int64(), 10))
}

// key looks like an id or a key of the deployment.
func (s *Strings) key() string {
	tag := s.one("{fp:3}", "{fp:65536}", "{fp:-1}", "{fp:}", "{b:0}", "{q:1}", "{fp:0", "{}")
	id := s.one("9b1c0d2e-e4ec-4a00-9b00-00000000000"+strconv.Itoa(s.rng.IntN(10)), "00000000-0000-0000-0000-000000000000", "9B1C0D2E", "*", "")
	return s.one("ff:exec:"+tag+":"+id+":core", tag+":"+id, id, "ff:idx:"+tag+":lane::eligible", tag+":"+tag+":"+id, ":"+id+":", id+"|"+id+",")
}

// command would do something in a shell, or as a flag, or in a format.
func (s *Strings) command() string {
	return s.one("-rf", "--help", "-", "--", "-o=json", "$(reboot)", "`id`", "; rm -rf ~", "| sh", "&& true", "> /tmp/x", "'", `"`, `\`, `\'`, "%s%n%d", "%!s(MISSING)", "${HOME}", "!!", "~root",
		"{{.}}", "<script>", "#", ": &a *a", "- [", "!!binary x", "&", "@", "a: b", "null", "yes", "~", "'; DROP TABLE", `\x1b[2J`, `\u001b`, `\033[0m`, "=1+1") + s.one("", " x", "\n")
}

func (s *Strings) path() string {
	return s.one("../../etc/passwd", "/etc/passwd", "..", ".", "/", "~/.ssh/id", "C:\\x", "a/b", "\x00.json", "con", "file:///x", "//host/x", strings.Repeat("../", 1+s.rng.IntN(20)), "."+s.lineEnds(), strings.Repeat("n", 300))
}

func (s *Strings) json() string {
	return s.one("{", "[", "{}", "[]", "null", "true", `"`, `{"a":`, `{"a":1,"a":2}`, `["\u001b[2J\u0000\ud800"]`, `{"\u202e":"\u200b"}`, `[1e999,-1e999,1E-999]`, "{\"a\":\"\x1b[2J\"}",
		`{"":{"":{"":[[],{}]}}}`, "[1,]", "\ufeff{}", "{} {}", `{"__proto__":null}`, "\"\\", `{"a":"`+s.badUTF8()+`"}`)
}

// nested is JSON deeper than any reader likes.
func (s *Strings) nested() string {
	begin, end := "[", "]"
	if s.rng.IntN(2) == 0 {
		begin, end = `{"a":`, "}"
	}
	if s.rng.IntN(3) == 0 {
		return strings.Repeat(begin, Deep)
	}
	return strings.Repeat(begin, Deep) + "1" + strings.Repeat(end, Deep)
}

// any is random runes of the whole range, or random bytes.
func (s *Strings) any() string {
	if s.rng.IntN(2) == 0 {
		return s.mixed(40, func() string { return string([]byte{byte(s.rng.IntN(256))}) })
	}
	return s.mixed(40, func() string { return string(rune(s.rng.IntN(0x110000))) })
}

// Chance is true once in so many times.
func (s *Strings) Chance(in int) bool { return s.rng.IntN(in) == 0 }

// Below is a number from 0 to n-1.
func (s *Strings) Below(n int) int { return s.rng.IntN(n) }
