package valkey

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// auditedFlow is what an audit of one flow of a quiet deployment finds.
func auditedFlow(t *testing.T, b *Backend, flow engine.FlowID) (found []wrong, summary audit.Summary) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	summary, err := b.Audit(ctx, AuditQuery{Flow: flow, Settle: time.Millisecond, Report: func(f audit.Finding) error {
		found = append(found, wrong{f.Code, f.Keys[0], f.Member})
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return found, summary
}

// unnamed are breakages of which the flow itself names nothing, so that only the whole audit comes to them; or not to all of them.
var unnamed = map[string]audit.Code{
	"an index entry that is no flow":       audit.IndexGone,
	"losers of no group":                   audit.IndexGone,
	"a member that the flow does not know": audit.FlowMember,
}

func TestAnAuditOfOneFlowFindsWhatIsBrokenInItAndNotInOthers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		s := newAuditScene(newBench(t, b))
		flows := []engine.FlowID{s.graph.flow, s.fired.Flow, s.stopped.flow}
		eachBreakage(t, s, flowBreakages, func(t *testing.T, way breakage, want []wrong) {
			var got []wrong
			broken := 0
			for _, flow := range flows {
				found, _ := auditedFlow(t, b, flow)
				got = append(got, found...)
				if len(found) > 0 {
					broken++
				}
			}
			if broken > 1 && way.name != "a member of another flow" {
				t.Errorf("%d flows are broken: %v", broken, got)
			}
			for _, w := range want {
				if !slices.Contains(got, w) && w.code != unnamed[way.name] {
					t.Errorf("not found: %+v", w)
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("also: %+v", g)
				}
			}
		})
	})
}

// A member's wait, its signals, attempts and places in indexes belong to its flow.
func TestAnAuditOfOneFlowComesToEverythingOfItsMembers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		f := x.flow()
		h := x.claim(f.member())
		wp := x.suspended(h, twoOf()).Waitpoints[0]
		signal := fullSignal(h, wp)
		signal.ID = engine.NewSignalID()
		_, err := x.DeliverSignal(x.ctx, signal)
		x.must(err)
		k, part := at(h.ExecutionID)
		found, summary := auditedFlow(t, b, f.flow)
		if len(found) > 0 || summary.Executions != 1 || summary.Flows != 1 || summary.Attempts != 1 || summary.Waitpoints != 2 || summary.Signals != 1 {
			t.Fatalf("a sound flow: %v, %+v", found, summary)
		}
		server := newKeyspaceServer(t, b.rdb)
		good := server.look()
		for _, way := range []struct {
			name string
			do   func(p redis.Pipeliner)
			want wrong
		}{
			{"its waitpoint is closed", func(p redis.Pipeliner) {
				p.HSet(x.ctx, part.waitpoint(wp.ID), "state", "closed")
			}, wrong{code: audit.WaitpointConflict, key: part.waitpoint(wp.ID)}},
			{"its signal is gone", func(p redis.Pipeliner) {
				p.Del(x.ctx, part.signal(signal.ID))
			}, wrong{audit.SignalMissing, k.signals(), string(signal.ID)}},
			{"its attempt is gone", func(p redis.Pipeliner) {
				p.Del(x.ctx, k.attempt(0))
			}, wrong{audit.AttemptMissing, k.attempts(), "0"}},
			{"it is in line while it waits", func(p redis.Pipeliner) {
				p.ZAdd(x.ctx, part.lane("default", engine.IndexEligible), redis.Z{Score: 1, Member: string(h.ExecutionID)})
			}, wrong{audit.IndexStray, part.lane("default", engine.IndexEligible), string(h.ExecutionID)}},
			{"it is not among those that wait", func(p redis.Pipeliner) {
				p.ZRem(x.ctx, part.lane("default", engine.IndexSuspended), string(h.ExecutionID))
			}, wrong{code: audit.IndexLacks, key: part.lane("default", engine.IndexSuspended)}},
		} {
			_, err := b.rdb.Pipelined(x.ctx, func(p redis.Pipeliner) error {
				way.do(p)
				return nil
			})
			x.must(err)
			if found, _ := auditedFlow(t, b, f.flow); !slices.Contains(found, way.want) {
				t.Errorf("%s: %+v, want %+v", way.name, found, way.want)
			}
			server.turn(server.look(), good)
		}
	})
}

func TestAnAuditOfOneFlowCostsWhatTheFlowHas(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		s := newAuditScene(newBench(t, b))
		sent := &sentCommands{}
		b.rdb.AddHook(sent)
		_, before := auditedFlow(t, b, s.graph.flow)
		alone := len(sent.all())
		_, err := b.Fill(s.ctx, Fill{Executions: 300, Flows: 30, Partitions: b.Partitions(), Lanes: testBoot().Lanes, AddTo: true})
		s.must(err)
		start := len(sent.all())
		found, after := auditedFlow(t, b, s.graph.flow)
		among := sent.all()[start:]
		if len(among) != alone || len(found) > 0 || before.Keys != after.Keys || before.Edges != 2 || before.Executions != 3 {
			t.Errorf("%d commands for %+v, and %d for %+v among others: %v", alone, before, len(among), after, found)
		}
		for _, command := range among {
			if name, _, _ := strings.Cut(command, " "); name == "scan" || name == "dbsize" {
				t.Errorf("sent %s", command)
			}
		}
	})
}

func TestAnAuditOfAFlowThatDoesNotExistSaysSo(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		newBench(t, b)
		_, err := b.Audit(t.Context(), AuditQuery{Flow: engine.NewFlowID()})
		if e := (*engine.Error)(nil); !errors.As(err, &e) || e.Class != engine.ClassNotFound {
			t.Errorf("error %v", err)
		}
	})
}
