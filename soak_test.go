package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/tui/terminal"
	"ffboard/valkey"
	"ffboard/valkey/audittest"
)

// soakFor is how long the soak takes; FFBOARD_SOAK_FOR=30m for the long form.
func soakFor(t *testing.T) time.Duration {
	t.Helper()
	v := os.Getenv("FFBOARD_SOAK_FOR")
	if v == "" {
		return 8 * time.Second
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// soak is a deployment with everything on it.
type soak struct {
	t     *testing.T
	url   string
	rdb   *redis.Client
	asked []*asked // its processes
	logs  []*process
	api   *served
	board *screen
	guest *process // a worker that comes and goes
	turns int      // of operate
}

func startSoak(t *testing.T) (*soak, *valkey.Backend) {
	t.Helper()
	url, b := faultServer(t)
	target, err := valkey.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	s := &soak{t: t, url: url, rdb: redis.NewClient(&redis.Options{Network: "unix", Addr: target.Socket})}
	t.Cleanup(func() { _ = s.rdb.Close() })

	serve := s.run("engine", []string{"FF_API_TOKEN=" + apiToken, "FF_WAITPOINT_HMAC_SECRET=" + e2eSecret, "FF_RETENTION_TRIMMER_INTERVAL_S=0"},
		append([]string{"serve", "--url", url, "--listen", "127.0.0.1:0", "--lanes", string(e2eLane),
			"--retention", soakKept.String(), "--flow-retention", soakKept.String()}, faultPartitions...)...)
	s.run("worker", []string{workerOf + "=" + url, workerAs + "=direct"})
	s.run("scheduled worker", []string{workerOf + "=" + url, workerAs + "=scheduled", workerSchedules + "=yes"})
	s.guest = startWorker(t, url)

	until(t, "the engine serves", func() bool { return listensAt.MatchString(serve.log.String()) })
	s.api = &served{t: t, base: "http://" + listensAt.FindStringSubmatch(serve.log.String())[1]}
	board := askable(t, "board", []string{"NO_COLOR=", "EDITOR=", "VISUAL="}, "--url", url)
	term, err := terminal.Start(board.cmd, terminal.Options{Cols: 120, Rows: 36})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = term.Close() })
	s.asked, s.board = append(s.asked, board), &screen{t, term}
	s.board.shows("attached", "active")
	return s, b
}

var listensAt = regexp.MustCompile(`msg=serving listen=(\S+)`)

// run starts a process that can be asked.
func (s *soak) run(name string, environment []string, args ...string) *process {
	s.t.Helper()
	a := askable(s.t, name, environment, args...)
	p := &process{t: s.t, as: name, log: &logBuffer{}, cmd: a.cmd}
	p.cmd.Stderr = p.log
	if _, err := p.cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	p.start()
	s.asked, s.logs = append(s.asked, a), append(s.logs, p)
	return p
}

// soakRounds are the keys that an operator presses over and over, and what the screen shows then.
var soakRounds = []struct{ keys, shows string }{
	{"1", "overview"}, {"2", "flows"}, {"<enter>", ""}, {"<esc>", ""}, {"3", "lanes"}, {"4", "executions"}, {"<down><enter>", ""}, {"w", ""}, {"<esc>", ""},
	{"<esc>", ""}, {"5", "suspended"}, {"<tab>", ""}, {"6", "streams"}, {"<down>t", ""}, {"<esc>", ""}, {"7", "workers"}, {"8", "budgets"}, {"9", "health"},
	{"0", "activity"}, {"?", ""}, {"<esc>", ""}, {"/soak", ""}, {"<enter>", ""}, {"<esc>", ""},
}

// operate takes one more turn of everybody who looks at the deployment: at the board, through the API, and as a worker that comes and goes.
func (s *soak) operate() {
	s.t.Helper()
	round := soakRounds[s.turns%len(soakRounds)]
	began := time.Now()
	s.turns++
	shown := func(text string) bool { return strings.Contains(text, round.shows) }
	for s.board.press(round.keys); s.board.WaitFor(2*time.Second, shown) != nil; s.board.press(round.keys) {
		// On a busy machine an escape and the key after it are read together, which is another key.
		if time.Since(began) > soon {
			s.t.Fatalf("%q never shows %q:\n%s", round.keys, round.shows, s.board.Text())
		}
	}
	for _, path := range []string{"/healthz", "/metrics", "/v1/executions?partition=1&limit=20"} {
		if status, answer := s.api.do("GET", path, ""); status != 200 {
			s.t.Errorf("GET %s gave %d: %s", path, status, answer)
		}
	}
	if s.turns%(2*len(soakRounds)) == 0 {
		s.guest.kill()
		s.guest = startWorker(s.t, s.url)
	}
}

// A deployment under load of every kind is as large after a while as it was in the beginning, and all but empty when the load has ended.
func TestNothingGrowsUnderLoad(t *testing.T) {
	t.Parallel()
	whole := soakFor(t)
	s, b := startSoak(t)
	before := s.lastingKeys()
	l := startSoakLoad(t, b)

	began, each := time.Now(), whole/40
	var levels []level
	for next := began.Add(whole / 4); time.Since(began) < whole; {
		s.operate()
		<-time.After(50 * time.Millisecond) // an operator's pace
		if time.Now().After(next) {
			levels = append(levels, s.level())
			next = next.Add(each)
			if len(levels)%10 == 1 {
				t.Logf("%v: %v", time.Since(began).Round(time.Second), levels[len(levels)-1])
			}
		}
	}
	third := len(levels) / 3
	first, last := median(levels[:third]), median(levels[len(levels)-third:])
	t.Logf("first %v", first)
	t.Logf("last  %v", last)
	for _, grown := range grown(first, last) {
		t.Error(grown)
	}
	l.drain(t)
	t.Logf("%d executions; refused: %v", l.made, l.refused)

	_ = s.board.Close()
	for _, p := range append(s.logs[1:], s.guest) {
		p.kill()
	}
	var left []string
	holds := func() bool {
		left = slices.DeleteFunc(s.lastingKeys(), func(key string) bool { return slices.Contains(before, key) || l.keeps(key) })
		return len(left) == 0
	}
	for deadline := time.Now().Add(soon); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d keys are left: %s", len(left), strings.Join(left[:min(len(left), 30)], " "))
			break
		}
	}
	t.Logf("at the end %v", s.server())
	audittest.Clean(t, b)
}
