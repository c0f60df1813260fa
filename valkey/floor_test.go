package valkey

import (
	"maps"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// TestTheFloorWritesWhatTheFunctionsWrote sends a recording to an empty server and compares what is there then.
func TestTheFloorWritesWhatTheFunctionsWrote(t *testing.T) {
	needServer(t)
	ctx := enginetest.Context(t)
	s := BenchServer{Target: ownServer(t, embedded.Options{}), Partitions: testPartitions, Lane: engine.DefaultLane, Erase: true}
	first, err := s.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	b := first.Backend.(*Backend)
	writes, err := first.Recorder.Record(ctx, func() error {
		_, err := b.CreateExecution(ctx, engine.CreateExecution{
			ID: b.Partitions().NewSolo(engine.DefaultLane), Namespace: "ns", Lane: engine.DefaultLane, Kind: "k", Payload: []byte("a \"quoted\"\r\n\x00\xff payload"),
		})
		if err != nil {
			return err
		}
		claimed, err := b.Claim(ctx, engine.ClaimRequest{Lane: engine.DefaultLane, Worker: "w", WorkerInstance: "w-1", LeaseTTL: time.Minute})
		if err != nil {
			return err
		}
		return b.Complete(ctx, claimed.Handle, []byte("done"))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := hashesAndTexts(t, b)
	if trips, commands := writes.Parts(); trips != 4 || commands < 20 { // the lane's name, the creation, grant and claim, the completion
		t.Errorf("%d commands in %d round trips", commands, trips)
	}

	for _, scripted := range []bool{false, true} {
		again, err := s.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if err := writes.Replay(ctx, again.Backend, 1, scripted); err != nil {
			t.Fatal(err)
		}
		if got := hashesAndTexts(t, again.Backend.(*Backend)); !maps.Equal(got, want) {
			t.Errorf("scripted %v: got %d values, want %d:\n%v\n%v", scripted, len(got), len(want), got, want)
		}
	}
}

// hashesAndTexts are the values of an execution's keys.
func hashesAndTexts(t *testing.T, b *Backend) map[string]string {
	t.Helper()
	ctx := enginetest.Context(t)
	keys, err := b.rdb.Keys(ctx, "ff:exec:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	found := map[string]string{}
	for _, key := range keys {
		switch b.rdb.Type(ctx, key).Val() {
		case "hash":
			for name, value := range b.rdb.HGetAll(ctx, key).Val() {
				found[key+" "+name] = value
			}
		case "string":
			found[key] = b.rdb.Get(ctx, key).Val()
		}
	}
	return found
}

func TestALineOfAMonitorIsTakenApart(t *testing.T) {
	for line, want := range map[string]struct {
		inside bool
		words  []string
	}{
		"+1700000000.000001 [0 127.0.0.1:5000] \"SET\" \"a\" \"b c\"\r\n":      {false, []string{"SET", "a", "b c"}},
		"+1700000000.000001 [0 lua] \"hset\" \"k\" \"\\xff\\\"\\r\\n\" \"\"\n": {true, []string{"hset", "k", "\xff\"\r\n", ""}},
		"+1700000000.000001 [0 unix:/tmp/a] b.sock] \"ping\"\r\n":              {},
	} {
		inside, words, err := monitorLine(line)
		if want.words == nil {
			if err == nil {
				t.Errorf("%q is taken for %q", line, words)
			}
			continue
		}
		if err != nil || inside != want.inside || !slices.Equal(words, want.words) {
			t.Errorf("%q: %v %q %v", line, inside, words, err)
		}
	}
}
