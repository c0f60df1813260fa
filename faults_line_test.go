package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"ffboard/valkey"
)

// ownLines is a deployment with two workers, of which one has a bad line, and an engine and a board, each of the three with a line to the
// server of its own.
type ownLines struct {
	t      *testing.T
	lines  map[string]*line // by who is behind it
	engine *process
	worker *process
	board  *screen
	load   *load
}

func startOwnLines(t *testing.T) *ownLines {
	t.Helper()
	url, b := faultServer(t)
	target, err := valkey.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	o := &ownLines{t: t, lines: map[string]*line{}}
	for _, who := range []string{"engine", "worker", "board"} {
		o.lines[who] = newLine(t, target.Socket)
	}
	o.engine = startProcess(t, o.lines["engine"].url(), faultPartitions...)
	o.worker = startWorker(t, o.lines["worker"].url())
	startWorker(t, url)
	o.load = startLoad(t, b)
	o.board = start(t, 160, 36, "--url", o.lines["board"].url())
	o.board.shows("attached", "active", "waiting")
	o.load.acknowledged(loadOpen / 2)
	return o
}

// said is how many lines of log the one behind a line has written. A board has no log: its header is looked at.
func (o *ownLines) said(who string) int {
	switch who {
	case "engine":
		return strings.Count(o.engine.log.String(), "level=WARN") + strings.Count(o.engine.log.String(), "level=ERROR")
	case "worker":
		return strings.Count(o.worker.log.String(), "level=WARN") + strings.Count(o.worker.log.String(), "level=ERROR")
	}
	return 0
}

// tookLong is what a board says of answers that take more than a tenth of a second, or of some that did not come in time.
var tookLong = regexp.MustCompile(`attached +(\d{3,}ms|⚠ (answers come late|no answer for))`)

// boardSays waits until a board behind a bad line says what is wrong with it; the last data stays.
func boardSays(t testing.TB, board *screen, shown string) {
	t.Helper()
	if shown != "ms" {
		board.shows(shown, "active")
		return
	}
	if err := board.WaitFor(soon, tookLong.MatchString); err != nil {
		t.Errorf("the board does not say how long its answers take:\n%s", board.Text())
	}
}

// fine is a board that says nothing of its line.
func fine(text string) bool {
	return !strings.Contains(text, "offline") && !strings.Contains(text, "no answer") && !strings.Contains(text, "answers come late")
}

// complains waits until the one behind the bad line says what is wrong with it.
func (o *ownLines) complains(who, shown string, before int) {
	o.t.Helper()
	switch {
	case who == "board":
		boardSays(o.t, o.board, shown)
	case shown != "ms": // who gets his answers has nothing to say
		until(o.t, who+" says that its line is bad", func() bool { return o.said(who) > before })
	}
}

// Whoever has a bad line is alone with it: he says so, waits, and goes on when it is mended; the others never notice, and between them
// nothing is done twice or lost. In the short form, see kills, with two of the faults each.
func TestALineThatGoesBadStopsOnlyWhoIsBehindIt(t *testing.T) {
	t.Parallel()
	o := startOwnLines(t)
	for i, who := range []string{"engine", "worker", "board"} {
		faults := lineFaults
		if kills(t) < len(lineFaults) {
			faults = faults[i : i+2]
		}
		for _, fault := range faults {
			o.suffers(who, fault.name, fault.shown, fault.begin)
		}
	}
	o.load.drain()
	o.t.Logf("%d executions", len(o.load.ended))
}

// badAtLeast is long enough for whoever tries without a pause to be seen.
const badAtLeast = 1500 * time.Millisecond

// suffers has one line go bad and get well again.
func (o *ownLines) suffers(who, name, shown string, begin func(*line)) {
	o.t.Helper()
	bad := o.lines[who]
	until(o.t, name+" line of the "+who+": the work that waited for the engine is done before", func() bool {
		o.load.look(o.t.Context())
		return o.load.open() < loadOpen/2 // otherwise there is no room for others to go on
	})
	began, before, ended := time.Now(), o.said(who), o.load.over()
	begin(bad)
	o.complains(who, shown, before)
	until(o.t, name+" line of the "+who+": the others go on", func() bool {
		o.load.look(o.t.Context())
		return o.load.over() > ended+5 && time.Since(began) > badAtLeast
	})
	if who != "board" {
		if text := o.board.Text(); strings.Contains(text, "offline") || strings.Contains(text, "no answer") {
			o.t.Errorf("%s line of the %s: the board says of its own:\n%s", name, who, text)
		}
	}
	took := time.Since(began).Seconds() + 1
	lines, connections := float64(o.said(who)-before)/took, float64(bad.connections())/took
	o.t.Logf("%s line of the %s: %.1f s, %.1f warnings and %.0f connections a second", name, who, took-1, lines, connections)
	if lines > 100 || connections > 200 {
		o.t.Errorf("%s line of the %s: %.0f lines of log and %.0f connections a second", name, who, lines, connections)
	}

	served := bad.carried()
	bad.breaks(nil)
	until(o.t, name+" line of the "+who+": it is used again", func() bool { return bad.carried() > served })
	o.board.shows("attached")
	if err := o.board.WaitFor(soon, fine); err != nil {
		o.t.Errorf("%s line of the %s: the board does not come back:\n%s", name, who, o.board.Text())
	}
	o.load.holds()
}
