package enginetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["workers"] = map[string]func(*testing.T, Subject){
		"a registered worker is listed as it registered":    registerAndList,
		"a second registration refreshes the first":         registerTwice,
		"an instance of another worker is not taken over":   registerReassigned,
		"a heartbeat says how long the worker is alive":     heartbeat,
		"a heartbeat of nobody asks to register":            heartbeatUnknown,
		"a worker marked dead is gone":                      markDead,
		"workers are listed by page":                        listWorkersPaged,
		"workers of one namespace are not those of another": listWorkersNamespace,
		"bad registrations are refused":                     registerRefused,
	}
}

func register(t *testing.T, s Subject, w engine.Worker) bool {
	t.Helper()
	registered, err := s.RegisterWorker(Context(t), w)
	noError(t, err)
	return registered
}

func worker(instance string) engine.Worker {
	return engine.Worker{
		ID: "w1", Instance: engine.WorkerInstanceID(instance), Namespace: "ns", Lanes: []engine.LaneID{"gpu", "default"},
		Capabilities: []string{"cuda", "a"}, LivenessTTL: time.Minute,
	}
}

func listWorkers(t *testing.T, s Subject, after engine.WorkerInstanceID, limit int) engine.Page[engine.Worker, engine.WorkerInstanceID] {
	t.Helper()
	page, err := s.ListWorkers(Context(t), "ns", after, limit)
	noError(t, err)
	return page
}

func registerAndList(t *testing.T, s Subject) {
	if !register(t, s, worker("i1")) {
		t.Error("not new")
	}
	page := listWorkers(t, s, "", 10)
	if len(page.Items) != 1 || page.Next != "" {
		t.Fatalf("page %+v", page)
	}
	w := page.Items[0]
	if w.ID != "w1" || w.Instance != "i1" || w.Namespace != "ns" || fmt.Sprint(w.Lanes) != "[default gpu]" ||
		fmt.Sprint(w.Capabilities) != "[a cuda]" || w.LivenessTTL != time.Minute || w.RegisteredAt.IsZero() ||
		!w.LastHeartbeat.Equal(w.RegisteredAt) || !w.Alive || len(w.Malformed) != 0 {
		t.Errorf("worker %+v", w)
	}
}

func registerTwice(t *testing.T, s Subject) {
	register(t, s, worker("i1"))
	again := worker("i1")
	again.Capabilities = nil
	if register(t, s, again) {
		t.Error("new again")
	}
	if w := listWorkers(t, s, "", 10).Items[0]; len(w.Capabilities) != 0 {
		t.Errorf("worker %+v", w)
	}
}

func registerReassigned(t *testing.T, s Subject) {
	register(t, s, worker("i1"))
	other := worker("i1")
	other.ID = "w2"
	_, err := s.RegisterWorker(Context(t), other)
	wantError(t, err, engine.CodeInvalidInput)
	if w := listWorkers(t, s, "", 10).Items[0]; w.ID != "w1" {
		t.Errorf("worker %+v", w)
	}
	if register(t, s, worker("i1")) {
		t.Error("new again")
	}
}

func heartbeat(t *testing.T, s Subject) {
	register(t, s, worker("i1"))
	expires, found, err := s.HeartbeatWorker(Context(t), "ns", "i1")
	noError(t, err)
	if left := time.Until(expires); !found || left < 50*time.Second || left > 70*time.Second {
		t.Errorf("found %v, expires in %s", found, left)
	}
}

func heartbeatUnknown(t *testing.T, s Subject) {
	_, found, err := s.HeartbeatWorker(Context(t), "ns", "i1")
	noError(t, err)
	if found {
		t.Error("found")
	}
}

func markDead(t *testing.T, s Subject) {
	register(t, s, worker("i1"))
	for _, want := range []bool{true, false} {
		marked, err := s.MarkWorkerDead(Context(t), "ns", "i1", "gone")
		noError(t, err)
		if marked != want {
			t.Errorf("marked %v, want %v", marked, want)
		}
	}
	if page := listWorkers(t, s, "", 10); len(page.Items) != 0 {
		t.Errorf("page %+v", page)
	}
	for _, reason := range []string{strings.Repeat("x", 257), "a\nb"} {
		_, err := s.MarkWorkerDead(Context(t), "ns", "i1", reason)
		wantError(t, err, engine.CodeInvalidInput)
	}
}

func listWorkersPaged(t *testing.T, s Subject) {
	for i := range 5 {
		register(t, s, worker(fmt.Sprint("i", i)))
	}
	var seen []string
	var after engine.WorkerInstanceID
	for pages := 0; ; pages++ {
		page := listWorkers(t, s, after, 2)
		for _, w := range page.Items {
			seen = append(seen, string(w.Instance))
		}
		if after = page.Next; after == "" {
			if pages != 2 {
				t.Errorf("%d pages", pages+1)
			}
			break
		}
	}
	if strings.Join(seen, " ") != "i0 i1 i2 i3 i4" {
		t.Errorf("seen %v", seen)
	}
	if page := listWorkers(t, s, "", 0); len(page.Items) != 0 || page.Next != "" {
		t.Errorf("limit 0: %+v", page)
	}
}

func listWorkersNamespace(t *testing.T, s Subject) {
	register(t, s, worker("i1"))
	page, err := s.ListWorkers(Context(t), "other", "", 10)
	noError(t, err)
	if len(page.Items) != 0 {
		t.Errorf("page %+v", page)
	}
}

func registerRefused(t *testing.T, s Subject) {
	for name, spoil := range map[string]func(*engine.Worker){
		"no TTL":         func(w *engine.Worker) { w.LivenessTTL = 0 },
		"no instance":    func(w *engine.Worker) { w.Instance = "" },
		"a blank":        func(w *engine.Worker) { w.Capabilities = []string{"a b"} },
		"a comma":        func(w *engine.Worker) { w.Capabilities = []string{"a,b"} },
		"an empty token": func(w *engine.Worker) { w.Capabilities = []string{""} },
	} {
		w := worker("i1")
		spoil(&w)
		if _, err := s.RegisterWorker(Context(t), w); err == nil {
			t.Errorf("%s: registered", name)
		}
	}
}
