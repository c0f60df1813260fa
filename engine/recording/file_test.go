package recording

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// made is a recording made by hand: a header line, and members of lines.
func made(t testing.TB, header string, members ...[]string) []byte {
	t.Helper()
	var p packer
	content, err := p.pack([]byte(header + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lines := range members {
		member, err := p.pack([]byte(strings.Join(lines, "\n") + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, member...)
	}
	return content
}

const (
	goodHeader = `{"Format":"ffboard recording","Version":1,"Began":1000}`
	goodIndex  = `{"Questions":[{"Read":"FlowRows","About":""}],"Entries":[{"At":1000,"Question":0,"Length":23}]}`
	goodAnswer = `{"Answer":{"Total":12}}`
)

func TestAFileThatIsNoRecordingIsToldInASentence(t *testing.T) {
	var plain bytes.Buffer
	z := gzip.NewWriter(&plain)
	z.Write([]byte(goodHeader + "\n"))
	z.Close()
	for _, tc := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"nothing", nil, "no recording of ffboard"},
		{"text", []byte(strings.Repeat("text\n", 100)), "no recording of ffboard"},
		{"another gzip file", plain.Bytes(), "no recording of ffboard"},
		{"the header of something else", made(t, `{"Format":"x","Version":1}`), "no recording of ffboard"},
		{"a beginning that is no time", made(t, strings.Replace(goodHeader, "1000", "9223372036854775807", 1)), "no recording of ffboard"},
		{"a header without end", made(t, strings.Repeat("x", 2*mostHeader)), "no recording of ffboard"},
		{"a later version", made(t, strings.Replace(goodHeader, "1,", "2,", 1)), "newer ffboard (format 2, this one reads 1)"},
		{"an earlier version", made(t, strings.Replace(goodHeader, "1,", "0,", 1)), "older ffboard (format 0, this one reads 1)"},
		{"only a header", made(t, goodHeader), "nothing was recorded"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, tc.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, nil); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.says)
		}
	}
	if _, err := Open(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestADamagedFileIsGoodUpToTheDamage(t *testing.T) {
	good := []string{goodIndex, goodAnswer}
	for _, tc := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"an index that is none", made(t, goodHeader, good, []string{"nonsense", goodAnswer}), "damaged at byte"},
		{"an answer to no question", made(t, goodHeader, good, []string{`{"Entries":[{"At":1000,"Question":7}]}`}), "damaged at byte"},
		{"an answer that is not there", made(t, goodHeader, good, []string{`{"Questions":[{"Read":"x"}],"Entries":[{"At":1000}]}`}), "damaged at byte"},
		{"an answer beyond all bounds", made(t, goodHeader, good, []string{strings.Replace(goodIndex, "23", "2000000000", 1)}), "damaged at byte"},
		{"an answer of long ago", made(t, goodHeader, good, []string{strings.Replace(goodIndex, "1000", "-1", 1)}), "damaged at byte"},
		{"an index without end", made(t, goodHeader, good, []string{strings.Repeat("x", 2*mostIndexLine)}), "longer than any"},
		{"bytes behind it", append(made(t, goodHeader, good), strings.Repeat("x", 100)...), "damaged at byte"},
		{"a few bytes behind it", append(made(t, goodHeader, good), "x"...), "ends in the middle"},
	} {
		f, err := readFile(bytes.NewReader(tc.content), int64(len(tc.content)))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if f.fault == nil || !strings.Contains(f.fault.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", tc.name, f.fault, tc.says)
		}
		if rows, err := newPlayer(f, nil).FlowRows(t.Context(), engine.FlowQuery{}); err != nil || rows.Total != 12 {
			t.Errorf("%s: %v %v", tc.name, rows, err)
		}
	}
}

func TestAnAnswerThatCannotBeReadIsAnErrorOfItsOwn(t *testing.T) {
	for _, answer := range []string{"nonsense", `{"Answer":[]}`, `{"Error":7}`, `{}`, `{"Answer":{"Total":12}`} {
		index := strings.Replace(goodIndex, "23", strconv.Itoa(len(answer)), 1)
		content := made(t, goodHeader, []string{index, answer})
		f, err := readFile(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newPlayer(f, nil).FlowRows(t.Context(), engine.FlowQuery{}); !errors.Is(err, errUnreadable) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	good := made(f, goodHeader, []string{goodIndex, goodAnswer}, []string{goodIndex, goodAnswer})
	f.Add(good)
	f.Add(good[:len(good)-7])
	f.Add(made(f, goodHeader, []string{`{"Questions":[{"Read":"frames","About":" 0"}],"Entries":[{"At":1000,"Length":23,"Note":"9-9 1-1"}],"Dropped":3}`, goodAnswer}))
	f.Fuzz(func(t *testing.T, content []byte) {
		tryFile(t, content)
		// Behind a broken packing nothing else would be reached: the same text, packed anew.
		if lines := bytes.SplitN(content, []byte("\n"), 3); len(lines) == 3 {
			tryFile(t, made(t, goodHeader, []string{string(lines[0]), string(lines[1]), string(lines[2])}))
		}
	})
}

// tryFile reads what a file says it has, as a board would.
func tryFile(t *testing.T, content []byte) {
	file, err := readFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return
	}
	p := newPlayer(file, nil)
	first, last := p.Span()
	if last.Before(first) {
		t.Fatalf("it ends at %v before it begins at %v", last, first)
	}
	for _, at := range []time.Time{first, last} {
		p.Seek(at)
		ctx, trace := NewTrace(t.Context())
		_, _ = p.FlowRows(ctx, engine.FlowQuery{})
		_, _ = p.TailStream(ctx, engine.TailQuery{Limit: 10})
		_, _ = p.ReadStream(ctx, "", 0, "start", "end", 10)
		_, _ = p.ExecutionRows(ctx, []engine.ExecutionID{"a", "b"})
		p.Coverage(trace, 80)
		p.Now()
	}
}

func TestALengthThatLiesLeadsNowhere(t *testing.T) {
	content := made(t, goodHeader, []string{goodIndex, goodAnswer})
	for _, length := range []uint32{0, 1, 1 << 31, 1<<32 - 1} {
		lying := bytes.Clone(content)
		binary.LittleEndian.PutUint32(lying[lengthAt:], length)
		if _, err := readFile(bytes.NewReader(lying), int64(len(lying))); err == nil {
			t.Errorf("a member of %d bytes was believed", length)
		}
	}
}
