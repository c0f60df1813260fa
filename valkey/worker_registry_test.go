package valkey

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func TestQ220AWorkerIsListedBehindManyThatAreGone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for i := range 1000 {
			x.must(b.rdb.SAdd(x.ctx, keyWorkerIndex("ns"), "gone-"+string(rune('a'+i%26))+strings.Repeat("x", i/26)).Err())
		}
		_, err := b.RegisterWorker(x.ctx, engine.Worker{ID: "w", Instance: "live", Namespace: "ns", LivenessTTL: time.Minute})
		x.must(err)
		page, err := b.ListWorkers(x.ctx, "ns", "", 1)
		x.must(err)
		if len(page.Items) != 1 || page.Items[0].Instance != "live" || page.Next != "" {
			t.Errorf("page %+v", page)
		}
	})
}

func TestQ220WorkersOfTheOldLibraryAreListedWithoutNamespace(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.must(b.rdb.SAdd(x.ctx, keyOldWorkerIndex, "old").Err())
		x.must(b.rdb.Set(x.ctx, keyOldWorkerCaps("old"), "a,b", 0).Err())
		x.must(b.rdb.Set(x.ctx, keyOldWorkerAlive("old"), "1", time.Minute).Err())
		page, err := b.ListWorkers(x.ctx, "", "", 10)
		x.must(err)
		if len(page.Items) != 1 || page.Items[0].Instance != "old" || !page.Items[0].Alive || len(page.Items[0].Capabilities) != 2 {
			t.Errorf("page %+v", page)
		}
	})
}

func TestAWorkerRecordThatDoesNotDecodeIsMarked(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for _, instance := range []engine.WorkerInstanceID{"bad", "worse"} {
			_, err := b.RegisterWorker(x.ctx, engine.Worker{ID: "w", Instance: instance, Namespace: "ns", LivenessTTL: time.Minute})
			x.must(err)
		}
		x.must(b.rdb.HSet(x.ctx, keyWorkerCaps("ns", "bad"), "ttl_ms", "soon").Err())
		x.must(b.rdb.Set(x.ctx, keyWorkerCaps("ns", "worse"), "no hash", 0).Err())
		page, err := b.ListWorkers(x.ctx, "ns", "", 10)
		x.must(err)
		if len(page.Items) != 2 || len(page.Items[0].Malformed) != 1 || page.Items[0].ID != "w" || len(page.Items[1].Malformed) != 1 {
			t.Errorf("page %+v", page)
		}
	})
}

func TestQ210WorkersRegisterByCommandsWhereAFunctionCannotSpanSlots(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		entry := workerEntry{
			Worker: engine.Worker{ID: "w1", Instance: "i", Namespace: "ns", LivenessTTL: time.Minute}, lanes: "default", capabilities: "a,b", now: x.now(),
		}
		for _, want := range []bool{true, false} {
			registered, err := b.registerByCommands(x.ctx, "register_worker", entry)
			x.must(err)
			if registered != want {
				t.Errorf("registered %v, want %v", registered, want)
			}
		}
		other := entry
		other.ID = "w2"
		if _, err := b.registerByCommands(x.ctx, "register_worker", other); !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("error %v", err)
		}
		page, err := b.ListWorkers(x.ctx, "ns", "", 10)
		x.must(err)
		if len(page.Items) != 1 || page.Items[0].ID != "w1" || !page.Items[0].Alive || len(page.Items[0].Capabilities) != 2 {
			t.Errorf("page %+v", page)
		}
		expires, found, err := b.heartbeatByCommands(x.ctx, "heartbeat_worker", "ns", "i", x.now())
		x.must(err)
		if left := expires.Sub(x.now()); !found || left < 50*time.Second {
			t.Errorf("found %v, %s left", found, left)
		}
		x.must(b.rdb.Del(x.ctx, keyWorkerAlive("ns", "i")).Err())
		for _, instance := range []engine.WorkerInstanceID{"i", "nobody"} {
			if _, found, err := b.heartbeatByCommands(x.ctx, "heartbeat_worker", "ns", instance, x.now()); found || err != nil {
				t.Errorf("%s: found %v, %v", instance, found, err)
			}
		}
	})
}
