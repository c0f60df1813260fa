package enginetest

import (
	"bytes"
	"slices"
	"testing"

	"ffboard/engine"
)

func init() {
	suites["observed signals"] = map[string]func(*testing.T, Subject){
		"the observed signals are those that satisfied, payload included": observeSignals,
		"two matched signals are observed, whatever satisfied them":       observeComposite,
		"signals of all names are observed in the order of the names":     observeAllNames,
		"nothing is observed after an operator's resume":                  observeOperator,
		"delivered signals are told to subscribers of their partition":    subscribeSignals,
	}
}

func observe(t *testing.T, s Subject, h engine.Handle) []engine.Delivered {
	t.Helper()
	observed, err := s.ObserveSignals(Context(t), h)
	if err != nil {
		t.Fatal(err)
	}
	return observed
}

func observeSignals(t *testing.T, s Subject) {
	h := working(t, s, "default")
	if observed := observe(t, s, h); len(observed) != 0 {
		t.Fatalf("observed %+v before any wait", observed)
	}
	outcome := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "noise"), engine.EffectNone)
	signal := signalTo(h, outcome.Waitpoints[0], "go")
	signal.Payload, signal.CorrelationID = []byte{0xff, 0xfe, 0}, "c"
	sent := deliver(t, s, signal, engine.EffectResumed)
	observed := observe(t, s, claim(t, s, "default"))
	if len(observed) != 1 {
		t.Fatalf("observed %+v", observed)
	}
	got := observed[0]
	if got.ID != sent.ID || got.Name != "go" || got.Category != "test" || got.SourceType != "person" || got.SourceIdentity != "ann" ||
		got.CorrelationID != "c" || !bytes.Equal(got.Payload, signal.Payload) || got.AcceptedAt.IsZero() || len(got.Malformed) != 0 {
		t.Fatalf("observed %+v", got)
	}
}

func observeComposite(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName("a")), engine.Single(keys[0], engine.ByName("b")))
	}, 1))
	a := deliver(t, s, signalTo(h, outcome.Waitpoints[0], "a"), engine.EffectAppended)
	b := deliver(t, s, signalTo(h, outcome.Waitpoints[0], "b"), engine.EffectResumed)
	var ids []engine.SignalID
	for _, signal := range observe(t, s, claim(t, s, "default")) {
		ids = append(ids, signal.ID)
		if signal.Payload != nil {
			t.Errorf("a payload that nobody sent: %q", signal.Payload)
		}
	}
	want := []engine.SignalID{a.ID, b.ID}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Fatalf("observed %v, want %v", ids, want)
	}
}

func observeAllNames(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("")
	args.Condition = engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"a", "b"}, Mode: "all", Minimum: 2}
	outcome := suspend(t, s, h, args)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "b"), engine.EffectAppended)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "a"), engine.EffectResumed)
	var names []string
	for _, signal := range observe(t, s, claim(t, s, "default")) {
		names = append(names, signal.Name)
	}
	if !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("observed %v", names)
	}
}

func observeOperator(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName("a")), engine.Single(keys[0], engine.ByName("b")))
	}, 1))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "a"), engine.EffectAppended)
	if _, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0); err != nil {
		t.Fatal(err)
	}
	if observed := observe(t, s, claim(t, s, "default")); len(observed) != 0 {
		t.Fatalf("observed %+v", observed)
	}
}

func subscribeSignals(t *testing.T, s Subject) {
	ctx := Context(t)
	before := working(t, s, "default")
	deliver(t, s, signalTo(before, suspend(t, s, before, waitFor("go")).Waitpoints[0], "go"), engine.EffectResumed)

	events, err := s.SubscribeSignals(ctx, engine.FromNow(slices.Collect(s.Partitions().FlowPartitions())...))
	if err != nil {
		t.Fatal(err)
	}
	want := map[engine.SignalID]engine.ExecutionID{}
	for _, lane := range []engine.LaneID{"gpu", "default"} {
		h := working(t, s, lane)
		if h.ExecutionID == before.ExecutionID { // it is the next in line
			h = claim(t, s, lane)
		}
		outcome := suspend(t, s, h, waitFor("go"))
		want[deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed).ID] = h.ExecutionID
	}
	for range len(want) {
		select {
		case event := <-events:
			if want[event.Signal] != event.Execution || event.Execution == "" || event.Effect != engine.EffectResumed ||
				event.SourceIdentity != "ann" || event.At.IsZero() || event.Lost || len(event.Malformed) != 0 {
				t.Fatalf("event %+v, want one of %v", event, want)
			}
		case <-ctx.Done():
			t.Fatal("no event")
		}
	}
}
