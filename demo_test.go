package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/demo"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// startDemo boots and runs the demo as the command does, without the dashboard.
func startDemo(t *testing.T, o demo.Options) *valkey.Backend {
	t.Helper()
	server, err := embedded.Start(t.Context(), embedded.Options{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	b, err := bootDemo(t.Context(), server.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- demo.Run(ctx, b, o) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return b
}

// comesTo waits for a condition of the demo.
func comesTo(t *testing.T, limit time.Duration, what string, condition func() (bool, error)) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		ok, err := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s (%v)", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestTheDemoHasSomethingOfEverythingGoingOn(t *testing.T) {
	b := startDemo(t, demo.Options{})
	ctx := t.Context()
	comesTo(t, 2*time.Second, "flows are there", func() (bool, error) {
		flows, err := b.FlowRows(ctx, engine.FlowQuery{Limit: 10})
		return len(flows.Rows) >= 3, err
	})
	lane := func(name engine.LaneID, index engine.LaneIndex, atLeast int) func() (bool, error) {
		return func() (bool, error) {
			depths, err := b.Depths(ctx)
			i := slices.IndexFunc(depths.Lanes, func(l engine.LaneDepth) bool { return l.Lane == name })
			return i >= 0 && depths.Lanes[i].ByIndex[index] >= atLeast, err
		}
	}
	comesTo(t, soon, "the gpu lane backs up", lane("gpu", engine.IndexEligible, 3))
	comesTo(t, soon, "work for later waits", lane("default", engine.IndexDelayed, 1))
	comesTo(t, soon, "a stream scrolls", func() (bool, error) {
		rows, err := b.StreamRows(ctx, nil, 50)
		return slices.ContainsFunc(rows, func(r engine.StreamRow) bool { return r.Row.Kind == "draft" && r.FrameCount > 5 }), err
	})
	comesTo(t, 2*soon, "somebody is waited for", func() (bool, error) {
		waiting, err := b.SuspendedRows(ctx, 10)
		return len(waiting.Rows) > 0, err
	})
	comesTo(t, 2*soon, "work ends", lane("llm", engine.IndexTerminal, 3))
}

func TestTheSameSeedBringsTheSameFlows(t *testing.T) {
	first := func() []engine.FlowID {
		b := startDemo(t, demo.Options{Seed: 11, Rate: 0.001, Workers: 1})
		var ids []engine.FlowID
		comesTo(t, soon, "the first flows are there", func() (bool, error) {
			flows, err := b.FlowRows(t.Context(), engine.FlowQuery{Limit: 50})
			ids = ids[:0]
			for _, r := range flows.Rows {
				ids = append(ids, r.ID)
			}
			slices.Sort(ids)
			return len(ids) == 5, err
		})
		return ids
	}
	if a, b := first(), first(); !slices.Equal(a, b) {
		t.Errorf("%v and then %v", a, b)
	}
}
