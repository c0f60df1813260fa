package views

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

// happening is the view with one event of each kind.
func happening(t *testing.T, width, height int) *Activity {
	t.Helper()
	v := NewActivity(bareCommon(viewstest.Canned()))
	v.SetSize(width, height)
	v.c.Outcomes = func() ([]Outcome, int) {
		return []Outcome{{At: viewstest.Now, Said: Said{Text: "cancelled 3 of 4", Error: true}}}, 7
	}
	at := viewstest.Now.Add(-time.Second)
	lost := completionEvent(engine.Completion{Lost: true})
	lost.at = at
	tell(v, lost,
		completionEvent(engine.Completion{Execution: viewstest.ExecutionID(1), Flow: viewstest.FlowID(0), Outcome: "success", At: at}),
		completionEvent(engine.Completion{Execution: viewstest.ExecutionID(2), Flow: viewstest.FlowID(1), Outcome: "failed", At: at}),
		signalEvent(engine.SignalEvent{Execution: viewstest.ExecutionID(3), Effect: "resume_condition_satisfied", SourceIdentity: "github-actions", At: at}),
		leaseEvent(engine.LeaseChange{Execution: viewstest.ExecutionID(4), LeaseEvent: engine.LeaseEvent{Event: engine.LeaseExpired, At: at,
			Fields: map[string]string{"worker_instance_id": "crawler-7f9c"}}}))
	return v
}

// tell gives the view events as its feed would.
func tell(v *Activity, events ...activityEvent) {
	for i := range events {
		events[i].id = fmt.Sprint(v.total + i + 1)
	}
	v.Update(Data{Key: "activity", Value: activityBatch{events: events, total: v.total + len(events)}})
}

func TestActivityAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			width, height := body(size)
			v := happening(t, width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "activity-"+sizeName(size), v.View())
		})
	}
}

func TestActivityFollowsUntilSomebodyLooksBack(t *testing.T) {
	v := happening(t, 100, 20)
	if r := v.table.Selected(); r.kind != activityAction {
		t.Errorf("selected is the %s", r.kind)
	}
	presses(v, "k")
	before := v.table.Selected().id
	tell(v, completionEvent(engine.Completion{Execution: viewstest.ExecutionID(9), Outcome: "success"}))
	if v.table.Selected().id != before || v.follow {
		t.Error("the selection moved")
	}
	presses(v, "f")
	if v.table.Selected().execution != viewstest.ExecutionID(9) {
		t.Error("f does not follow")
	}
	presses(v, " ")
	frame := v.View()
	tell(v, completionEvent(engine.Completion{Execution: viewstest.ExecutionID(8), Outcome: "success"}))
	if after := strings.Split(v.View(), "\n"); !strings.Contains(after[0], "paused  1 new") || after[3] != strings.Split(frame, "\n")[3] {
		t.Errorf("paused:\n%s", v.View())
	}
	presses(v, " ")
	if v.table.Selected().execution != viewstest.ExecutionID(8) {
		t.Error("what came meanwhile is not shown")
	}
}

func TestActivityIsFilteredByKindAndText(t *testing.T) {
	v := happening(t, 100, 20)
	for _, want := range []int{3, 2, 2, 2, 6} { // what was lost is shown with every kind
		presses(v, "tab")
		if got := v.table.Shown(); got != want {
			t.Errorf("%s: %d shown, want %d", activityKinds[v.kind], got, want)
		}
	}
	for _, k := range viewstest.Type("/crawler") {
		v.Update(k)
	}
	if got := v.table.Shown(); got != 1 || !v.Capturing() {
		t.Errorf("%d match", got)
	}
}

func TestAnEventOpensWhatItIsAbout(t *testing.T) {
	v := happening(t, 100, 20)
	if presses(v, "enter") != nil {
		t.Error("an action opens something")
	}
	if got := pushed(t, presses(v, "k", "enter")).(*Execution).id; got != viewstest.ExecutionID(4) {
		t.Errorf("opened %s", got)
	}
	tell(v, activityEvent{kind: activityCompletion, flow: viewstest.FlowID(1)})
	if got := pushed(t, presses(v, "f", "enter")).(*Flow).id; got != viewstest.FlowID(1) {
		t.Errorf("opened %s", got)
	}
}

func TestActivityKeepsALimitedNumberOfEvents(t *testing.T) {
	v := NewActivity(bareCommon(nil))
	v.SetSize(100, 20)
	for range 4 {
		tell(v, make([]activityEvent, mostWaiting)...)
	}
	if len(v.events) != mostActivity || v.total != 4*mostWaiting || v.table.Selected().id != fmt.Sprint(v.total) {
		t.Errorf("%d of %d kept", len(v.events), v.total)
	}
	f := &activityFeed{stop: func() {}, wake: make(chan struct{}, 1)}
	for range 10 * mostWaiting {
		f.put(activityEvent{})
	}
	if b := f.take(); b.total != 10*mostWaiting || len(b.events) > 2*mostWaiting || b.events[len(b.events)-1].id != fmt.Sprint(b.total) {
		t.Errorf("%d wait of %d", len(b.events), b.total)
	}
}

func TestActivityTellsTheRateAndWhatWasLost(t *testing.T) {
	now := viewstest.Now
	v := NewActivity(&Common{Theme: theme.Bare(), Clock: func() time.Time { return now }})
	v.SetSize(100, 20)
	tell(v, make([]activityEvent, 400)...)
	tell(v, make([]activityEvent, 32)...)
	now = now.Add(time.Second)
	v.take(activityBatch{total: v.total, lost: time.Now()})
	now = now.Add(900 * time.Millisecond)
	if !strings.Contains(v.View(), " 432/s") || !strings.Contains(v.View(), "a subscription was lost 0s ago") {
		t.Errorf("%s", v.View())
	}
	now = now.Add(time.Minute)
	v.take(activityBatch{total: v.total, lost: v.heardLost})
	if !strings.Contains(v.View(), " 0/s") || strings.Contains(v.View(), "was lost") {
		t.Errorf("a minute later:\n%s", v.View())
	}
}

func TestHostileActivity(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		v := happening(t, size[0], size[1])
		hostile := viewstest.Hostile()
		tell(v, activityEvent{what: hostile, detail: hostile, execution: engine.ExecutionID(hostile), flow: engine.FlowID(hostile)},
			signalEvent(engine.SignalEvent{Effect: hostile, SourceIdentity: hostile}), completionEvent(engine.Completion{Outcome: hostile}))
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
	}
}

// subscriptions waits until so many of each kind are open.
func subscriptions(t *testing.T, e *viewstest.Engine, want int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for _, kind := range []string{"completions", "signals", "leases"} {
		for e.Subscribed(kind) != want {
			if time.Now().After(deadline) {
				t.Fatalf("%d subscriptions to %s, want %d", e.Subscribed(kind), kind, want)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func TestASubscriptionEndsWithTheInterestInIt(t *testing.T) {
	for name, end := range map[string]func(v *Activity, leave context.CancelFunc){
		"another view is opened": func(_ *Activity, leave context.CancelFunc) { leave() },
		"the view is closed":     func(v *Activity, _ context.CancelFunc) { v.Close() },
		"nobody asks any more":   func(v *Activity, _ context.CancelFunc) { v.feed.lapse.Reset(0) },
	} {
		t.Run(name, func(t *testing.T) {
			e := viewstest.Canned()
			e.Feeds.Completions = make(chan engine.Completion)
			v := NewActivity(bareCommon(e))
			ctx, leave := context.WithCancel(context.Background())
			defer leave()
			answer := make(chan error, 1)
			ask := func() {
				_, err := v.Need().Fetch(ctx, e)
				answer <- err
			}
			go ask()
			e.Feeds.Completions <- engine.Completion{Execution: viewstest.ExecutionID(1)}
			if err := <-answer; err != nil {
				t.Fatal(err)
			}
			subscriptions(t, e, 1)
			go ask()
			end(v, leave)
			if err := <-answer; err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			v.feed.lapse.Reset(0) // the one that asked meanwhile may have begun anew
			subscriptions(t, e, 0)
		})
	}
}

func TestAFeedThatCannotBeSubscribedToIsAnError(t *testing.T) {
	e := viewstest.Canned()
	e.Err = engine.Transport("deployment", nil)
	v := NewActivity(bareCommon(e))
	if _, err := v.Need().Fetch(t.Context(), e); err == nil {
		t.Error("no error")
	}
	subscriptions(t, e, 0)
}

// What a second of 10,000 events costs the program: ten answers, each with its frame.
func BenchmarkActivityBurst(b *testing.B) {
	v := NewActivity(bareCommon(nil))
	v.SetSize(200, 56)
	event := completionEvent(engine.Completion{Execution: viewstest.ExecutionID(1), Flow: viewstest.FlowID(0), Outcome: "success", At: viewstest.Now})
	events := make([]activityEvent, 1000)
	for b.Loop() {
		for range 10 {
			for i := range events {
				events[i] = event
			}
			tell(v, events...)
			_ = v.View()
		}
	}
}
