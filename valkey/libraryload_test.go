package valkey

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

func TestQ204OnlyAMissingLibraryIsLoadedUnlessTold(t *testing.T) {
	for _, tc := range []struct {
		name    string
		found   string // "" for none
		replace bool
		want    string // of the error, "" for none
		own     bool   // ours is there afterwards
	}{
		{"none", "", false, "", true},
		{"none, told to replace", "", true, "", true},
		{"FlowFabric's of our wire version", WireVersion, false, "", false},
		{"FlowFabric's of our wire version, told to replace", WireVersion, true, "", true},
		{"an older one", "26", false, `holds function library version "26", this program's is 34`, false},
		{"an older one, told to replace", "26", true, "", true},
		{"a newer one", "35", false, `holds function library version "35", newer than this program's 34: use a newer ffboard`, false},
		{"a newer one, told to replace", "35", true, "newer than this program's 34", false},
		{"one whose version is a word", "next", false, `holds function library version "next"`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachEmptyServer(t, func(t *testing.T, b *Backend) {
				if tc.found != "" {
					loadAnother(t, b, tc.found)
				}
				before := loaded(t, b)
				c := testBoot()
				c.ReplaceLibrary = tc.replace
				err := b.Serve(enginetest.Context(t), c)
				if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v", err)
				}
				if n := b.rdb.DBSize(t.Context()).Val(); err != nil && n != 0 {
					t.Errorf("%d keys were written before it was refused", n)
				}
				switch after := loaded(t, b); {
				case tc.own && after != Library():
					t.Error("ours is not there")
				case !tc.own && after != before:
					t.Error("it was replaced")
				}
			})
		})
	}
}

func TestAProgramThatOnlyAttachesLoadsNothing(t *testing.T) {
	eachEmptyServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		if err := connect(t, b.target).Serve(ctx, testBoot()); err != nil {
			t.Fatal(err)
		}
		b = connect(t, b.target)
		x := newBench(t, b)
		dropLibraries(t, b)
		_, err := b.CreateFlow(ctx, engine.CreateFlow{ID: engine.NewFlowID(), Kind: "k", Namespace: "ns"})
		if !errors.Is(err, engine.CodeLibraryMissing) || !errors.Is(err, engine.ClassTransport) || !engine.Retryable(err) {
			t.Errorf("got %v", err)
		}
		if want := "The function library is missing on the server"; !strings.Contains(engine.Explain(err), want) {
			t.Errorf("it is explained by %q", engine.Explain(err))
		}
		if _, err := b.Claim(ctx, engine.ClaimRequest{Lane: "default", Worker: "w", WorkerInstance: "i", LeaseTTL: time.Minute}); err != nil {
			t.Errorf("an empty lane: %v", err)
		}
		if loaded(t, b) != "" {
			t.Error("something is loaded")
		}
		if d, err := b.Deployment(ctx); err != nil || d.LibraryVersion != "" || d.Ours {
			t.Errorf("it is shown as %q, %v", d.LibraryVersion, err)
		}

		// The remedy, when somebody asks for it.
		for _, want := range []bool{true, false} {
			loaded, err := b.Prepare(ctx)
			x.must(err)
			if loaded != want {
				t.Errorf("loaded %v, want %v", loaded, want)
			}
		}
		if d, err := b.Deployment(ctx); err != nil || d.LibraryVersion != WireVersion || !d.Ours {
			t.Errorf("it is shown as %q, %v", d.LibraryVersion, err)
		}
		x.submit()

		loadAnother(t, b, "35")
		if _, err := b.Prepare(ctx); !errors.Is(err, engine.CodeSetupConflict) || !strings.Contains(err.Error(), "newer than this program's") {
			t.Errorf("over a newer one: %v", err)
		}
	})
}

func TestQ203TheFiveLibrariesAreToldApart(t *testing.T) {
	for _, tc := range []struct {
		name    string
		load    func(t *testing.T, b *Backend)
		version string
		ours    bool
	}{
		{"own", func(t *testing.T, b *Backend) { newBench(t, b).must(second(b.Prepare(t.Context()))) }, WireVersion, true},
		{"FlowFabric's", func(t *testing.T, b *Backend) { loadAnother(t, b, WireVersion) }, WireVersion, false},
		{"older", func(t *testing.T, b *Backend) { loadAnother(t, b, "26") }, "26", false},
		{"missing", func(*testing.T, *Backend) {}, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachEmptyServer(t, func(t *testing.T, b *Backend) {
				ctx := enginetest.Context(t)
				tc.load(t, b)
				d, err := b.Deployment(ctx)
				if err != nil || d.LibraryVersion != tc.version || d.Ours != tc.ours {
					t.Errorf("it is shown as %q, ours %t, %v", d.LibraryVersion, d.Ours, err)
				}
				if b.foreign(ctx) == tc.ours {
					t.Errorf("foreign %t", b.foreign(ctx))
				}
			})
		})
	}
	// The fifth, unknown, is TestAUserWhoMayNotAskForTheVersionIsConnected.
}

func TestQ203ASwappedLibraryIsNoticed(t *testing.T) {
	for _, tc := range []struct {
		name  string
		later func(x bench, conns *recordedConns)
	}{
		{"within a minute", func(x bench, _ *recordedConns) {
			look := *x.library.last.Load()
			look.at = look.at.Add(-libraryRecheck)
			x.library.last.Store(&look)
		}},
		{"after a reconnect", func(x bench, conns *recordedConns) {
			conns.closeAll()
			enginetest.Eventually(x.T, "it is connected again", func() bool { return x.Ping(x.ctx) == nil })
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				conns := &recordedConns{}
				b = newBackend(b.target, dial(b.target))
				t.Cleanup(func() { _ = b.Close() })
				b.rdb.AddHook(conns)
				x := newBench(t, b)
				_, err := b.Deployment(x.ctx)
				x.must(err)
				if b.foreign(x.ctx) {
					t.Fatal("ours is taken for another's")
				}
				x.must(x.rdb.FunctionLoadReplace(x.ctx, Library()+"\n-- loaded by somebody else").Err())
				t.Cleanup(func() { dropLibraries(t, b) })
				if b.foreign(x.ctx) {
					t.Error("it looks for each call")
				}
				tc.later(x, conns)
				if !b.foreign(x.ctx) {
					t.Error("it went unnoticed")
				}
				x.submit() // by the foreign path
			})
		})
	}
}

func TestWhileTheLibraryCannotBeLookedAtTheLastAnswerStands(t *testing.T) {
	f := aValkey(fakeServer{"function list": "-NOPERM no\r\n", "fcall": bulk(WireVersion)})
	b := connect(t, Target{Addrs: []string{f.listen(t)}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if !b.foreign(ctx) {
		t.Error("before there is an answer the path is not the careful one")
	}
	b.library.last.Store(&libraryLook{found: foundLibrary{own: true, known: true, version: WireVersion}})
	if b.foreign(ctx) {
		t.Error("the last answer is forgotten")
	}
	if !b.foreign(t.Context()) {
		t.Error("a library that may not be looked at is taken for ours")
	}
}

func TestQ205AServingEngineBringsALostLibraryBack(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		stop, failures := make(chan struct{}), make(chan error, 64)
		var load sync.WaitGroup
		made := make([]atomic.Int64, 4)
		for i := range made {
			load.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					id := b.Partitions().NewSolo("default")
					if _, err := b.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Namespace: "test", Lane: "default", Kind: "job"}); err != nil {
						failures <- err
						return
					}
					made[i].Add(1)
				}
			})
		}
		for range 3 {
			dropLibraries(t, b)
			for i := range made {
				// Two: the first may have been under way. A call whose function goes again before its repeat fails, and may.
				enough := made[i].Load() + 2
				enginetest.Eventually(t, "work goes on", func() bool { return made[i].Load() >= enough || len(failures) > 0 })
			}
			if loaded(t, b) != Library() {
				t.Error("ours is not there")
			}
		}
		close(stop)
		load.Wait()
		close(failures)
		for err := range failures {
			t.Error(err)
		}

		// In a pipeline as well.
		id := x.submit()
		dropLibraries(t, b)
		x.grant(id)
	})
}

func TestQ205AServingEngineInitialisesAServerThatLostEverything(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		dropLibraries(t, b)
		flush(t, b)
		h := x.working()
		x.suspended(h, waitFor("go")) // which needs the secret
		d, err := b.Deployment(x.ctx)
		if err != nil || !d.PartitionsSet || len(d.Lanes) != 2 || !d.Ours {
			t.Errorf("got %+v, %v", d, err)
		}
	})
}

func TestAServingEngineDoesNotReplaceWhatSomebodyElseLoaded(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		loadAnother(t, b, "26") // it has none of the functions
		t.Cleanup(func() { dropLibraries(t, b) })
		_, err := b.CreateFlow(x.ctx, engine.CreateFlow{ID: engine.NewFlowID(), Kind: "k", Namespace: "ns"})
		if !errors.Is(err, engine.CodeSetupConflict) || engine.Retryable(err) || !strings.Contains(err.Error(), `version "26"`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestManyFirstLooksAtADeploymentAgree(t *testing.T) {
	eachServer(t, func(t *testing.T, shared *Backend) {
		b := connect(t, shared.target)
		var looks sync.WaitGroup
		for range 8 {
			looks.Go(func() {
				if d, err := b.Deployment(enginetest.Context(t)); err != nil || d.LibraryVersion != WireVersion || !d.Ours {
					t.Errorf("it is shown as %q, ours %t, %v", d.LibraryVersion, d.Ours, err)
				}
			})
		}
		looks.Wait()
	})
}
