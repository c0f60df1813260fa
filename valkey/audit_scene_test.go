package valkey

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// auditScene is a sound deployment with something of nearly everything in it, made by the calls that make it in earnest.
type auditScene struct {
	bench
	eligible, delayed, leased, expired, revoked, asleep, retrying, ended, blocked engine.ExecutionID
	waitpoint, unused                                                             engine.WaitpointID
	signal                                                                        engine.SignalID
	holder                                                                        engine.Handle
	graph                                                                         *flowBench
	child, up                                                                     engine.ExecutionID // an edge leads from up to child
	edge                                                                          engine.EdgeID      // unresolved
	fired                                                                         engine.SiblingGroup
	stopped                                                                       *flowBench
	budget                                                                        budgetKeys
	quota                                                                         quotaKeys
}

func newAuditScene(x bench) *auditScene {
	x.Helper()
	s := &auditScene{bench: x}
	s.eligible = x.submit(func(req *engine.CreateExecution) { req.Priority = 3 })
	s.delayed = x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(time.Hour) })
	s.blocked = x.submit()
	x.parked(s.blocked)
	s.holder = x.streaming()
	s.leased = s.holder.ExecutionID
	s.expired, s.revoked = x.submit(), x.working().ExecutionID
	x.claim(s.expired)
	x.expireLease(s.expired)
	x.must(x.rdb.ZAdd(x.ctx, keysOf(s.expired).partition().leaseExpiry(), zAt(x.now(), s.expired)).Err())
	_, err := x.RevokeLease(x.ctx, s.revoked, "", "")
	x.must(err)
	args := twoOf()
	h, wp := x.asleep(args)
	s.asleep, s.waitpoint = h.ExecutionID, wp.ID
	signal := fullSignal(h, wp)
	signal.ID = engine.NewSignalID()
	_, err = x.DeliverSignal(x.ctx, signal)
	x.must(err)
	s.signal = signal.ID
	s.unused = x.pending(s.holder, "k").ID
	s.retrying, s.ended = x.retrying(), x.finished()
	s.makeFlows()
	s.budget = x.budgetKeys(x.allowance())
	x.spend(s.budget.id, s.ended)
	policy, k := x.newQuota(5, 2)
	x.admit(policy, s.leased)
	s.quota = k
	x.register()
	return s
}

func (s *auditScene) makeFlows() {
	s.Helper()
	s.graph = s.flow()
	s.child = s.graph.member()
	ups := s.graph.members(2)
	first := s.graph.wire(ups[0], s.child)
	s.up, s.edge = ups[1], s.graph.wire(ups[1], s.child)
	s.graph.succeed(ups[0], "out")
	s.graph.resolve(first, ups[0], s.child, engine.OutcomeSuccess)
	s.fired = s.siblings()
	s.stopped = s.flow()
	s.stopped.members(2)
	_, err := s.fcall(s.ctx, "ff_cancel_flow", []string{
		s.stopped.k.core(), s.stopped.k.members(), s.stopped.k.partition().flowIndex(), s.stopped.k.pendingCancels(), s.stopped.k.partition().cancelBacklog(),
	}, string(s.stopped.flow), "enough", "cancel_all", "1", "30000").Slice()
	s.must(err)
}

// at are the keys of an execution and of its partition.
func at(id engine.ExecutionID) (execKeys, partKeys) { return keysOf(id), keysOf(id).partition() }

// wrong is a finding by what tells it from others.
type wrong struct {
	code        audit.Code
	key, member string
}

// breakage is one thing that is broken, and what an audit must say of it: this and nothing else.
type breakage struct {
	name string
	do   func(s *auditScene, p redis.Pipeliner) []wrong
}

func one(code audit.Code, key string) []wrong           { return []wrong{{code: code, key: key}} }
func entry(code audit.Code, key, member string) []wrong { return []wrong{{code, key, member}} }

// brokenInProcess thins out what the in-process server, which is slow, is broken in.
const brokenInProcess = 5

// eachBreakage breaks a sound deployment in each of the ways, one after the other, and has it checked against what should be found.
func eachBreakage(t *testing.T, s *auditScene, ways []breakage, check func(t *testing.T, way breakage, want []wrong)) {
	server := newKeyspaceServer(t, s.rdb)
	good := server.look()
	for i, way := range ways {
		if strings.HasSuffix(t.Name(), "/in-process") && i%brokenInProcess != 0 {
			continue
		}
		t.Run(way.name, func(t *testing.T) {
			var want []wrong
			_, err := s.rdb.Pipelined(context.Background(), func(p redis.Pipeliner) error {
				want = way.do(s, p)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			check(t, way, want)
		})
		server.turn(server.look(), good)
	}
}

// breakAndAudit breaks a sound deployment in each of the ways, one after the other.
func breakAndAudit(t *testing.T, ways []breakage) {
	eachServer(t, func(t *testing.T, b *Backend) {
		s := newAuditScene(newBench(t, b))
		sound(t, b)
		eachBreakage(t, s, ways, func(t *testing.T, way breakage, want []wrong) {
			found, _ := audited(t, b)
			var got []wrong
			for _, f := range found {
				if !slices.Contains(want, wrong{f.Code, f.Keys[0], f.Member}) {
					t.Errorf("also: %s", described(f))
				}
				got = append(got, wrong{f.Code, f.Keys[0], f.Member})
				if strings.TrimSpace(f.Text) == "" {
					t.Errorf("%s says nothing", f.Code)
				}
			}
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("not found: %+v", w)
				}
			}
		})
	})
}
