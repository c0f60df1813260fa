package resp

import (
	"bufio"
	"strings"
	"testing"
)

func read(t *testing.T, text string) Value {
	t.Helper()
	v, err := ReadValue(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("reading %q: %v", text, err)
	}
	return v
}

func TestValuesAreWrittenForEachVersion(t *testing.T) {
	cases := []struct {
		name   string
		value  Value
		v2, v3 string
	}{
		{"status", OK, "+OK\r\n", "+OK\r\n"},
		{"error with a line break", Err("ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n"},
		{"integer", Int(-7), ":-7\r\n", ":-7\r\n"},
		{"bulk", Text("a\r\nb"), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
		{"nothing", Nil(), "$-1\r\n", "_\r\n"},
		{"nothing in place of a list", NilList(), "*-1\r\n", "_\r\n"},
		{"double", Float(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"map", Pairs(Text("k"), Int(1)), "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n"},
		{"set", Members(Text("a")), "*1\r\n$1\r\na\r\n", "~1\r\n$1\r\na\r\n"},
		{"push", Value{Kind: Push, Items: []Value{Text("a")}}, "*1\r\n$1\r\na\r\n", ">1\r\n$1\r\na\r\n"},
		{"verbatim", Value{Kind: Verbatim, Text: "ab"}, "$2\r\nab\r\n", "=6\r\ntxt:ab\r\n"},
		{"nested", List(List(Nil(), Float(2)), Int(3)), "*2\r\n*2\r\n$-1\r\n$1\r\n2\r\n:3\r\n", "*2\r\n*2\r\n_\r\n,2\r\n:3\r\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := string(c.value.Append(nil, 2)); got != c.v2 {
				t.Errorf("version 2: %q, want %q", got, c.v2)
			}
			if got := string(c.value.Append(nil, 3)); got != c.v3 {
				t.Errorf("version 3: %q, want %q", got, c.v3)
			}
			if string(read(t, c.v3).Append(nil, 3)) != c.v3 {
				t.Errorf("%q does not survive reading", c.v3)
			}
		})
	}
}

func FuzzReadValue(f *testing.F) {
	for _, seed := range []string{"+OK\r\n", "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n+k\r\n,1.5\r\n", "|1\r\n+a\r\n+b\r\n:1\r\n", "=7\r\ntxt:abc\r\n", "*-1\r\n", "$5\r\nab"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ReadValue(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		again := read(t, string(v.Append(nil, 3)))
		if string(again.Append(nil, 3)) != string(v.Append(nil, 3)) {
			t.Fatalf("%q: %+v became %+v", text, v, again)
		}
	})
}
