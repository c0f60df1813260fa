package recording

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"ffboard/engine"
)

func TestEachQuestionIsAnsweredAsOfThePlayersTime(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	b.ahead = -time.Hour
	r, path := recordTo(t, b, c)
	ctx := t.Context()
	ask := func(total int, failed error) {
		b.flows.Total, b.failed = total, failed
		_, _ = r.FlowRows(ctx, engine.FlowQuery{Limit: 5})
	}
	c.pass(10 * time.Second)
	if _, err := r.ServerTime(ctx); err != nil {
		t.Fatal(err)
	}
	ask(1, nil)
	c.pass(10 * time.Second)
	ask(0, engine.Transport("flow_rows", errors.New("gone")))
	c.pass(10 * time.Second)
	ask(3, nil)
	p := play(t, r, path, c)
	for _, tc := range []struct {
		at    time.Duration
		total int
		is    error
	}{
		{0, 0, engine.ClassNotRecorded}, {9500 * time.Millisecond, 1, nil}, {10 * time.Second, 1, nil}, {19 * time.Second, 1, nil},
		{25 * time.Second, 0, engine.ClassTransport}, {30 * time.Second, 3, nil}, {time.Hour, 3, nil},
	} {
		p.Seek(c.since(tc.at))
		rows, err := p.FlowRows(ctx, engine.FlowQuery{Limit: 50, Watch: []engine.FlowID{"other"}})
		if rows.Total != tc.total || tc.is == nil && err != nil || tc.is != nil && !errors.Is(err, tc.is) {
			t.Errorf("after %v: %d, %v", tc.at, rows.Total, err)
		}
	}
	if now, err := p.ServerTime(ctx); err != nil || !now.Equal(c.since(30*time.Second-time.Hour)) {
		t.Errorf("the server's clock shows %v: %v", now, err)
	}
	if _, err := p.Checkup(ctx); !isNotRecorded(err) {
		t.Errorf("nobody asked this: %v", err)
	}
}

func TestTimeGoesOnWhileItPlaysAndStopsAtTheEnd(t *testing.T) {
	c := newClock()
	r, path := recordTo(t, newBackend(c), c)
	_, _ = r.FlowRows(t.Context(), engine.FlowQuery{})
	c.pass(time.Minute)
	_, _ = r.FlowRows(t.Context(), engine.FlowQuery{})
	p := play(t, r, path, c)
	at := func(want time.Duration, playing bool) {
		t.Helper()
		if got := p.At().Sub(c.since(0)); got != want || p.Playing() != playing {
			t.Errorf("at %v, playing %t; want %v, %t", got, p.Playing(), want, playing)
		}
	}
	at(0, false)
	p.Play()
	c.pass(5 * time.Second)
	at(5*time.Second, true)
	p.Faster(1)
	c.pass(5 * time.Second)
	at(15*time.Second, true)
	p.Pause()
	c.pass(5 * time.Second)
	at(15*time.Second, false)
	p.Play()
	c.pass(time.Hour)
	at(time.Minute, false)
	p.Seek(c.since(50 * time.Second))
	c.pass(time.Second)
	at(50*time.Second, false)
	p.Seek(c.since(time.Hour))
	p.Play()
	at(0, true)
	p.Faster(-100)
	if p.Faster(100); p.Speed() != Speeds[len(Speeds)-1] {
		t.Errorf("speed %d", p.Speed())
	}
}

func TestRowsThatWereReadInOtherCompanyAreFoundOneByOne(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	b.rows = map[engine.ExecutionID]engine.ExecutionRow{"a": {ID: "a", Kind: "x"}, "b": {ID: "b", Kind: "y"}}
	r, path := recordTo(t, b, c)
	ctx := t.Context()
	_, _ = r.ExecutionRows(ctx, []engine.ExecutionID{"a"})
	_, _ = r.ExecutionRows(ctx, []engine.ExecutionID{"b"})
	p := play(t, r, path, c)
	rows, err := p.ExecutionRows(ctx, []engine.ExecutionID{"b", "nobody", "a"})
	if err != nil || len(rows) != 3 || rows[0].Kind != "y" || rows[2].Kind != "x" || len(rows[1].Malformed) != 1 {
		t.Errorf("%+v %v", rows, err)
	}
	if _, err := p.ExecutionRows(ctx, []engine.ExecutionID{"nobody"}); !isNotRecorded(err) {
		t.Errorf("%v", err)
	}
}

func frame(id string) engine.StreamFrame { return engine.StreamFrame{ID: id, Payload: []byte(id)} }

func ids(page engine.StreamPage) (ids []string) {
	for _, f := range page.Frames {
		ids = append(ids, f.ID)
	}
	return ids
}

func TestAStreamComesFrameByFrameAsItWasDelivered(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	r, path := recordTo(t, b, c)
	ctx := t.Context()
	b.frames = []engine.StreamFrame{frame("5-0"), frame("5-1"), frame("7-0")}
	_, _ = r.TailStream(ctx, engine.TailQuery{Limit: 2})
	c.pass(10 * time.Second)
	_, _ = r.TailStream(ctx, engine.TailQuery{Limit: 2, After: "5-1"})
	_, _ = r.TailStream(ctx, engine.TailQuery{Limit: 9}) // somebody else begins anew
	c.pass(10 * time.Second)
	b.closed = "done"
	_, _ = r.TailStream(ctx, engine.TailQuery{Limit: 9, After: "7-0"})
	p := play(t, r, path, c)
	for _, tc := range []struct {
		at     time.Duration
		after  string
		want   []string
		closed bool
	}{
		{5 * time.Second, "", []string{"5-0", "5-1"}, false}, {5 * time.Second, "5-1", nil, false}, {10 * time.Second, "5-1", []string{"7-0"}, false},
		{10 * time.Second, "5-0", []string{"5-1"}, false}, {15 * time.Second, "7-0", nil, false}, {20 * time.Second, "7-0", nil, true},
	} {
		p.Seek(c.since(tc.at))
		page, err := p.TailStream(ctx, engine.TailQuery{Limit: 2, After: tc.after})
		if err != nil || !reflect.DeepEqual(ids(page), tc.want) || page.Closed() != tc.closed {
			t.Errorf("after %v behind %q: %v, closed %t, %v", tc.at, tc.after, ids(page), page.Closed(), err)
		}
	}
	page, err := p.ReadStream(ctx, "", 0, "5-1", "7-0", 9)
	if err != nil || !reflect.DeepEqual(ids(page), []string{"5-1", "7-0"}) {
		t.Errorf("%v %v", ids(page), err)
	}
	if page, err := p.ReadStream(ctx, "", 0, "start", "end", 1); err != nil || !reflect.DeepEqual(ids(page), []string{"5-0"}) {
		t.Errorf("%v %v", ids(page), err)
	}
	if _, err := p.TailStream(ctx, engine.TailQuery{Execution: "other", Limit: 1}); !isNotRecorded(err) {
		t.Errorf("%v", err)
	}
}

func TestASubscriptionBeginsWithWhatHadHappenedAndGoesOnWithTime(t *testing.T) {
	c := newClock()
	b := newBackend(c)
	r, path := recordTo(t, b, c)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told, err := r.SubscribeCompletions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, outcome := range []string{"first", "second"} {
		b.completions <- engine.Completion{Outcome: outcome}
		if got := <-told; got.Outcome != outcome {
			t.Fatal(got)
		}
		c.pass(10 * time.Second)
	}
	p := play(t, r, path, c)
	p.Seek(c.since(5 * time.Second))
	again, err := p.SubscribeCompletions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-again; got.Outcome != "first" {
		t.Error(got)
	}
	p.Seek(c.since(12 * time.Second))
	if got := <-again; got.Outcome != "second" {
		t.Error(got)
	}
	stop()
	for range again {
		t.Error("something came after the end")
	}
	if _, err := p.SubscribeSignals(t.Context(), nil); !isNotRecorded(err) {
		t.Errorf("%v", err)
	}
}

func TestTheBarKnowsWhereWhatIsOnTheScreenWasRecorded(t *testing.T) {
	c := newClock()
	r, path := recordTo(t, newBackend(c), c)
	_, _ = r.Depths(t.Context())
	c.pass(22 * time.Second)
	_, _ = r.FlowRows(t.Context(), engine.FlowQuery{})
	c.pass(18 * time.Second)
	_, _ = r.Depths(t.Context())
	p := play(t, r, path, c)
	p.Seek(c.since(40 * time.Second))
	ctx, trace := NewTrace(t.Context())
	if _, err := p.FlowRows(ctx, engine.FlowQuery{}); err != nil {
		t.Fatal(err)
	}
	if got, want := p.Coverage(trace, 4), []Coverage{Else, Nothing, Asked, Else}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if age := p.At().Sub(trace.Oldest()); age != 18*time.Second {
		t.Errorf("the answer is %v old", age)
	}
	for i := range 4 {
		if p.PartOf(p.PartAt(i, 4), 4) != i {
			t.Errorf("part %d begins in part %d", i, p.PartOf(p.PartAt(i, 4), 4))
		}
	}
}
