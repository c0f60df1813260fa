package valkey

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

func TestAwaitConnectsWhenTheServerComes(t *testing.T) {
	server, err := embedded.Start(enginetest.Context(t), embedded.Options{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	// Nobody listens at the address until the first try has failed.
	early, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	address := early.Addr().String()
	early.Close()
	come := slog.New(slog.NewTextHandler(&onFirstLine{w: &log, do: func() { forward(t, address, server.Socket()) }}, nil))
	target, err := ParseTarget("valkey://" + address)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Await(enginetest.Context(t), target, time.Minute, come)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !strings.Contains(log.String(), "trying again") {
		t.Errorf("logged %q", log.String())
	}
}

// onFirstLine does something before it writes the first line.
type onFirstLine struct {
	w  io.Writer
	do func()
}

func (o *onFirstLine) Write(line []byte) (int, error) {
	if o.do != nil {
		o.do()
		o.do = nil
	}
	return o.w.Write(line)
}

// forward lets connections to an address through to a unix socket until the test ends.
func forward(t *testing.T, address, socket string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", socket)
			if err != nil {
				in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); out.Close() }()
			go func() { _, _ = io.Copy(in, out); in.Close() }()
		}
	}()
}

func TestAwaitGivesUp(t *testing.T) {
	nowhere := Target{Socket: filepath.Join(t.TempDir(), "s")}
	discard := slog.New(slog.DiscardHandler)
	for name, wait := range map[string]func() error{
		"when its patience is over": func() error {
			_, err := Await(t.Context(), nowhere, 0, discard)
			return err
		},
		"when its context ends": func() error {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := Await(ctx, nowhere, time.Hour, slog.New(slog.NewTextHandler(&onFirstLine{w: io.Discard, do: cancel}, nil)))
			return err
		},
	} {
		if err := wait(); err == nil || !strings.Contains(err.Error(), "Valkey") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyWhatMayPassIsWaitedFor(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"nobody listens", &net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{"the connection breaks", &net.OpError{Op: "read", Err: errors.New("reset")}, true},
		{"the server hangs up", io.EOF, true},
		{"the server loads its data", serverAnswer("LOADING Valkey is loading the dataset in memory"), true},
		{"the cluster is not up", serverAnswer("CLUSTERDOWN The cluster is down"), true},
		{"it belongs to a cluster", serverAnswer("MOVED 1 127.0.0.1:7000"), false},
		{"a password is wanted", serverAnswer("NOAUTH Authentication required."), false},
		{"a certificate is refused", &net.OpError{Op: "remote error", Err: errors.New("bad certificate")}, false},
		{"it is not Valkey", errNotValkey, false},
	} {
		if got := passing(explained(Target{}, c.err)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// serverAnswer is an error that a server answered with.
type serverAnswer string

func (a serverAnswer) Error() string { return string(a) }
func (serverAnswer) RedisError()     {}
