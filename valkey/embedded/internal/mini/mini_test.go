package mini

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"
	"time"
)

func TestTimesToLiveAreLengthenedByTheTimeSinceTheLastTick(t *testing.T) {
	const lag = 300
	s := &Server{started: time.Now().Add(-lag * time.Millisecond)}
	future := time.Now().Add(time.Hour)
	cases := []struct {
		name, command, text string
		want                int64
		ok                  bool
	}{
		{"milliseconds", "PEXPIRE", "50", 50 + lag, true},
		{"seconds", "EXPIRE", "50", 50_000 + lag, true},
		{"an option in seconds", "EX", "7", 7_000 + lag, true},
		{"a point in time", "PXAT", strconv.FormatInt(future.UnixMilli(), 10), future.UnixMilli() + lag, true},
		{"a point in time in seconds", "EXPIREAT", strconv.FormatInt(future.Unix(), 10), future.Unix()*1000 + lag, true},
		{"a point in the past", "PEXPIREAT", "1000", 0, false},
		{"nothing", "PEXPIRE", "0", 0, false},
		{"less than nothing", "EXPIRE", "-5", 0, false},
		{"no number", "EXPIRE", "x", 0, false},
		{"more than there is", "EXPIRE", "9223372036854775807", 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text, ok := s.lengthened(c.command, c.text)
			got, _ := strconv.ParseInt(text, 10, 64)
			// The clock goes on meanwhile.
			if ok != c.ok || ok && (got < c.want || got > c.want+1000) {
				t.Errorf("got %q, %v; want %d", text, ok, c.want)
			}
		})
	}
}

func TestAPatientConnectionNeverWaitsForItsReader(t *testing.T) {
	server, reader := net.Pipe() // which holds nothing itself
	c := newPatientConn(server, maxUnsent)
	var want []byte
	for i := range 1000 {
		line := []byte(strconv.Itoa(i) + "\n")
		want = append(want, line...)
		if n, err := c.Write(line); n != len(line) || err != nil {
			t.Fatalf("write %d: %d, %v", i, n, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d of %d bytes, %v", len(got), len(want), err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writing after the end gives %v", err)
	}
}

func TestAConnectionThatIsTooFarBehindIsCutOff(t *testing.T) {
	server, reader := net.Pipe()
	defer reader.Close()
	const limit = 1000
	c := newPatientConn(server, limit)
	for range 2 * limit { // most of the first bytes may be on their way
		if _, err := c.Write(make([]byte, 100)); err != nil {
			if _, err := io.Copy(io.Discard, reader); err != nil {
				t.Errorf("reading the rest: %v", err)
			}
			return
		}
	}
	t.Error("it keeps everything")
}
