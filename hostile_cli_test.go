package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest/hostile"
	"ffboard/engine/recording"
	"ffboard/engine/scanner"
	"ffboard/tui"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// hostileCLIStrings is how many strings are stored for the command line to print: FFBOARD_HOSTILE_CLI=100000 is the long form.
func hostileCLIStrings() int {
	if many, err := strconv.Atoi(os.Getenv("FFBOARD_HOSTILE_CLI")); err == nil {
		return many
	}
	return 500
}

// spoilt is a deployment whose records a stranger fills.
type spoilt struct {
	t     *testing.T
	url   string
	b     *valkey.Backend
	rdb   *redis.Client
	made  *hostile.Strings
	rng   *rand.Rand
	sound map[string]map[string]string // hashes as they were, by key
	ids   []engine.ExecutionID
	flows []engine.FlowID
	err   error // how the last command ended
}

func newSpoilt(t *testing.T, seed uint64) *spoilt {
	t.Helper()
	server, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s := &spoilt{
		t: t, url: "unix://" + server.Socket(), rdb: redis.NewClient(&redis.Options{Network: "unix", Addr: server.Socket()}),
		made: hostile.New(seed), rng: rand.New(rand.NewPCG(seed, 3)), sound: map[string]map[string]string{},
	}
	t.Cleanup(func() { _ = s.rdb.Close() })
	s.b = connectTo(t, s.url)
	_, err = s.b.Fill(t.Context(), valkey.Fill{
		Executions: 40, Flows: 6, Partitions: engine.PartitionConfig{Flow: 2, Budget: 1, Quota: 1}, Lanes: []engine.LaneID{"default", "gpu"}, Seed: seed,
	})
	if err != nil {
		t.Fatal(err)
	}
	for p := range s.b.Partitions().FlowPartitions() {
		executions, err := s.b.ListExecutions(t.Context(), p, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		flows, err := s.b.ListFlows(t.Context(), p, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		s.ids = append(s.ids, executions.Items...)
		for _, flow := range flows.Items {
			s.flows = append(s.flows, flow.ID)
		}
	}
	for _, key := range s.keys("hash") {
		if s.sound[key], err = s.rdb.HGetAll(t.Context(), key).Result(); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// keys are those of a type that a stranger may write to: what says how a deployment is laid out is left alone.
func (s *spoilt) keys(kind string) (keys []string) {
	s.t.Helper()
	ctx := s.t.Context()
	for each := s.rdb.ScanType(ctx, 0, "*", 1000, kind).Iterator(); each.Next(ctx); {
		if key := each.Val(); !strings.HasPrefix(key, "ff:config:") && !strings.HasPrefix(key, "ff:sec:") {
			keys = append(keys, key)
		}
	}
	return keys
}

// spoil writes hostile text into a third of the fields of each record, the others are as they were, and into every stream and text.
func (s *spoilt) spoil() {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for key, fields := range s.sound {
			for field, value := range fields {
				if s.rng.IntN(3) == 0 {
					value = s.made.Next()
				}
				p.HSet(ctx, key, field, value)
			}
			if strings.HasSuffix(key, ":tags") {
				p.HSet(ctx, key, s.made.Next(), s.made.Next())
			}
		}
		for _, key := range s.keys("string") {
			if !strings.Contains(key, ":alive") {
				p.Set(ctx, key, s.made.Next(), redis.KeepTTL)
			}
		}
		for _, key := range s.keys("stream") {
			frame := map[string]any{s.made.Next() + "x": s.made.Next()}
			for _, field := range []string{"frame_type", "payload", "encoding", "source", "correlation_id", "mode", "event", "reason", "ts"} {
				frame[field] = s.made.Next()
			}
			p.XAdd(ctx, &redis.XAddArgs{Stream: key, MaxLen: 20, Values: frame})
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// run is a command of the program in this process, with what it writes to a terminal.
func (s *spoilt) run(args ...string) (stdout string) {
	s.t.Helper()
	var out, said bytes.Buffer
	root := newRoot()
	root.SetArgs(append(args, "--url", s.url))
	root.SetOut(&out)
	root.SetErr(&said)
	if s.err = root.ExecuteContext(s.t.Context()); s.err != nil {
		s.complained(&said, s.err)
	}
	s.harmless(fmt.Sprintf("%q on stdout", args), out.String())
	s.harmless(fmt.Sprintf("%q on stderr", args), said.String())
	return out.String()
}

// complained writes an error as main does, and holds each line of it to be the program's.
func (s *spoilt) complained(w io.Writer, err error) {
	s.t.Helper()
	var said strings.Builder
	complain(&said, err)
	if errs := together(err); strings.Count(said.String(), "\n") != len(errs) || strings.Count("\n"+said.String(), "\nffboard: ") != len(errs) {
		s.t.Fatalf("not a line for each of %d errors: %q", len(errs), said.String())
	}
	_, _ = io.WriteString(w, said.String())
}

// harmless fails the test at the first rune that a terminal would obey, or bytes that are none.
func (s *spoilt) harmless(where, text string) {
	s.t.Helper()
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n', r >= ' ' && r < 0x7f:
			continue
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, r == utf8.RuneError && size == 1,
			r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
			s.t.Fatalf("%s has %U raw: %q", where, r, text[max(0, i-60):min(len(text), i+20)])
		}
	}
}

// everyFormat runs a command once for each output, and holds JSON to being that.
func (s *spoilt) everyFormat(args ...string) {
	s.t.Helper()
	for _, format := range outputs {
		if out := s.run(append(args, "-o", format)...); format == asJSON && out != "" && !json.Valid([]byte(out)) {
			s.t.Fatalf("%q wrote no JSON:\n%.2000q", args, out)
		}
	}
}

func TestNothingHostileComesOutOfTheCommandLine(t *testing.T) {
	s := newSpoilt(t, 1)
	dir := t.TempDir()
	var views []string
	for _, get := range getCommand().Commands() {
		views = append(views, get.Name())
	}
	for round := 0; s.made.Drawn() < hostileCLIStrings(); round++ {
		s.spoil()
		for _, view := range views {
			s.everyFormat("get", view)
		}
		for range 3 {
			id, flow := string(s.ids[s.rng.IntN(len(s.ids))]), string(s.flows[s.rng.IntN(len(s.flows))])
			s.everyFormat("describe", "execution", id)
			s.everyFormat("describe", "edges", id)
			s.everyFormat("describe", "flow", flow)
			s.why(id)
			s.why(flow)
			s.run("cancel", id, flow, "--dry-run")
			s.tails(id, filepath.Join(dir, fmt.Sprint("frames", round, len(id), s.rng.Uint64())))
		}
		s.run("get", "flows", s.made.Next()) // what somebody typed
		s.run("describe", "execution", s.made.Next())
		s.run("audit")
		if round%8 == 0 {
			s.recorded(filepath.Join(dir, fmt.Sprint(round, recording.Suffix)))
		}
	}
	t.Logf("%d strings", s.made.Drawn())
}

// why has a diagnosis in every format, and holds the lines of its text to be those of a diagnosis.
func (s *spoilt) why(id string) {
	s.t.Helper()
	s.everyFormat("why", id)
	titles := []string{"also", "evidence", "next, by itself", "you can", "not read: the verdict may miss something"}
	said, rest, _ := strings.Cut(s.run("why", id), "\n")
	for line := range strings.Lines(rest) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "  ") && !slices.Contains(titles, line) {
			s.t.Fatalf("why has a line of somebody's, %q, after %q:\n%s", line, said, rest)
		}
	}
}

// tails prints a stream in every way, and saves it.
func (s *spoilt) tails(id, file string) {
	s.t.Helper()
	s.run("tail", id, "--follow=false", "--save", file)
	s.run("tail", id, "--follow=false", "--text")
	s.run("tail", id, "--follow=false", "-o", "json")
	saved, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	s.harmless("a saved stream", string(saved))
	for line := range strings.Lines(string(saved)) {
		if !json.Valid([]byte(line)) {
			s.t.Fatalf("a saved frame is no JSON: %.300q", line)
		}
	}
}

// recorded records what every view is told, and draws every view on the recording.
func (s *spoilt) recorded(file string) {
	s.t.Helper()
	recorder, err := recording.Record(engine.ReadOnlyGate(s.b), recording.Options{File: file, Program: "test", Start: s.made.Next()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.drawAll(recorder)
	if err := recorder.Close(); err != nil {
		s.t.Fatal(err)
	}
	player, err := recording.Open(file, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer player.Close()
	s.harmless("where a recording begins", viewOf(player.Header().Start))
	s.drawAll(player)
}

func (s *spoilt) drawAll(e engine.Attached) {
	s.t.Helper()
	for _, root := range tui.Roots() {
		c, err := newCommon(s.t.Context(), e)
		if err != nil {
			s.t.Fatal(err)
		}
		view := root.Make(c)
		view.SetSize(drawnWidth, drawnLines)
		if view.Need().Fetch == nil {
			continue
		}
		var out strings.Builder
		if _, err := fetch(s.t.Context(), e, view); err == nil {
			err = draw(&out, view)
			if err != nil {
				s.t.Fatal(err)
			}
		}
		s.harmless(root.Name, out.String())
	}
}

// What is stored comes into the logs of those who work on it, as text and as JSON.
func TestNothingHostileComesIntoALog(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= uint64(1+hostileCLIStrings()/10_000); seed++ {
				s := newSpoilt(t, seed)
				s.spoil()
				written := &logBuffer{}
				flags := serveFlags{logFormat: format, logLevel: "debug"}
				log, err := flags.logger(written)
				if err != nil {
					t.Fatal(err)
				}
				s.work(log)
				log.Warn(s.made.Next(), "error", s.made.Next(), "id", engine.ExecutionID(s.made.Next()), "given", fmt.Errorf("%s", s.made.Next()))
				s.harmless("the log", written.String())
				for line := range strings.Lines(written.String()) {
					if !strings.HasPrefix(line, "time=") && !strings.HasPrefix(line, `{"time":`) {
						t.Fatalf("a line that nobody logged: %q", line)
					}
				}
				if strings.Count(written.String(), "\n") < 3 {
					t.Errorf("hardly anything was logged: %s", written)
				}
			}
		})
	}
}

// work has an engine and a worker at the records for a while.
func (s *spoilt) work(log *slog.Logger) {
	s.t.Helper()
	intervals := map[string]time.Duration{}
	for _, i := range intervalVariables {
		intervals[i.scanner] = 100 * time.Millisecond
	}
	ctx, stop := context.WithTimeout(s.t.Context(), 2*time.Second)
	defer stop()
	e, err := scanner.New(s.b, scanner.Config{Name: "hostile", Intervals: intervals, Retention: time.Hour, Logger: log})
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := faultWorker(s.b, "hostile", log)
	if err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- e.Run(ctx) }()
	go func() { ended <- w.Run(ctx) }()
	<-ended
	<-ended
}
