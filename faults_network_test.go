package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
)

// line is a way to a server that can go bad. (toxiproxy, which does the like, knows no unix sockets and brings a metrics and a command
// line framework along.)
type line struct {
	t        *testing.T
	to       string // socket
	listener net.Listener

	mu    sync.Mutex
	fault func(answer []byte) (passed []byte, cut bool) // nil: all passes
	conns map[net.Conn]bool
	made  int
	whole int // answers that passed as they were
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, to: to, listener: listener, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = listener.Close(); l.breaks(nil) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(conn)
		}
	}()
	return l
}

func (l *line) url() string { return "unix://" + l.listener.Addr().String() }

// breaks cuts what is connected and does to every answer from now on what fault says; nil mends the line.
func (l *line) breaks(fault func([]byte) ([]byte, bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = fault
	for conn := range l.conns {
		_ = conn.Close()
	}
	l.conns, l.made = map[net.Conn]bool{}, 0
}

// goesBad is breaks for a line whose connections stay.
func (l *line) goesBad(fault func([]byte) ([]byte, bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault, l.made = fault, 0
}

func (l *line) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", l.to)
	if err != nil {
		return
	}
	defer server.Close()
	l.mu.Lock()
	l.conns[client] = true
	l.made++
	l.mu.Unlock()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	buf := make([]byte, 4<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		l.mu.Lock()
		fault := l.fault
		if fault == nil {
			l.whole++
		}
		l.mu.Unlock()
		answer, cut := buf[:n], false
		if fault != nil {
			answer, cut = fault(answer)
		}
		if _, err := client.Write(answer); err != nil || cut {
			return
		}
	}
}

// connections is how many were made since the line went bad.
func (l *line) connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made
}

// lineFaults are what becomes of a line, and what a board behind it shows then.
var lineFaults = []struct {
	name  string
	begin func(l *line)
	shown string
}{
	{"cut", func(l *line) { l.breaks(func([]byte) ([]byte, bool) { return nil, true }) }, "offline for"},
	{"silent", func(l *line) { l.goesBad(func([]byte) ([]byte, bool) { return nil, false }) }, "no answer for"},
	{"reset in the middle of an answer", func(l *line) {
		l.goesBad(func(answer []byte) ([]byte, bool) { return answer[:len(answer)/2], true })
	}, "offline for"},
	{"slow", func(l *line) {
		l.goesBad(func(answer []byte) ([]byte, bool) { <-time.After(300 * time.Millisecond); return answer, false })
	}, "ms"},
}

// carried is how many answers passed as they were.
func (l *line) carried() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.whole
}

// Whatever the line between a deployment and an engine, a worker and a board does, nothing is done twice and nothing lost, nobody hangs
// or asks without a pause, each says what is wrong, and all go on by themselves when it is mended.
func TestALineThatGoesBadStopsAllAndLosesNothing(t *testing.T) {
	t.Parallel()
	url, b := faultServer(t)
	target, err := valkey.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	bad := newLine(t, target.Socket)
	engineRuns, workerRuns := startProcess(t, bad.url(), faultPartitions...), startWorker(t, bad.url())
	through := connectTo(t, bad.url())
	l := startLoad(t, b)
	board := start(t, 160, 36, "--url", bad.url())
	board.shows("attached", "active", "waiting")
	l.acknowledged(loadOpen / 2)

	for _, fault := range lineFaults {
		said := func() int { return strings.Count(engineRuns.log.String()+workerRuns.log.String(), "\n") }
		began, before := time.Now(), said()
		fault.begin(bad)
		boardSays(t, board, fault.shown)
		asked := time.Now()
		_, err := through.CreateExecution(t.Context(), engine.CreateExecution{ID: b.Partitions().NewSolo(e2eLane), Lane: e2eLane, Kind: "stream"})
		if took := time.Since(asked); took > 15*time.Second || fault.shown != "ms" && err == nil {
			t.Errorf("%s: a call took %v and gave %v", fault.name, took, err)
		}
		board.press("2")
		board.shows("flows")
		board.press("1")
		took := time.Since(began).Seconds() + 1
		lines, connections := float64(said()-before)/took, float64(bad.connections())/took
		t.Logf("%s: %.1f s: %.0f lines of log and %.0f connections a second", fault.name, took, lines, connections)
		if lines > 100 || connections > 200 {
			t.Errorf("%s: %s", fault.name, fmt.Sprintf("%.0f lines of log and %.0f connections a second", lines, connections))
		}
		bad.breaks(nil)
		until(t, fault.name+": calls work again", func() bool { return through.Ping(t.Context()) == nil })
		if err := board.WaitFor(soon, fine); err != nil {
			t.Errorf("%s: the board does not come back:\n%s", fault.name, board.Text())
		}
		ended := l.over()
		until(t, fault.name+": work goes on", func() bool { l.look(t.Context()); return l.over() > ended })
		l.holds()
	}
	l.drain()
	t.Logf("%d executions", len(l.ended))
}
