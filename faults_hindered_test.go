package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/valkey"
)

// loadedServer is a server with everything on it that there is: an engine, a worker, load and a board, and a connection to upset it by.
type loadedServer struct {
	t      *testing.T
	rdb    *redis.Client
	engine *process
	worker *process
	load   *load
	board  *screen
}

func startLoadedServer(t *testing.T) *loadedServer {
	t.Helper()
	url, b := faultServer(t)
	target, err := valkey.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	s := &loadedServer{t: t, rdb: redis.NewClient(&redis.Options{Network: "unix", Addr: target.Socket, MaxRetries: -1, ReadTimeout: time.Minute})}
	t.Cleanup(func() { _ = s.rdb.Close() })
	s.engine, s.worker, s.load = startProcess(t, url, faultPartitions...), startWorker(t, url), startLoad(t, b)
	s.board = start(t, 160, 36, "--url", url)
	s.board.shows("attached", "active", "waiting")
	s.load.acknowledged(loadOpen / 2)
	return s
}

func (s *loadedServer) do(words ...any) {
	s.t.Helper()
	if err := s.rdb.Do(s.t.Context(), words...).Err(); err != nil {
		s.t.Fatalf("%v: %v", words, err)
	}
}

// snapshotFails leaves a server whose last snapshot has failed: what it should become is a folder.
func (s *loadedServer) snapshotFails() {
	s.t.Helper()
	if err := os.Mkdir(s.snapshot(), 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.snapshotEnds("err")
}

// snapshotWorks takes the cause away and leaves a server whose last snapshot was written.
func (s *loadedServer) snapshotWorks() {
	s.t.Helper()
	if err := os.Remove(s.snapshot()); err != nil {
		s.t.Fatal(err)
	}
	s.snapshotEnds("ok")
}

func (s *loadedServer) snapshot() string {
	s.t.Helper()
	dir, err := s.rdb.ConfigGet(s.t.Context(), "dir").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	return filepath.Join(dir["dir"], "dump.rdb")
}

// snapshotEnds has snapshots written until one ends so; another may be under way.
func (s *loadedServer) snapshotEnds(as string) {
	s.t.Helper()
	until(s.t, "a snapshot ends as "+as, func() bool {
		_ = s.rdb.BgSave(s.t.Context()).Err()
		info, err := s.rdb.InfoMap(s.t.Context(), "persistence").Result()
		return err == nil && info["Persistence"]["rdb_last_bgsave_status"] == as
	})
}

// logged waits until the engine and the worker have both said something.
func (s *loadedServer) logged(text string) {
	s.t.Helper()
	until(s.t, "engine and worker say: "+text, func() bool {
		return strings.Contains(s.engine.log.String(), text) && strings.Contains(s.worker.log.String(), text)
	})
}

// spins is a count of what is sent and said while nothing can be done: neither may be without a pause.
type spins struct {
	at             time.Time
	commands, said int
}

// calm fails the test when more is sent or said since the beginning than a program does that waits between its tries.
func (s *loadedServer) calm(since spins) {
	s.t.Helper()
	now := s.spins()
	took := now.at.Sub(since.at).Seconds() + 1
	commands, said := float64(now.commands-since.commands)/took, float64(now.said-since.said)/took
	s.t.Logf("%.1f s: %.0f commands and %.1f lines of log a second", took, commands, said)
	if commands > 2000 || said > 100 {
		s.t.Errorf("%.0f commands and %.1f lines of log a second", commands, said)
	}
}

func (s *loadedServer) spins() spins {
	s.t.Helper()
	n, err := s.rdb.InfoMap(s.t.Context(), "stats").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	commands, err := strconv.Atoi(n["Stats"]["total_commands_processed"])
	if err != nil {
		s.t.Fatal(err)
	}
	return spins{time.Now(), commands, strings.Count(s.engine.log.String()+s.worker.log.String(), "\n")}
}

// A server that is up and does nothing for a while, whyever, stops all and loses nothing: engine, worker and board say why, wait, and go
// on by themselves; in the short form, see kills, for a full memory alone. Work that was done is not thrown away because its end could not be told at once.
func TestAServerThatTakesNoWritesStopsAllAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := startLoadedServer(t)
	script := make(chan error, 1)
	faults := []struct {
		begin, end func()
		said       string   // in the logs
		shown      []string // by the board
	}{
		{ // maxmemory is reached
			func() { s.do("config", "set", "maxmemory", "1mb") },
			func() { s.do("config", "set", "maxmemory", "0") },
			string(engine.MemoryFull), []string{"no writes, its memory is full"},
		},
		{ // it has become a replica, as in a failover; of a primary that is not there
			func() { s.do("replicaof", "127.0.0.1", "1") },
			func() { s.do("replicaof", "no", "one") },
			string(engine.IsReplica), []string{"no writes, it is a replica"},
		},
		{ // its snapshot cannot be written, for a folder is in the way
			func() { s.do("config", "set", "save", "1 1"); s.snapshotFails() },
			func() { s.snapshotWorks(); s.do("config", "set", "save", "") },
			string(engine.DiskFailing), []string{"no writes, it cannot write to its disk"},
		},
		{ // it has no replica and is to have one
			func() { s.do("config", "set", "min-replicas-to-write", "1") },
			func() { s.do("config", "set", "min-replicas-to-write", "0") },
			string(engine.TooLonely), []string{"no writes, too few replicas follow it"},
		},
		{ // it answers BUSY to everybody
			func() {
				s.do("config", "set", "busy-reply-threshold", "50")
				go func() { script <- s.rdb.Eval(t.Context(), "while true do end", nil).Err() }()
			},
			func() {
				s.do("script", "kill")
				if err := <-script; err == nil {
					t.Error("the script ended by itself")
				}
			},
			"BUSY Valkey is busy", []string{"offline for", "BUSY"},
		},
	}
	if kills(t) < len(faults) {
		faults = faults[:1]
	}
	for _, fault := range faults {
		began := s.spins()
		s.load.untilAtWork(s.worker.as) // who has nothing to write has nothing to say
		fault.begin()
		s.logged(fault.said)
		s.board.shows(append(fault.shown, "active")...) // the last data stays
		s.board.press("2")
		s.board.shows("flows")
		s.board.press("1")
		_, err := s.load.b.CreateExecution(t.Context(), engine.CreateExecution{ID: s.load.b.Partitions().NewSolo(e2eLane), Lane: e2eLane})
		if !engine.Retryable(err) {
			t.Errorf("%s: a write gives %v", fault.said, err)
		}
		fault.end()
		s.load.acknowledged(1)
		s.calm(began)
		if err := s.board.WaitFor(soon, func(text string) bool { return !strings.Contains(text, fault.shown[0]) }); err != nil {
			t.Errorf("the board still says it:\n%s", s.board.Text())
		}
	}
	s.load.drain()
	for line := range strings.Lines(s.worker.log.String()) {
		if strings.Contains(line, "was not accepted") && strings.Contains(line, "transport") && !strings.Contains(line, "for as long as the lease could last") {
			t.Errorf("work was thrown away while its lease lasted: %s", line)
		}
	}
	t.Logf("%d executions", len(s.load.ended))
}
