package enginetest

import (
	"context"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["subscriptions"] = map[string]func(*testing.T, Subject){
		"a signal feed goes on from a place that it gave out":        resumeSignalFeed,
		"a place that another backend gave out is refused":           foreignFeedPlace,
		"two subscribers with filters each hear of their own":        filteredSignals,
		"completions come to a subscriber that left and came back":   completionsAgain,
		"completions are told of one namespace to one who asks that": filteredCompletions,
		"what happens to a watched lease is told as it happens":      watchLease,
		"changes of tags are offered by nobody":                      subscribeTags,
	}
}

// nextEvent waits for one event.
func nextEvent[E any](t *testing.T, ctx context.Context, events <-chan E) E {
	t.Helper()
	select {
	case event, open := <-events:
		if !open {
			t.Fatal("the subscription ended")
		}
		return event
	case <-ctx.Done():
		t.Fatal("no event came")
	}
	panic("not reached")
}

// signalled suspends a fresh execution and signals it.
func signalled(t *testing.T, s Subject, options ...func(*engine.CreateExecution)) (engine.ExecutionID, engine.SignalID) {
	t.Helper()
	id := submit(t, s, "gpu", options...)
	h := claim(t, s, "gpu")
	outcome := suspend(t, s, h, waitFor("go"))
	sent := deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	_, err := s.CancelExecution(Context(t), id, "out of the line", "")
	noError(t, err)
	return id, sent.ID
}

func resumeSignalFeed(t *testing.T, s Subject) {
	ctx := Context(t)
	home := s.Partitions().OfLane("gpu")
	first, err := s.SubscribeSignals(ctx, engine.FromNow(home))
	noError(t, err)
	_, one := signalled(t, s)
	_, two := signalled(t, s)
	heard := nextEvent(t, ctx, first)
	if heard.Signal != one || heard.Place.Partition != home {
		t.Fatalf("heard %+v, want signal %s", heard, one)
	}
	again, err := s.SubscribeSignals(ctx, []engine.FeedPlace{heard.Place})
	noError(t, err)
	if heard := nextEvent(t, ctx, again); heard.Signal != two {
		t.Errorf("heard %+v, want signal %s", heard, two)
	}
}

func foreignFeedPlace(t *testing.T, s Subject) {
	home := s.Partitions().OfLane("gpu")
	for _, cursor := range [][]byte{{1}, make([]byte, 17), make([]byte, 18)} {
		_, err := s.SubscribeSignals(Context(t), []engine.FeedPlace{{Partition: home, Cursor: cursor}})
		wantError(t, err, engine.CodeInvalidInput)
	}
}

func tagged(key, value string) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) { req.Tags = map[string]string{key: value} }
}

func filteredSignals(t *testing.T, s Subject) {
	ctx := Context(t)
	home := s.Partitions().OfLane("gpu")
	hears := map[string]<-chan engine.SignalEvent{}
	for _, team := range []string{"red", "blue"} {
		all, err := s.SubscribeSignals(ctx, engine.FromNow(home))
		noError(t, err)
		hears[team], err = engine.FilterEvents(ctx, s, engine.EventFilter{Namespace: "ns", TagKey: "app.team", TagValue: team}, all)
		noError(t, err)
	}
	signalled(t, s)
	signalled(t, s, tagged("app.team", "red"), func(req *engine.CreateExecution) { req.Namespace = "another" })
	want := map[string]engine.SignalID{}
	for _, team := range []string{"red", "blue", "red"} {
		_, want[team] = signalled(t, s, tagged("app.team", team))
		if got := nextEvent(t, ctx, hears[team]); got.Signal != want[team] {
			t.Errorf("%s heard %+v, want signal %s", team, got, want[team])
		}
	}
}

func completionsAgain(t *testing.T, s Subject) {
	ctx := Context(t)
	stays, err := s.SubscribeCompletions(ctx)
	noError(t, err)
	for range 2 {
		once, leave := context.WithCancel(ctx)
		comes, err := s.SubscribeCompletions(once)
		noError(t, err)
		f := newFlow(t, s)
		id := f.member()
		f.succeed(id, "")
		for _, completions := range []<-chan engine.Completion{stays, comes} {
			if got := nextEvent(t, ctx, completions); got.Execution != id || got.Flow != f.id || got.Outcome != "success" {
				t.Errorf("heard %+v", got)
			}
		}
		leave()
		for range comes { // ends
		}
	}
}

func filteredCompletions(t *testing.T, s Subject) {
	ctx := Context(t)
	all, err := s.SubscribeCompletions(ctx)
	noError(t, err)
	completions, err := engine.FilterEvents(ctx, s, engine.EventFilter{Namespace: "another"}, all)
	noError(t, err)
	f := newFlow(t, s)
	f.succeed(f.member(), "")
	id := s.Partitions().NewFlowMember(f.id)
	_, err = s.CreateExecution(ctx, engine.CreateExecution{ID: id, Namespace: "another", Lane: "default", Kind: "step"})
	noError(t, err)
	_, _, err = s.AddExecutionToFlow(ctx, f.id, id)
	noError(t, err)
	f.succeed(id, "")
	if got := nextEvent(t, ctx, completions); got.Execution != id {
		t.Errorf("heard %+v, want %s", got, id)
	}
	_, err = engine.FilterEvents(ctx, s, engine.EventFilter{TagKey: "Bad"}, all)
	wantError(t, err, engine.CodeInvalidInput)
}

func watchLease(t *testing.T, s Subject) {
	ctx := Context(t)
	over := working(t, s, "gpu") // what happened before is not told
	noError(t, s.Complete(ctx, over, nil))
	id := submit(t, s, "default")
	changes, err := s.SubscribeLeases(ctx, []engine.ExecutionID{over.ExecutionID, id})
	noError(t, err)
	expect := func(event string) engine.LeaseChange {
		t.Helper()
		change := nextEvent(t, ctx, changes)
		if change.Execution != id || change.Event != event || change.Lost || change.At.IsZero() {
			t.Fatalf("told %+v, want %s", change, event)
		}
		return change
	}
	h := claim(t, s, "default")
	if acquired := expect(engine.LeaseAcquired); acquired.Fields["lease_id"] != string(h.LeaseID) || time.Since(acquired.At) > 10*time.Second {
		t.Errorf("told %+v", acquired)
	}
	h.LeaseTTL = time.Hour
	_, err = s.Renew(ctx, h)
	noError(t, err)
	expect(engine.LeaseRenewed)
	_, err = s.RevokeLease(ctx, id, "", "maintenance")
	noError(t, err)
	if revoked := expect(engine.LeaseRevoked); revoked.Fields["reason"] != "maintenance" {
		t.Errorf("told %+v", revoked)
	}
	next := reclaimBy(t, s, id, "other")
	expect(engine.LeaseReclaimed)
	noError(t, s.Complete(ctx, next.Claimed.Handle, nil))
	expect(engine.LeaseReleased)
	_, err = s.SubscribeLeases(ctx, []engine.ExecutionID{"junk"})
	wantError(t, err, engine.CodeInvalidInput)
}

func subscribeTags(t *testing.T, s Subject) {
	err := s.SubscribeInstanceTags(Context(t))
	wantError(t, err, engine.ClassUnavailable)
	if err.Error() != "subscribe_instance_tags: unavailable" {
		t.Errorf("error %q", err)
	}
}
