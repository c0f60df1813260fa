package valkey

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// Helpers of the tests of suspensions, waitpoints and signals.

// waitFor are the arguments of a wait for one signal by name on a fresh waitpoint.
func waitFor(name string) engine.SuspendArgs {
	return waitOn(1, func(keys []string) engine.ResumeCondition { return engine.Single(keys[0], engine.ByName(name)) })
}

// waitOn are the arguments of a wait on so many fresh waitpoints.
func waitOn(waitpoints int, condition func(keys []string) engine.ResumeCondition) engine.SuspendArgs {
	args := engine.SuspendArgs{SuspensionID: engine.NewSuspensionID(), Reason: engine.ReasonWaitingForSignal}
	var keys []string
	for range waitpoints {
		id := engine.NewWaitpointID()
		keys = append(keys, "wpk:"+string(id))
		args.Waitpoints = append(args.Waitpoints, engine.WaitpointBinding{ID: id, Key: "wpk:" + string(id)})
	}
	args.Condition = condition(keys)
	return args
}

// bothOf waits for two names on one waitpoint.
func bothOf(a, b string) engine.SuspendArgs {
	return waitOn(1, func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName(a)), engine.Single(keys[0], engine.ByName(b)))
	})
}

func onPending(waitpoint engine.IssuedWaitpoint, condition engine.ResumeCondition) engine.SuspendArgs {
	return engine.SuspendArgs{
		SuspensionID: engine.NewSuspensionID(),
		Waitpoints:   []engine.WaitpointBinding{{ID: waitpoint.ID, UsePending: true}},
		Condition:    condition,
		Reason:       engine.ReasonWaitingForSignal,
	}
}

// working creates and claims an execution.
func (x bench) working() engine.Handle {
	x.Helper()
	return x.claim(x.submit())
}

func (x bench) suspended(h engine.Handle, args engine.SuspendArgs) engine.SuspendOutcome {
	x.Helper()
	outcome, err := x.Suspend(x.ctx, h, args)
	x.must(err)
	return outcome
}

// asleep creates an execution that waits, and returns its first waitpoint.
func (x bench) asleep(args engine.SuspendArgs) (engine.Handle, engine.IssuedWaitpoint) {
	x.Helper()
	h := x.working()
	return h, x.suspended(h, args).Waitpoints[0]
}

func (x bench) pending(h engine.Handle, key string) engine.IssuedWaitpoint {
	x.Helper()
	waitpoint, err := x.CreateWaitpoint(x.ctx, h, key, time.Hour)
	x.must(err)
	return waitpoint
}

func signalTo(id engine.ExecutionID, waitpoint engine.IssuedWaitpoint, name string) engine.Signal {
	return engine.Signal{
		Execution: id, Waitpoint: waitpoint.ID, Token: waitpoint.Token, Name: name,
		Category: "test", SourceType: "person", SourceIdentity: "ann",
	}
}

// send delivers a signal and fails unless it has the effect.
func (x bench) send(s engine.Signal, want string) engine.SignalOutcome {
	x.Helper()
	outcome, err := x.DeliverSignal(x.ctx, s)
	if err != nil || outcome.Effect != want {
		x.Fatalf("signal %q: effect %q, error %v, want %q", s.Name, outcome.Effect, err, want)
	}
	return outcome
}

// refused fails unless a signal is refused with the code.
func (x bench) refused(s engine.Signal, want error) {
	x.Helper()
	if outcome, err := x.DeliverSignal(x.ctx, s); !errors.Is(err, want) {
		x.Fatalf("signal %q: %+v, error %v, want %v", s.Name, outcome, err, want)
	}
}

func (x bench) resumed(id engine.ExecutionID) {
	x.Helper()
	_, err := x.ResumeExecution(x.ctx, id, "operator", 0)
	x.must(err)
}

func (x bench) wantPhase(id engine.ExecutionID, want engine.LifecyclePhase) {
	x.Helper()
	x.wantCore(id, map[string]string{"lifecycle_phase": string(want)})
}

func (x bench) waitpointKey(id engine.ExecutionID, waitpoint engine.WaitpointID) string {
	return keysOf(id).partition().waitpoint(waitpoint)
}

// deliverKeys and deliverArgs are a plain call of ff_deliver_signal; change replaces arguments by position.
func deliverKeys(s engine.Signal) []string {
	k, part := keysOf(s.Execution), keysOf(s.Execution).partition()
	return []string{
		k.core(), part.waitpointCondition(s.Waitpoint), part.waitpointSignals(s.Waitpoint), k.signals(), part.signal(s.ID),
		part.signalPayload(s.ID), signalDedupKey(part, s), part.waitpoint(s.Waitpoint), k.suspensionCurrent(),
		part.lane("default", engine.IndexEligible), part.lane("default", engine.IndexSuspended), part.lane("default", engine.IndexDelayed),
		part.suspensionTimeout(), part.hmacSecrets(), part.signalDelivery(),
	}
}

func bufferKeys(s engine.Signal) []string {
	keys := deliverKeys(s)
	return append(keys[:8:8], keys[13])
}

func changedArgs(s engine.Signal, change map[int]string) []any {
	args := signalArgs(s)
	for position, value := range change {
		args[position-1] = value
	}
	return args
}

// wantReply fails unless a function's reply is these words after the leading number.
func (x bench) wantReply(reply []any, err error, want ...string) {
	x.Helper()
	x.must(err)
	if len(reply) < 1+len(want) {
		x.Fatalf("reply %v, want %v", reply, want)
	}
	for i, word := range want {
		if text(reply[1+i]) != word {
			x.Fatalf("reply %v, want %v", reply, want)
		}
	}
}

// foreignLibrary loads a library that is not ours by its source, though it does the same, and makes the backend notice.
func (x bench) foreignLibrary() {
	x.Helper()
	x.must(x.rdb.FunctionLoadReplace(x.ctx, Library()+"\n-- loaded by somebody else").Err())
	x.Cleanup(func() {
		if err := x.rdb.FunctionLoadReplace(context.Background(), Library()).Err(); err != nil {
			x.Error(err)
		}
	})
	x.library.forget()
}

// calls records the functions that a backend calls from now on.
type calls struct {
	mu    sync.Mutex
	names []string
}

func (x bench) recordCalls() *calls {
	c := &calls{}
	x.rdb.AddHook(c)
	return c
}

func (c *calls) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := c.names
	c.names = nil
	return names
}

func (c *calls) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *calls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (c *calls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		function, _ := append(cmd.Args(), "")[1].(string)
		if cmd.Name() == "fcall" && function != "ff_version" { // looking whose library it is counts for nothing
			c.mu.Lock()
			c.names = append(c.names, function)
			c.mu.Unlock()
		}
		return next(ctx, cmd)
	}
}

// wantNone fails when a function was called.
func (x bench) wantNone(c *calls) {
	x.Helper()
	if names := c.take(); len(names) > 0 {
		x.Errorf("called %v", names)
	}
}

func millisText(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
