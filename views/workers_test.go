package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func workersOf(t *testing.T, width, height int) (*Workers, *viewstest.Engine) {
	t.Helper()
	e := viewstest.Canned()
	v := NewWorkers(bareCommon(e))
	v.SetSize(width, height)
	fetch(t, v, e)
	return v, e
}

func TestWorkersAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		v, e := workersOf(t, size[0], size[1])
		for i := range v.tabs.of {
			t.Run(fmt.Sprintf("%s tab %d", name, i), func(t *testing.T) {
				v.tabs.at = i
				fetch(t, v, e)
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
				viewstest.Golden(t, fmt.Sprintf("workers-%d-%s", i, name), v.View())
			})
		}
	}
}

func TestQ150AWorkerIsAliveLateSilentGoneOrNeverRegistered(t *testing.T) {
	v, _ := workersOf(t, 120, 32)
	for instance, want := range map[engine.WorkerInstanceID]standing{
		"pool-1-a": workerAlive, "pool-1-b": workerLate, "pool-2-a": workerSilent, "pool-2-b": workerGone, "old-1": workerAlive,
		"stranger": workerUnregistered,
	} {
		for _, w := range v.workers.Rows() {
			if got := standingOf(&w, viewstest.Now); w.Instance == instance && got != want {
				t.Errorf("%s is %s, want %s", instance, got.word(), want.word())
			}
		}
	}
	if first := v.workers.Rows()[0].Instance; first != "pool-2-a" {
		t.Errorf("%s stands first, want the one that is silent", first)
	}
}

func TestAWorkerOpensWithWhatItHolds(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		v, e := workersOf(t, size[0], size[1])
		v.workers.Select(rowID("prod", "pool-1-a"))
		opened := pushed(t, v.Update(viewstest.Key("enter"))).(*Worker)
		opened.SetSize(size[0], size[1])
		fetch(t, opened, e)
		viewstest.CheckFrame(t, opened.View(), size[0], size[1])
		viewstest.Golden(t, "worker-"+name, opened.View())
		if execution := pushed(t, opened.Update(viewstest.Key("enter"))).(*Execution); execution.id != viewstest.ExecutionID(1) {
			t.Errorf("its lease opened %s", execution.id)
		}
	}
}

func TestAnOpenWorkerShowsItsLastHeartbeatAndWhetherItIsListed(t *testing.T) {
	v, e := workersOf(t, 120, 32)
	v.workers.Select(rowID("prod", "pool-1-a"))
	opened := pushed(t, v.Update(viewstest.Key("enter"))).(*Worker)
	opened.SetSize(120, 32)
	at := slices.IndexFunc(e.WorkerList.Rows, func(w engine.WorkerRow) bool { return w.Instance == "pool-1-a" })
	e.WorkerList.Rows = slices.Clone(e.WorkerList.Rows)
	e.WorkerList.Rows[at].LastHeartbeat = viewstest.Now.Add(-25 * time.Second)
	fetch(t, opened, e)
	if frame := opened.View(); !strings.Contains(frame, "late") || !strings.Contains(frame, "25s ago") {
		t.Errorf("it shows:\n%s", frame)
	}
	e.WorkerList.Rows = slices.Delete(e.WorkerList.Rows, at, at+1)
	fetch(t, opened, e)
	if frame := opened.View(); !strings.Contains(frame, "it is not listed") || opened.Document() != nil {
		t.Errorf("it shows:\n%s", frame)
	}
}

func TestALeaseOpensItsExecution(t *testing.T) {
	v, e := workersOf(t, 120, 32)
	v.Update(viewstest.Key("tab"))
	v.Update(viewstest.Key("tab"))
	fetch(t, v, e)
	if opened := pushed(t, v.Update(viewstest.Key("enter"))).(*Execution); opened.id != viewstest.ExecutionID(4) {
		t.Errorf("it opened %s", opened.id)
	}
	v.Update(viewstest.Key("G"))
	if cmd := v.Update(viewstest.Key("enter")); cmd != nil {
		t.Errorf("what is no execution opened %T", cmd())
	}
	if v.SelectedWorker() != nil || v.SelectedLease() == nil {
		t.Error("a key would act on a worker that is not on the screen")
	}
}

func TestWorkersSayHowManyLeasesWereCounted(t *testing.T) {
	v, _ := workersOf(t, 120, 32)
	if frame := v.View(); !strings.Contains(frame, "900 leases, the first 300 counted, 2 namespaces") {
		t.Errorf("it does not say so:\n%s", frame)
	}
	v.take(Data{Value: engine.WorkerRows{Leases: 2, Counted: 2, More: 7}})
	if frame := v.View(); !strings.Contains(frame, "2 leases, 0 namespaces") || !strings.Contains(frame, "7 more on the registry") {
		t.Errorf("it says:\n%s", frame)
	}
}

func TestAWorkersHeartbeatIsLateAfterTwoThirdsOfItsTime(t *testing.T) {
	w := engine.WorkerRow{Registered: true, Worker: engine.Worker{Alive: true, LivenessTTL: 30 * time.Second, LastHeartbeat: viewstest.Now}}
	if standingOf(&w, viewstest.Now.Add(20*time.Second)) != workerAlive || standingOf(&w, viewstest.Now.Add(21*time.Second)) != workerLate {
		t.Error("it is late too early or too late")
	}
}

func TestHostileWorkers(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := viewstest.Canned()
		viewstest.Poison(&e.WorkerList)
		for kind, leases := range e.Leased {
			viewstest.Poison(&leases)
			e.Leased[kind] = leases
		}
		v := NewWorkers(bareCommon(e))
		v.SetSize(size[0], size[1])
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
		for i := range v.tabs.of {
			v.tabs.at = i
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
		}
		w := NewWorker(bareCommon(e), e.WorkerList.Rows[0])
		w.SetSize(size[0], size[1])
		fetch(t, w, e)
		viewstest.CheckFrame(t, w.View(), size[0], size[1])
		viewstest.CheckFrame(t, string(w.Title()), 80, 1)
	}
}
