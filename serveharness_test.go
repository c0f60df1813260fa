package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// eachEmptyServer runs a test on an empty in-process server and, where a valkey-server is on the PATH, on an empty real one.
func eachEmptyServer(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	for _, kind := range []struct {
		name    string
		options embedded.Options
	}{{"in-process", embedded.Options{InProcess: true}}, {"real", embedded.Options{}}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(embedded.Program); err != nil && !kind.options.InProcess {
				t.Skip("no valkey-server on the PATH")
			}
			server, err := embedded.Start(t.Context(), kind.options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close() })
			test(t, "unix://"+server.Socket())
		})
	}
}

// parseServe reads a command line as serve does, with nothing in the environment but what is given.
func parseServe(environment map[string]string, args ...string) (serveConfig, error) {
	var flags serveFlags
	cmd := &cobra.Command{Use: "serve"}
	flags.register(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		return serveConfig{}, err
	}
	return flags.config(cmd.Flags(), func(name string) (string, bool) {
		value, set := environment[name]
		return value, set
	})
}

const apiToken = "t0ken-of-the-tests"

// served is a serve that runs.
type served struct {
	t    *testing.T
	base string // of its addresses
	log  *logBuffer
	stop func() error // drains and tells how that went
}

// startServe runs serve on a deployment of few partitions, at an address of its own.
func startServe(t *testing.T, url string, args ...string) *served {
	t.Helper()
	cfg, err := parseServe(map[string]string{"FF_API_TOKEN": apiToken, "FF_WAITPOINT_HMAC_SECRET": e2eSecret},
		append([]string{"--url", url, "--listen", "127.0.0.1:0", "--flow-partitions", "4", "--budget-partitions", "2",
			"--quota-partitions", "2"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := serveUntil(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serveUntil runs serve until the test stops it or ends. The error is why it did not begin.
func serveUntil(t *testing.T, cfg serveConfig) (*served, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{t: t, log: &logBuffer{}}
	bound, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- serve(ctx, cfg, slog.New(slog.NewTextHandler(s.log, nil)), func(at net.Addr) { bound <- at })
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	select {
	case at := <-bound:
		s.base = "http://" + at.String()
	case err := <-ended:
		cancel()
		return nil, err
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("serve ended with %v\n%s", err, s.log)
		}
	})
	return s, nil
}

// logBuffer is a log that is read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// do makes a request and returns its answer.
func (s *served) do(method, target, body string) (status int, answer string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apiToken)
	r.Header.Set("Content-Type", "application/json")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return w.StatusCode, string(text)
}

// want makes a request and holds its answer to what is expected: a status and a text, or the beginning of one that ends in "…".
func (s *served) want(status int, answer, method, target, body string) string {
	s.t.Helper()
	gotStatus, got := s.do(method, target, body)
	begin, open := strings.CutSuffix(answer, "…")
	if gotStatus != status || got != answer && !(open && strings.HasPrefix(got, begin)) {
		s.t.Errorf("%s %s gave\n%d %s, want\n%d %s", method, target, gotStatus, got, status, answer)
	}
	return got
}

// within makes a GET until its answer is as expected.
func (s *served) within(answer, target string) {
	s.t.Helper()
	got := ""
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, got = s.do("GET", target, ""); strings.Contains(got, answer) {
			return
		}
	}
	s.t.Fatalf("GET %s gives %s, which lacks %s", target, got, answer)
}

// into reads a JSON answer.
func into[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// connectTo is a test's own way into a deployment.
func connectTo(t *testing.T, address string) *valkey.Backend {
	t.Helper()
	target, err := valkey.ParseTarget(address)
	if err != nil {
		t.Fatal(err)
	}
	b, err := valkey.Connect(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// at is the path of an execution.
func at(id engine.ExecutionID) string { return "/v1/executions/" + url.PathEscape(string(id)) }

// tailUntil makes a GET and gives it up when ctx ends.
func (s *served) tailUntil(ctx context.Context, target string) {
	r, err := http.NewRequestWithContext(ctx, "GET", s.base+target, nil)
	if err != nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+apiToken)
	if w, err := http.DefaultClient.Do(r); err == nil {
		w.Body.Close()
	}
}
