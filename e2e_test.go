package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
	"ffboard/tui/terminal"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// The tests of this file and its neighbours run the built program in a pseudo terminal, press keys, read the screen, and then ask
// the engine whether what the screen said is so. They use a real server where valkey-server is on the PATH.

const (
	e2eSecret = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	e2eLane   = engine.LaneID("default")
	soon      = 20 * time.Second
)

// buildProgram builds the program under test once for all tests.
var buildProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ffboard-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ffboard")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if socket := os.Getenv(askedAt); socket != "" {
		if err := askedMain(socket); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if url := os.Getenv(workerOf); url != "" {
		if err := beWorker(url); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if path, err := buildProgram(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func program(t testing.TB) string {
	t.Helper()
	path, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// deployment is a private server with an engine at work on it, and a test's own way in.
type deployment struct {
	t      testing.TB
	ctx    context.Context
	server *embedded.Server
	b      *valkey.Backend
}

func newDeployment(t testing.TB) *deployment {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	server, err := embedded.Start(ctx, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	b, err := valkey.Connect(ctx, valkey.Target{Socket: server.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	err = b.Serve(ctx, valkey.Boot{
		Partitions: engine.PartitionConfig{Flow: 4, Budget: 2, Quota: 2}, Lanes: []engine.LaneID{e2eLane}, SecretHex: e2eSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &deployment{t: t, ctx: ctx, server: server, b: b}
}

// engine runs the scanners until the test ends.
func (d *deployment) engine() {
	e, err := scanner.New(d.b, scanner.Config{Name: "e2e", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		d.t.Fatal(err)
	}
	d.background(e.Run)
}

// worker runs handlers until the test ends.
func (d *deployment) worker(handlers map[string]worker.Handler) {
	w, err := worker.New(d.b, worker.Config{
		ID: "e2e", Lanes: []engine.LaneID{e2eLane}, Handlers: handlers, Concurrency: 8, Grace: time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.background(w.Run)
}

func (d *deployment) background(run func(ctx context.Context) error) {
	ctx, stop := context.WithCancel(d.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil && ctx.Err() == nil {
			d.t.Error(err)
		}
	}()
	d.t.Cleanup(func() { stop(); <-done })
}

// solo submits an execution of its own.
func (d *deployment) solo(kind string) engine.ExecutionID {
	d.t.Helper()
	id := d.b.Partitions().NewSolo(e2eLane)
	d.create(id, kind)
	return id
}

func (d *deployment) create(id engine.ExecutionID, kind string) {
	d.t.Helper()
	_, err := d.b.CreateExecution(d.ctx, engine.CreateExecution{
		ID: id, Namespace: "e2e", Lane: e2eLane, Kind: kind, Payload: []byte(`{"n":1}`), CreatorIdentity: "e2e",
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// fan makes a flow of one execution that several wait for, and one that waits for all of those with a policy. No worker may run yet:
// an execution is eligible until its dependencies are applied.
func (d *deployment) fan(kind string, width int, policy engine.EdgePolicy) (flow engine.FlowID, members []engine.ExecutionID) {
	d.t.Helper()
	flow = engine.NewFlowID()
	if _, err := d.b.CreateFlow(d.ctx, engine.CreateFlow{ID: flow, Kind: kind, Namespace: "e2e"}); err != nil {
		d.t.Fatal(err)
	}
	revision := uint64(0)
	add := func(kind string, upstreams ...engine.ExecutionID) engine.ExecutionID {
		id := d.b.Partitions().NewFlowMember(flow)
		d.create(id, kind)
		if _, _, err := d.b.AddExecutionToFlow(d.ctx, flow, id); err != nil {
			d.t.Fatal(err)
		}
		revision++
		if len(upstreams) > 1 {
			if _, err := d.b.SetEdgeGroupPolicy(d.ctx, flow, id, policy); err != nil {
				d.t.Fatal(err)
			}
		}
		for _, up := range upstreams {
			edge := engine.NewEdgeID()
			var err error
			revision, err = d.b.StageDependencyEdge(d.ctx, engine.StageEdge{Flow: flow, Edge: edge, Upstream: up, Downstream: id, ExpectedRevision: revision})
			if err != nil {
				d.t.Fatal(err)
			}
			if _, _, err := d.b.ApplyDependencyToChild(d.ctx, engine.ApplyEdge{Flow: flow, Edge: edge, Upstream: up, Downstream: id, GraphRevision: revision}); err != nil {
				d.t.Fatal(err)
			}
		}
		members = append(members, id)
		return id
	}
	first := add("first")
	var middle []engine.ExecutionID
	for range width {
		middle = append(middle, add("middle", first))
	}
	add("last", middle...)
	return flow, members
}

// board runs the program on the deployment.
func (d *deployment) board(cols, rows int, args ...string) *screen {
	d.t.Helper()
	return start(d.t, cols, rows, append([]string{"--url", "unix://" + d.server.Socket()}, args...)...)
}

// screen is the program in a terminal.
type screen struct {
	t testing.TB
	*terminal.Terminal
}

func start(t testing.TB, cols, rows int, args ...string) *screen {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), "NO_COLOR=", "EDITOR=", "VISUAL=")
	term, err := terminal.Start(cmd, terminal.Options{Cols: cols, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = term.Close() })
	return &screen{t, term}
}

// press types keys; see terminal.Type.
func (s *screen) press(keys string) {
	s.t.Helper()
	if err := s.Type(keys); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits until all of the texts are on the screen.
func (s *screen) shows(wants ...string) {
	s.t.Helper()
	err := s.WaitFor(soon, func(text string) bool {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	})
	if err != nil {
		s.t.Fatalf("the screen never showed %q: %v\n%s", wants, err, s.Text())
	}
}

// eventually waits for a condition in the engine.
func (d *deployment) eventually(what string, condition func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(soon)
	for !condition() {
		if time.Now().After(deadline) {
			d.t.Fatalf("never happened: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// state is an execution's public state.
func (d *deployment) state(id engine.ExecutionID) engine.PublicState {
	d.t.Helper()
	s, err := d.b.ReadExecutionState(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// short is how lists show an execution.
func short(id engine.ExecutionID) string { return id.UUID()[:8] }
