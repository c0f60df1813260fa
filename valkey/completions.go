package valkey

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	completionBuffer = 1024
	// completionSilence is how long the connection may say nothing before it is asked whether it lives; unanswered, it is lost.
	completionSilence = 5 * time.Second
	// completionRetry is the wait between attempts to connect again.
	completionRetry = time.Second
	// completionOverlap is how far back beyond the last sign of life missed completions are looked for: writers may stamp by their
	// own clocks.
	completionOverlap = 2 * time.Second
)

// SubscribeCompletions delivers every completion published from now on (spec 03c §5). After a loss it connects again by itself,
// reports Lost, and then reports what the terminal indexes say was missed; something may be reported twice.
func (b *Backend) SubscribeCompletions(ctx context.Context) (<-chan engine.Completion, error) {
	first, err := b.subscribe(ctx)
	if err != nil {
		return nil, err
	}
	s := &completionFeed{backend: b, out: make(chan engine.Completion, completionBuffer)}
	go s.run(ctx, first)
	return s.out, nil
}

// completionSubscription is one connection that listens, with what the server's clock was when it began.
type completionSubscription struct {
	*redis.PubSub
	serverTime time.Time
	began      time.Time
	lastHeard  time.Time // by the local clock
}

// heardAt is the last sign of life by the server's clock.
func (s *completionSubscription) heardAt() time.Time {
	return s.serverTime.Add(s.lastHeard.Sub(s.began))
}

// subscribe returns once the server has confirmed.
func (b *Backend) subscribe(ctx context.Context) (*completionSubscription, error) {
	const op = "subscribe_completion"
	now, err := b.rdb.Time(ctx).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	s := &completionSubscription{PubSub: b.rdb.Subscribe(ctx, channelCompletions), serverTime: now, began: time.Now()}
	s.lastHeard = s.began
	if _, err := s.ReceiveTimeout(ctx, completionSilence); err != nil {
		_ = s.Close()
		return nil, engine.Transport(op, err)
	}
	return s, nil
}

// completionFeed turns subscriptions, one after the other, into one stream.
type completionFeed struct {
	backend *Backend
	out     chan engine.Completion
}

func (f *completionFeed) run(ctx context.Context, s *completionSubscription) {
	defer close(f.out)
	for {
		f.follow(ctx, s)
		lost := s.heardAt()
		if s = f.again(ctx); s == nil {
			return
		}
		if !f.send(ctx, engine.Completion{Lost: true}) || !f.catchUp(ctx, lost.Add(-completionOverlap)) {
			_ = s.Close()
			return
		}
	}
}

// follow delivers what one subscription hears and closes it. Closing is what ends a blocked read when ctx ends.
func (f *completionFeed) follow(ctx context.Context, s *completionSubscription) {
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	defer s.Close()
	f.listen(ctx, s)
}

// listen delivers what one subscription hears, until it is lost or ctx ends.
func (f *completionFeed) listen(ctx context.Context, s *completionSubscription) {
	asked := false
	for {
		message, err := s.ReceiveTimeout(ctx, completionSilence)
		switch {
		case err == nil:
			asked, s.lastHeard = false, time.Now()
		case ctx.Err() != nil || asked || !timedOut(err):
			return
		default:
			asked = true
			if s.Ping(ctx) != nil {
				return
			}
			continue
		}
		published, ok := message.(*redis.Message)
		if !ok {
			continue
		}
		completion, ok := parseCompletion(published.Payload)
		if ok && !f.send(ctx, completion) {
			return
		}
	}
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// again subscribes anew, however long that takes; nil when ctx ended first.
func (f *completionFeed) again(ctx context.Context) *completionSubscription {
	for {
		if ctx.Err() != nil {
			return nil
		}
		s, err := f.backend.subscribe(ctx)
		if err == nil {
			return s
		}
		timer := time.NewTimer(completionRetry)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// catchUp delivers the flow members that ended since a time by the server's clock. What cannot be read now is left to the
// dependency reconciler. It tells whether to go on.
func (f *completionFeed) catchUp(ctx context.Context, since time.Time) bool {
	missed, err := f.backend.endedSince(ctx, since)
	if err != nil {
		return ctx.Err() == nil
	}
	for _, completion := range missed {
		if !f.send(ctx, completion) {
			return false
		}
	}
	return true
}

// send tells whether the completion was taken.
func (f *completionFeed) send(ctx context.Context, c engine.Completion) bool {
	select {
	case f.out <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// endedSince lists the flow members in the terminal indexes from a time on, over all lanes that are registered.
func (b *Backend) endedSince(ctx context.Context, since time.Time) ([]engine.Completion, error) {
	const op = "subscribe_completion"
	lanes, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	if !slices.Contains(lanes, string(engine.DefaultLane)) {
		lanes = append(lanes, string(engine.DefaultLane))
	}
	from := &redis.ZRangeBy{Min: strconv.FormatInt(since.UnixMilli(), 10), Max: "+inf"}
	var reads []*redis.StringSliceCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for partition := range b.Partitions().FlowPartitions() {
			for _, lane := range lanes {
				key := partitionKeys(partition).lane(engine.LaneID(lane), engine.IndexTerminal)
				reads = append(reads, p.ZRangeByScore(ctx, key, from))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var ended []engine.ExecutionID
	for _, read := range reads {
		for _, member := range read.Val() {
			if id, err := engine.ParseExecutionID(member); err == nil {
				ended = append(ended, id)
			}
		}
	}
	return b.completionsOf(ctx, op, ended)
}

// completionsOf makes completions of executions that ended; solo ones have none.
func (b *Backend) completionsOf(ctx context.Context, op string, ended []engine.ExecutionID) ([]engine.Completion, error) {
	names := []string{"flow_id", "terminal_outcome"}
	var completions []engine.Completion
	for batch := range slices.Chunk(ended, rowsPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, id := range batch {
				reads[i] = p.HMGet(ctx, keysOf(id).core(), names...)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, execution := range batch {
			core := readHash(reads[i], names)
			flow := id(core, "flow_id", engine.ParseFlowID)
			if flow != "" {
				completions = append(completions, engine.Completion{
					Execution: execution, Flow: flow, Outcome: core.text("terminal_outcome"), At: time.Now(),
				})
			}
		}
	}
	return completions, nil
}

// parseCompletion reads one message; false for what is no completion (spec 03c §5.2).
func parseCompletion(payload string) (engine.Completion, bool) {
	var message struct {
		Execution *string `json:"execution_id"`
		Flow      *string `json:"flow_id"`
		Outcome   string  `json:"outcome"`
	}
	if json.Unmarshal([]byte(payload), &message) != nil || message.Execution == nil || message.Flow == nil {
		return engine.Completion{}, false
	}
	execution, err := engine.ParseExecutionID(*message.Execution)
	if err != nil {
		return engine.Completion{}, false
	}
	flow, err := engine.ParseFlowID(*message.Flow)
	if err != nil {
		return engine.Completion{}, false
	}
	if message.Outcome == "failure" {
		message.Outcome = string(engine.OutcomeFailed) // what some readers call it
	}
	return engine.Completion{Execution: execution, Flow: flow, Outcome: message.Outcome, At: time.Now()}, true
}
