package valkey

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What our side does better than FlowFabric's with the same keys (spec 07, rows FIX-CLIENT): reports, feeds, lost answers.

func TestQ144TokensAndTimeAreDimensionsLikeOthers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		_, err := b.ReportUsage(x.ctx, engine.Usage{
			Budget: k.id, Deltas: map[string]uint64{"input_tokens": 7, "output_tokens": 8, "wall_ms": 9, "tokens": 1},
		})
		x.must(err)
		x.wantHash(k.usage(), map[string]string{"input_tokens": "7", "output_tokens": "8", "wall_ms": "9", "tokens": "1"})
	})
}

func TestQ135ABudgetThatIsNoneLimitsNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "budget_ids", "x, "+string(engine.NewBudgetID()), "quota_policy_id", "y").Err())
		x.wantGrant(x.ask(x.scheduler(), "w-1"), id)
	})
}

func TestQ167EveryEffectHasItsName(t *testing.T) {
	effects := []string{
		engine.EffectAppended, engine.EffectAppendedDuplicate, engine.EffectResumed, engine.EffectNone, engine.EffectNotInCondition,
		engine.EffectMatcherFailed, engine.EffectBuffered, "a word of tomorrow",
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		events, err := x.SubscribeSignals(x.ctx, engine.FromNow(flowPartition3))
		x.must(err)
		for _, effect := range effects {
			x.feed(flowPartition3, "signal_id", string(engine.NewSignalID()), "execution_id", "{fp:3}:3b241101-e2bb-4255-8caf-4136c566a962", "effect", effect)
			if event := x.next(events); event.Effect != effect || len(event.Malformed) > 0 {
				t.Errorf("%q is told as %+v", effect, event)
			}
		}
	})
	if len(slices.Compact(slices.Sorted(slices.Values(effects)))) != len(effects) {
		t.Error("two effects have one name")
	}
}

// deafAfter loses every answer to a call of a function while it is set: the call arrives, its answer does not.
type deafAfter struct{ function atomic.Pointer[string] }

func (d *deafAfter) watch(options *redis.Options) {
	dial := options.Dialer
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return &deafConn{Conn: conn, deaf: d}, err
	}
}

type deafConn struct {
	net.Conn
	deaf *deafAfter
	lost bool
}

func (c *deafConn) Write(sent []byte) (int, error) {
	if function := c.deaf.function.Load(); function != nil && bytes.Contains(sent, []byte(*function)) {
		c.lost = true
	}
	return c.Conn.Write(sent)
}

func (c *deafConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if c.lost && err == nil {
		_ = c.Conn.Close()
		return 0, errors.New("the connection broke")
	}
	return n, err
}

func TestQ177ALostAnswerIsUncertainAndARepeatOfAnEndIsSuccess(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, losing := unlucky(t, b)
		h := x.working()

		id := b.Partitions().NewSolo("default")
		err := losing("ff_create_execution", func() error {
			return second(x.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Namespace: "test", Lane: "default"}))
		})
		wantUncertain(t, "create", err)
		if !strings.Contains(err.Error(), "may have been applied") {
			t.Errorf("create: %v", err)
		}
		if !x.exists(keysOf(id).core()) {
			t.Error("the call did not arrive: this tests nothing")
		}

		end := func() error { return x.Complete(x.ctx, h, []byte("done")) }
		if err := losing("ff_complete_execution", end); !errors.Is(err, engine.ClassTransport) {
			t.Errorf("complete: %v", err)
		}
		x.must(end())
		result, err := x.ExecutionResult(x.ctx, h.ExecutionID)
		x.must(err)
		if string(result) != "done" {
			t.Errorf("result %q", result)
		}
	})
}

func TestQ223AnEscalatedWaitShowsTheTimesOfItsRecord(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		args := waitFor("go")
		args.TimeoutAt, args.TimeoutBehavior = x.now().Add(-time.Second), engine.TimeoutEscalate
		before := x.now()
		h, _ := x.asleep(args)
		x.must(x.ExpireSuspension(x.ctx, h.ExecutionID)) // its place in the lane's index keeps the old timeout
		rows, err := b.SuspendedRows(x.ctx, 10)
		x.must(err)
		if len(rows.Rows) != 1 || !rows.Rows[0].Suspension.TimeoutAt.IsZero() || rows.Rows[0].Suspension.CreatedAt.Before(before) {
			t.Errorf("rows %+v", rows)
		}
	})
}
