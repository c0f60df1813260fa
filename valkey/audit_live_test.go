package valkey

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/audit"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// livesToAudit is how many executions run through their lives under the eyes of audits.
const livesToAudit = 15

func TestWorkUnderWayIsNoFault(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name   string
		target func(t *testing.T) Target
	}{
		{"in-process", func(t *testing.T) Target { return ownServer(t, embedded.Options{InProcess: true}) }},
		{"cluster", func(t *testing.T) Target { return ownCluster(t, 3, 0).target() }},
	} {
		t.Run(server.name, func(t *testing.T) {
			b := newDeployment(t, server.target(t))
			newAuditScene(newBench(t, b))
			worked := make(chan struct{})
			x := newBench(t, connect(t, b.target))
			go func() {
				defer close(worked)
				for range livesToAudit {
					x.aLife()
				}
			}()
			audits := 0
			for over := false; !over; audits++ {
				select {
				case <-worked:
					over = true
				default:
				}
				sound(t, b)
			}
			t.Logf("%d audits", audits)
		})
	}
}

// aLife leads an execution through everything that moves it from index to index.
func (x bench) aLife() {
	ctx := x.ctx
	id := x.Partitions().NewFlowMember(engine.NewFlowID())
	steps := []func() error{
		func() error {
			return second(x.CreateExecution(ctx, engine.CreateExecution{ID: id, Namespace: "test", Lane: "gpu", Kind: "k"}))
		},
		func() error {
			claimed, err := x.Claim(ctx, engine.ClaimRequest{Lane: "gpu", Worker: testWorker, WorkerInstance: "live", LeaseTTL: time.Minute})
			if err != nil || claimed == nil {
				return fmt.Errorf("claimed %v: %w", claimed, err)
			}
			h := claimed.Handle
			for range 3 {
				if err := second(x.AppendFrame(ctx, h, engine.Frame{Payload: []byte("x")})); err != nil {
					return err
				}
			}
			if err := second(x.Renew(ctx, h)); err != nil {
				return err
			}
			return second(x.Suspend(ctx, h, waitFor("go")))
		},
		func() error { return second(x.ResumeExecution(ctx, id, "operator", 0)) },
		func() error { return second(x.CancelExecution(ctx, id, "enough", engine.CancelByOperator)) },
		func() error { return second(x.ReplayExecution(ctx, id)) },
		func() error { return second(x.CancelExecution(ctx, id, "enough", engine.CancelByOperator)) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			x.Errorf("step %d: %v", i, err)
			return
		}
	}
}

func TestAnAuditOfABrokenClusterNamesTheKeysOfEachServer(t *testing.T) {
	t.Parallel()
	x := newBench(t, newDeployment(t, ownCluster(t, 3, 0).target()))
	newAuditScene(x)
	sound(t, x.Backend)
	var want []string
	for p := range x.Partitions().FlowPartitions() { // they lie on all three
		key := execKeys{tag: p.Tag(), id: engine.ExecutionID(p.Tag() + ":3b241101-e2bb-4255-8caf-4136c566a962")}.payload()
		x.must(x.rdb.Set(x.ctx, key, "x", 0).Err())
		want = append(want, key)
	}
	found, _ := audited(t, x.Backend)
	var got []string
	for _, f := range found {
		got = append(got, f.Keys[0])
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// mostHeldEver is far below what the deployment of the test has.
const mostHeldEver = 4_000

func TestAnAuditHoldsNoMoreOfALargerDeployment(t *testing.T) {
	needServer(t)
	t.Parallel()
	x := newBench(t, newDeployment(t, ownServer(t, embedded.Options{})))
	part := partitionKeys(engine.Partition{Family: engine.FamilyFlow})
	var sizes []int
	for _, entries := range []int{6_000, 18_000} { // all of them wrong, in one set, one sorted set and keys of their own
		_, err := x.rdb.Pipelined(x.ctx, func(p redis.Pipeliner) error {
			for i := range entries {
				member := fmt.Sprintf("{fp:0}:%08d-0000-4000-8000-000000000000", i)
				p.SAdd(x.ctx, part.allExecutions(), member)
				p.ZAdd(x.ctx, part.lane("default", engine.IndexEligible), redis.Z{Score: float64(i), Member: member})
				if i%4 == 0 {
					p.Set(x.ctx, "ff:exec:{fp:0}:"+member+":payload", "x", 0)
				}
			}
			return nil
		})
		x.must(err)
		found := 0
		summary, err := x.Audit(x.ctx, AuditQuery{Settle: time.Microsecond, Report: func(audit.Finding) error {
			found++
			return nil
		}})
		x.must(err)
		if found != entries*9/4 || summary.IndexEntries < 2*entries {
			t.Errorf("%d of %d found, %+v", found, entries*9/4, summary)
		}
		sizes = append(sizes, summary.MostHeld)
	}
	if t.Logf("held at most %v", sizes); slices.Max(sizes) > mostHeldEver {
		t.Errorf("held %v, want at most %d", sizes, mostHeldEver)
	}
}

func TestAnAuditNeedsNoMoreThanTheRightsOfTheBoard(t *testing.T) {
	needServer(t)
	t.Parallel()
	admin := newDeployment(t, ownServer(t, embedded.Options{}))
	newAuditScene(newBench(t, admin))
	sound(t, connect(t, withUser(t, admin, "board", "right", BoardRights)))
	x := newBench(t, admin)
	sent := &sentCommands{}
	x.rdb.AddHook(sent)
	sound(t, admin)
	for _, command := range sent.all() {
		if !readsOnly[firstWord(command)] {
			t.Errorf("an audit sends %q", command)
		}
	}
}

func firstWord(command string) string {
	for i, c := range command {
		if c == ' ' {
			return command[:i]
		}
	}
	return command
}

// readsOnly are all commands that an audit sends.
var readsOnly = map[string]bool{
	"time": true, "dbsize": true, "scan": true, "type": true, "hmget": true, "hexists": true, "hscan": true, "exists": true, "sismember": true,
	"zscore": true, "scard": true, "zcard": true, "xlen": true, "sscan": true, "zscan": true, "xrevrange": true, "getrange": true, "hgetall": true,
}

func TestAnAuditEndsWithItsContext(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx, cancel := context.WithCancel(enginetest.Context(t))
		cancel()
		if _, err := b.Audit(ctx, AuditQuery{}); err == nil {
			t.Error("no error")
		}
	})
}

// scenesToAnAudit keeps the time for all of them short.
const scenesToAnAudit = 20

func TestWhatEachFunctionLeavesIsSound(t *testing.T) {
	t.Parallel()
	b := newDeployment(t, ownServer(t, embedded.Options{InProcess: true}))
	for i, s := range scenes {
		s.play(newBench(t, b))
		if i%scenesToAnAudit != 0 && i < len(scenes)-1 {
			continue
		}
		if sound(t, b); t.Failed() {
			t.Fatalf("by the time of %s %s", s.function, s.state)
		}
	}
}

// The deadline of an execution whose wait was over in time stays where it is until it is due (spec 03b §4.4). That of any other that is
// over is a stray.
func TestTheDeadlineThatAWaitLeavesIsNoFault(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for _, behavior := range []string{engine.TimeoutFail, engine.TimeoutCancel, engine.TimeoutExpire} {
			id := x.submit(func(req *engine.CreateExecution) { req.Deadline = time.Now().Add(time.Hour) })
			args := waitFor("go")
			args.TimeoutAt, args.TimeoutBehavior = time.Now().Add(-time.Second), behavior
			x.suspended(x.claim(id), args)
			x.must(x.ExpireSuspension(x.ctx, id))
			x.wantPhase(id, engine.PhaseTerminal)
			if x.scored(keysOf(id).partition().executionDeadline(), id) == "" {
				t.Errorf("%s: no deadline is left", behavior)
			}
		}
		sound(t, b)
	})
}
