package valkey

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

func defaultLine(b *Backend) []engine.IndexRef {
	return eligibleRefs(engine.DefaultLane, []engine.Partition{b.Partitions().OfLane(engine.DefaultLane)})
}

func soloOn(t *testing.T, b *Backend, n int) {
	t.Helper()
	for range n {
		_, err := b.CreateExecution(enginetest.Context(t), engine.CreateExecution{
			ID: b.Partitions().NewSolo(engine.DefaultLane), Namespace: "ns", Lane: engine.DefaultLane, Kind: "k", Payload: []byte("in"),
			Tags: map[string]string{"ns.tag": "x"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoWatchesALineHearsOfWorkAtOnce(t *testing.T) {
	b := newDeployment(t, realServer(t))
	ctx := enginetest.Context(t)
	occupied, changed, err := b.WatchOccupied(ctx, defaultLine(b))
	if err != nil || len(occupied) > 0 {
		t.Fatalf("%v %v", occupied, err)
	}
	soloOn(t, b, 1)
	select {
	case <-changed:
	case <-ctx.Done():
		t.Fatal("nobody told")
	}
	if occupied, _, err = b.WatchOccupied(ctx, defaultLine(b)); err != nil || len(occupied) != 1 {
		t.Errorf("%v %v", occupied, err)
	}
}

func TestAllWhoWatchALineAreToldWhileThereIsSomethingInIt(t *testing.T) {
	b := newDeployment(t, realServer(t))
	ctx := enginetest.Context(t)
	var waiting []<-chan struct{}
	for range 9 {
		_, changed, err := b.WatchOccupied(ctx, defaultLine(b))
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, changed)
	}
	soloOn(t, b, 1)
	for _, changed := range waiting {
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("not all were told")
		}
	}
}

func TestWhatWasKnownCostsNothingToAskAgain(t *testing.T) {
	b := newDeployment(t, realServer(t))
	ctx := enginetest.Context(t)
	if _, _, err := b.WatchOccupied(ctx, defaultLine(b)); err != nil {
		t.Fatal(err)
	}
	sent := &sentCount{}
	b.watch.conn.asks.AddHook(sent)
	for range 3 {
		if _, _, err := b.WatchOccupied(ctx, defaultLine(b)); err != nil {
			t.Fatal(err)
		}
	}
	if n := sent.n.Load(); n > 0 {
		t.Errorf("%d commands", n)
	}
}

func TestALostWatchSendsEverybodyToLookForHimself(t *testing.T) {
	b := newDeployment(t, realServer(t))
	ctx := enginetest.Context(t)
	_, changed, err := b.WatchOccupied(ctx, defaultLine(b))
	if err != nil {
		t.Fatal(err)
	}
	_ = b.watch.conn.invalidations.Close()
	select {
	case <-changed:
	case <-ctx.Done():
		t.Fatal("nobody told")
	}
}

func TestAServerThatCannotBeWatchedSaysSo(t *testing.T) {
	b := newDeployment(t, inProcessServer(t))
	if _, _, err := b.WatchOccupied(enginetest.Context(t), defaultLine(b)); !errors.Is(err, engine.ClassUnavailable) {
		t.Errorf("%v", err)
	}
}

func TestSeveralAreClaimedAtOnceWithWhatTheyBeginWith(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		soloOn(t, b, 5)
		ctx := enginetest.Context(t)
		req := engine.ClaimRequest{Lane: engine.DefaultLane, Worker: "w", WorkerInstance: "w-1", LeaseTTL: time.Minute}
		seen := map[engine.ExecutionID]bool{}
		for _, want := range []int{3, 2, 0} {
			claimed, err := b.ClaimSome(ctx, req, 3)
			if err != nil || len(claimed) != want {
				t.Fatalf("%d claimed, want %d: %v", len(claimed), want, err)
			}
			for _, c := range claimed {
				seen[c.Handle.ExecutionID] = true
				if c.Context == nil || string(c.Context.Payload) != "in" || c.Context.Kind != "k" || c.Context.Tags["ns.tag"] != "x" {
					t.Errorf("%+v", c.Context)
				}
			}
		}
		if len(seen) != 5 {
			t.Errorf("%d different ones", len(seen))
		}
	})
}

func TestWhoLooksAgainAndAgainLeavesLittleBehind(t *testing.T) {
	b := newDeployment(t, realServer(t))
	var first, last <-chan struct{}
	for i := range 3 * mostWaiting {
		_, changed, err := b.WatchOccupied(enginetest.Context(t), defaultLine(b))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = changed
		}
		last = changed
	}
	b.watch.mu.Lock()
	waiting := len(b.watch.lane(engine.DefaultLane).waiting)
	b.watch.mu.Unlock()
	if waiting > mostWaiting {
		t.Errorf("%d places are kept", waiting)
	}
	select {
	case <-first:
	default:
		t.Error("a place was taken away from somebody who was not told")
	}
	select {
	case <-last:
		t.Error("somebody was told of nothing")
	default:
	}
}

// What nobody who waits can take must not wake them over and over.
func TestWhatNobodyTakesWakesEverybodyOnce(t *testing.T) {
	b := newDeployment(t, realServer(t))
	ctx := enginetest.Context(t)
	_, changed, err := b.WatchOccupied(ctx, defaultLine(b))
	if err != nil {
		t.Fatal(err)
	}
	soloOn(t, b, 1)
	told := 0
	enginetest.Eventually(t, "the waking ends", func() bool {
		select {
		case <-changed:
			told++
			if _, changed, err = b.WatchOccupied(ctx, defaultLine(b)); err != nil {
				t.Fatal(err)
			}
			return false
		default:
		}
		b.watch.mu.Lock()
		defer b.watch.mu.Unlock()
		return told > 0 && !b.watch.lane(engine.DefaultLane).waving
	})
	if told > 3 {
		t.Errorf("told %d times of one thing", told)
	}
	soloOn(t, b, 1)
	select {
	case <-changed:
	case <-ctx.Done():
		t.Fatal("nobody told of the next")
	}
}

// The rest between two waves is for lanes that hold something for others: who has found everything taken hears of the next at once.
func TestWhoFoundNothingLeftHearsOfTheNextAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ref := engine.IndexRef{Partition: engine.Partition{Family: engine.FamilyFlow}, Lane: engine.DefaultLane, Name: engine.IndexName(engine.IndexEligible)}
		refs, keys := []engine.IndexRef{ref}, []string{indexKey(ref)}
		w := lineWatch{lately: &claimLines{}, conn: &watchConn{}, lines: map[string]*watchedLine{}, lanes: map[engine.LaneID]*watchedLane{}}
		told := func(changed <-chan struct{}) bool {
			synctest.Wait()
			select {
			case <-changed:
				return true
			default:
				return false
			}
		}
		learn := func(exists bool) {
			unknown, epochs := w.unknown(refs)
			w.learn(unknown, epochs, []bool{exists})
		}
		for _, left := range []bool{false, false, true} {
			changed := w.wait(refs)
			w.heard(keys)
			if !told(changed) {
				t.Fatal("nobody is told")
			}
			learn(left)
			synctest.Wait()
		}
		changed := w.wait(refs)
		w.heard(keys)
		if told(changed) {
			t.Error("no rest although something is left that nobody takes")
		}
		time.Sleep(2 * waveRest)
		if !told(changed) {
			t.Error("the rest does not end")
		}
		time.Sleep(time.Second) // until nobody waves
	})
}
