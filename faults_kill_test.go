package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// kills is how often each thing is killed; FFBOARD_KILLS=100 for the long form.
func kills(t *testing.T) int {
	t.Helper()
	v := os.Getenv("FFBOARD_KILLS")
	if v == "" {
		return 2
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// faultServer is an initialised deployment on a server of its own.
func faultServer(t *testing.T) (url string, b *valkey.Backend) {
	t.Helper()
	if _, err := exec.LookPath(embedded.Program); err != nil {
		t.Skip("no valkey-server on the PATH")
	}
	program(t)
	d := newDeployment(t)
	return "unix://" + d.server.Socket(), d.b
}

var faultPartitions = []string{"--flow-partitions", "4", "--budget-partitions", "2", "--quota-partitions", "2"}

func TestNothingIsLostOrDoneTwiceWhenWorkersAreKilled(t *testing.T) {
	t.Parallel()
	url, b := faultServer(t)
	startProcess(t, url, faultPartitions...)
	workers := []*process{startWorker(t, url), startWorker(t, url)}
	l := startLoad(t, b)
	l.acknowledged(loadOpen / 2)
	for range kills(t) {
		l.atRandom()
		i := rand.IntN(len(workers))
		l.untilAtWork(workers[i].as)
		workers[i].kill()
		workers[i] = startWorker(t, url)
		l.holds()
	}
	l.drain()
	t.Logf("%d executions", len(l.ended))
	l.takenOverInTime()
}

// untilAtWork waits until a worker has something to lose.
func (l *load) untilAtWork(instance string) {
	l.t.Helper()
	until(l.t, "it is at work", func() bool {
		return slices.ContainsFunc(l.rows(l.unfinished()), func(r engine.ExecutionRow) bool {
			return string(r.WorkerInstance) == instance && r.State == engine.StateActive
		})
	})
}

// takeOverLimit is how long after a lease ran out somebody else has the execution: a look of the worker that reclaims, or a scan of
// the engine that marks it and a look; and what a busy machine adds.
const takeOverLimit = 2*time.Second + faultReclaim + 8*time.Second

// takenOverInTime holds every lease that ran out to the time at which somebody took the execution over.
func (l *load) takenOverInTime() {
	l.t.Helper()
	taken, longest := 0, time.Duration(0)
	for id := range l.ended {
		detail, err := l.b.ExecutionDetail(l.t.Context(), id)
		if err != nil {
			l.t.Fatal(err)
		}
		var held time.Time // until when the last lease was, at least
		for _, event := range detail.Leases {
			switch event.Event {
			case engine.LeaseAcquired, engine.LeaseRenewed:
				held = event.At.Add(faultLease)
			case engine.LeaseReclaimed:
				taken++
				longest = max(longest, event.At.Sub(held))
				held = event.At.Add(faultLease)
			}
		}
	}
	l.t.Logf("%d leases taken over, the last one %v after it had run out", taken, longest)
	if taken == 0 || longest > takeOverLimit {
		l.t.Errorf("%d taken over, up to %v after the lease", taken, longest)
	}
}

func TestNothingIsLostOrDoneTwiceWhenEnginesAreKilled(t *testing.T) {
	t.Parallel()
	url, b := faultServer(t)
	engines := []*process{startProcess(t, url, faultPartitions...), startProcess(t, url, faultPartitions...)}
	startWorker(t, url)
	l := startLoad(t, b)
	l.acknowledged(loadOpen / 2)
	for range kills(t) {
		l.atRandom()
		i := rand.IntN(len(engines))
		engines[i].kill()
		engines[i] = startProcess(t, url, faultPartitions...)
		l.holds()
	}
	l.drain()
	t.Logf("%d executions", len(l.ended))
}

// The board is killed in the middle of cancelling all that it shows.
func TestNothingIsLostOrDoneTwiceWhenABoardIsKilled(t *testing.T) {
	t.Parallel()
	url, b := faultServer(t)
	startProcess(t, url, faultPartitions...)
	startWorker(t, url)
	l := startLoad(t, b)
	cancelled := 0
	for n := range kills(t) {
		var patient []engine.ExecutionID
		for range 20 {
			id := b.Partitions().NewSolo("a") // a lane that no worker claims from
			l.create(t.Context(), engine.CreateExecution{ID: id, Lane: "a", Kind: "patient"})
			patient = append(patient, id)
		}
		s := start(t, 120, 36, "--url", url, "--start", "lanes")
		s.shows("default")
		s.press("<enter>")
		s.shows("patient")
		s.press("<ctrl-a>")
		s.shows("marked")
		s.press("c")
		s.shows("Cancel executions", "cancels")
		s.press("<tab>told to<tab><right><enter>")
		if n%2 == 0 {
			until(t, "it has begun to cancel", func() bool { return l.cancelled(patient) > 0 })
		}
		<-time.After(rand.N(20 * time.Millisecond)) // before the first, between two, or after the last
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		l.holds()
		cancelled += l.cancelled(patient)
		l.cancelRest(patient)
	}
	l.drain()
	t.Logf("%d executions; boards cancelled %d, and left others when they were killed", len(l.ended), cancelled)
	if cancelled == 0 {
		t.Error("no board got to cancel anything: this shows nothing")
	}
}

func (l *load) cancelled(ids []engine.ExecutionID) (n int) {
	l.t.Helper()
	for _, row := range l.rows(ids) {
		if row.State == engine.StateCancelled {
			n++
		}
	}
	return n
}

// cancelRest cancels those that nobody has cancelled.
func (l *load) cancelRest(ids []engine.ExecutionID) {
	l.t.Helper()
	for _, row := range l.rows(ids) {
		if row.State == engine.StateCancelled {
			continue
		}
		if _, err := l.b.CancelExecution(l.t.Context(), row.ID, "over", engine.CancelByOperator); err != nil {
			l.t.Fatal(err)
		}
	}
}
