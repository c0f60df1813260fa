package views

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	// activityPace is the pause between two answers, so that the screen is drawn at most ten times a second, however much happens.
	activityPace = 100 * time.Millisecond
	// activityWait is how long an answer waits for something to happen.
	activityWait = time.Second
	// activityLapse is after how long without anybody who asks the subscriptions end.
	activityLapse = 5 * time.Second
	// mostWaiting is how many events wait to be taken; of more the latest are kept, and all are counted.
	mostWaiting = 2000

	// Leases have no feed of their own: the histories of some executions at work are followed, others after a while.
	followedLanes  = 4
	followedLeases = 8 // of a lane
	followedFor    = 10 * time.Second
)

// activityKind is what an event is about.
type activityKind string

const (
	activityCompletion activityKind = "completion"
	activitySignal     activityKind = "signal"
	activityLease      activityKind = "lease"
	activityAction     activityKind = "action"
	activityLost       activityKind = "lost"
)

// activityEvent is one thing that happened.
type activityEvent struct {
	id        string
	kind      activityKind
	at        time.Time
	what      string // outcome, effect, event: a stranger's word
	detail    string // likewise
	execution engine.ExecutionID
	flow      engine.FlowID
	bad       bool
}

// activityBatch is an answer: what happened since the last one.
type activityBatch struct {
	events []activityEvent // the latest, oldest first
	total  int             // in all
	lost   time.Time       // when a subscription broke the last time; zero: never
}

// activityFeed gathers what subscriptions tell until somebody takes it. It subscribes when it is first asked and lets go when nobody asks
// any more: at once when the one who waits for an answer goes away, otherwise after activityLapse.
type activityFeed struct {
	mu      sync.Mutex
	stop    context.CancelFunc // nil: nothing is subscribed
	lapse   *time.Timer
	wake    chan struct{} // holds a token while events wait
	waiting []activityEvent
	total   int
	lost    time.Time
}

// fetch waits for events and takes them.
func (f *activityFeed) fetch(ctx context.Context, e Engine) (any, error) {
	wake, err := f.open(ctx, e)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(activityWait)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-ctx.Done():
		f.close()
		return nil, ctx.Err()
	}
	return f.take(), nil
}

// open subscribes unless that was done, and puts the lapse off.
func (f *activityFeed) open(ctx context.Context, e Engine) (wake <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop != nil {
		f.lapse.Reset(activityLapse)
		return f.wake, nil
	}
	deployment, err := e.Deployment(ctx)
	if err != nil {
		return nil, err
	}
	subscribed, stop := context.WithCancel(context.WithoutCancel(ctx))
	completions, err := e.SubscribeCompletions(subscribed)
	if err != nil {
		stop()
		return nil, err
	}
	signals, err := e.SubscribeSignals(subscribed, engine.FromNow(slices.Collect(deployment.Partitions.FlowPartitions())...))
	if err != nil {
		stop()
		return nil, err
	}
	f.wake = make(chan struct{}, 1)
	f.stop, f.lapse = stop, time.AfterFunc(activityLapse, f.close)
	go gather(f, completions, completionEvent)
	go gather(f, signals, signalEvent)
	go f.gatherLeases(subscribed, e, deployment.Lanes)
	return f.wake, nil
}

// close ends the subscriptions. What waits is forgotten: nobody looks.
func (f *activityFeed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop == nil {
		return
	}
	f.stop()
	f.lapse.Stop()
	f.stop, f.waiting = nil, nil
}

func (f *activityFeed) take() activityBatch {
	f.mu.Lock()
	defer f.mu.Unlock()
	batch := activityBatch{events: f.waiting, total: f.total, lost: f.lost}
	f.waiting = nil
	return batch
}

// gather passes on what a subscription tells until it ends.
func gather[T any](f *activityFeed, from <-chan T, event func(T) activityEvent) {
	for told := range from {
		f.put(event(told))
	}
}

// gatherLeases follows some executions at work for a while, and then others.
func (f *activityFeed) gatherLeases(ctx context.Context, e Engine, lanes []engine.LaneID) {
	for ctx.Err() == nil {
		round, end := context.WithTimeout(ctx, followedFor)
		if changes, err := e.SubscribeLeases(round, atWork(round, e, lanes)); err == nil {
			for change := range changes {
				if change.Lost || change.Event != engine.LeaseRenewed {
					f.put(leaseEvent(change))
				}
			}
		}
		<-round.Done()
		end()
	}
}

// atWork picks the executions whose leases were given first.
func atWork(ctx context.Context, e Engine, lanes []engine.LaneID) []engine.ExecutionID {
	ctx = engine.WithTurns(ctx, new(engine.Turns))
	var ids []engine.ExecutionID
	for _, lane := range lanes[:min(len(lanes), followedLanes)] {
		rows, err := e.LaneExecutions(ctx, lane, engine.IndexActive, followedLeases)
		if err != nil {
			break
		}
		for i := range rows {
			if rows[i].ID.UUID() != "" {
				ids = append(ids, rows[i].ID)
			}
		}
	}
	return ids
}

func (f *activityFeed) put(event activityEvent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop == nil {
		return
	}
	f.total++
	event.id = strconv.Itoa(f.total)
	if event.kind == activityLost {
		f.lost = event.at
	}
	if len(f.waiting) >= 2*mostWaiting {
		f.waiting = append(f.waiting[:0], f.waiting[mostWaiting:]...)
	}
	f.waiting = append(f.waiting, event)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func completionEvent(c engine.Completion) activityEvent {
	if c.Lost {
		return lostEvent("completions", "the connection broke and was made again: completions before this may be missing")
	}
	return activityEvent{kind: activityCompletion, at: c.At, what: c.Outcome, execution: c.Execution, flow: c.Flow,
		bad: c.Outcome == string(engine.OutcomeFailed) || c.Outcome == string(engine.OutcomeExpired)}
}

func signalEvent(s engine.SignalEvent) activityEvent {
	if s.Lost {
		return lostEvent("signals", "the connection broke: what was delivered meanwhile comes when it is back")
	}
	detail := "from " + briefly(s.SourceIdentity)
	if len(s.Malformed) > 0 {
		detail = "malformed: " + briefly(s.Malformed[0].Field+" "+s.Malformed[0].Problem)
	}
	return activityEvent{kind: activitySignal, at: s.At, what: briefly(s.Effect), detail: detail, execution: s.Execution, bad: len(s.Malformed) > 0}
}

func leaseEvent(l engine.LeaseChange) activityEvent {
	if l.Lost {
		return lostEvent("leases", "the connection broke: what happened meanwhile comes when it is back")
	}
	return activityEvent{kind: activityLease, at: l.At, what: briefly(l.Event), detail: briefly(l.Fields["worker_instance_id"]), execution: l.Execution,
		bad: l.Event == engine.LeaseExpired || l.Event == engine.LeaseRevoked}
}

func lostEvent(feed, detail string) activityEvent {
	return activityEvent{kind: activityLost, at: time.Now(), what: feed, detail: detail, bad: true}
}

// briefly keeps a stranger's text from filling the memory.
func briefly(text string) string { return text[:min(len(text), 160)] }
