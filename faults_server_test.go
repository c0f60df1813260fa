package main

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
	"ffboard/valkey/embedded/clustertest"
)

// durable is an initialised deployment on a server that keeps an append-only file, with an engine and a worker.
func durable(t *testing.T, fsync string) (*clustertest.Standalone, *load) {
	t.Helper()
	program(t)
	server, err := clustertest.StartDurable(t.Context(), fsync)
	if errors.Is(err, clustertest.ErrNoServer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url := "unix://" + server.Socket()
	b := connectTo(t, url)
	err = b.Serve(t.Context(), valkey.Boot{
		Partitions: engine.PartitionConfig{Flow: 4, Budget: 2, Quota: 2}, Lanes: []engine.LaneID{e2eLane}, SecretHex: e2eSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	startProcess(t, url, faultPartitions...)
	startWorker(t, url)
	l := startLoad(t, b)
	l.acknowledged(loadOpen / 2)
	return server, l
}

// back starts the server again, waits until the deployment answers, and has its file written anew, as is right after a loss of power.
func (l *load) back(server *clustertest.Standalone) {
	l.t.Helper()
	if err := server.Restart(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	for deadline := time.Now().Add(soon); l.b.Ping(l.t.Context()) != nil; {
		if time.Now().After(deadline) {
			l.t.Fatal("the server does not answer after its restart")
		}
	}
	if err := server.Rewrite(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// With appendfsync always a server answers after what it did is on the disk.
func TestAServerThatIsKilledLosesNothingItAcknowledged(t *testing.T) {
	t.Parallel()
	server, l := durable(t, "always")
	for range kills(t) {
		l.atRandom()
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		l.back(server)
		l.holds()
	}
	l.drain()
	t.Logf("%d executions", len(l.ended))
}

// writtenWithin is how long a server under appendfsync everysec keeps back what it acknowledged while its disk is busy, before it even
// writes it to the file.
const writtenWithin = 2 * time.Second

// With appendfsync everysec a machine that loses its power loses what was not on the disk yet: the last second of what was acknowledged,
// or three on a busy disk; and not a part of it but all from some moment on, so that what is left contradicts itself nowhere. What had
// ended in that time is at work again, and ends once more.
func TestAServerThatLosesItsPowerLosesTheLastSecondAndNothingBefore(t *testing.T) {
	t.Parallel()
	server, l := durable(t, "everysec")
	lost := 0
	for range kills(t) {
		l.atRandom()
		kept, err := server.Appended()
		if err != nil {
			t.Fatal(err)
		}
		synced := time.Now().Add(-writtenWithin)
		l.atRandom()
		written, err := server.Appended()
		if err != nil {
			t.Fatal(err)
		}
		if err := server.LosePower(kept + rand.N(written-kept+1)); err != nil {
			t.Fatal(err)
		}
		l.back(server)
		lost += l.forget(synced)
		l.holds()
	}
	l.drain()
	t.Logf("%d executions and %d more that were acknowledged and lost", len(l.ended), lost)
}

// forget takes it that what was acknowledged after a moment may be lost, and what ended after it may not have ended; it tells how many
// are lost. What was acknowledged before is not forgotten.
func (l *load) forget(after time.Time) (lost int) {
	l.t.Helper()
	var since []engine.ExecutionID
	l.mu.Lock()
	for id, at := range l.told {
		if !at.Before(after) {
			since = append(since, id)
		}
	}
	l.mu.Unlock()
	rows := l.rows(since)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range rows {
		if row.Missing {
			lost++
			delete(l.told, row.ID)
		}
	}
	for id, end := range l.ended {
		if !end.seen.Before(after) {
			delete(l.ended, id)
		}
	}
	return lost
}
