package valkey

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/valkey/embedded"
)

// boardLanes are the lanes of the measured deployment.
var boardLanes = []engine.LaneID{"default", "gpu", "llm", "mail"}

// boardPartitions are FlowFabric's own counts.
var boardPartitions = engine.PartitionConfig{Flow: 256, Budget: 32, Quota: 32}

const (
	boardFlows  = 1000
	flowMembers = 10 // of each flow: seven have ended, one is at work, one suspended, one waits for others
)

// measured is a deployment whose board reads are counted.
type measured struct {
	*Backend
	ctx   context.Context
	count *commandCount
	flows []engine.FlowID
	some  engine.ExecutionID // at work
}

// newMeasured boots a deployment of 256 partitions and four lanes, with so many flows on it.
func newMeasured(tb testing.TB, flows int) *measured {
	tb.Helper()
	ctx := tb.Context()
	server, err := embedded.Start(ctx, embedded.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = server.Close() })
	b, err := Connect(ctx, Target{Socket: server.Socket()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	if err := b.Serve(ctx, Boot{Partitions: boardPartitions, Lanes: boardLanes, SecretHex: testSecret}); err != nil {
		tb.Fatal(err)
	}
	m := &measured{Backend: b, ctx: ctx, count: &commandCount{}}
	m.fill(tb, flows)
	b.rdb.AddHook(m.count)
	return m
}

// fill writes flows as the library would leave them, without running them.
func (m *measured) fill(tb testing.TB, flows int) {
	tb.Helper()
	now := time.Now().Truncate(time.Millisecond)
	_, err := m.rdb.Pipelined(m.ctx, func(p redis.Pipeliner) error {
		for i := range flows {
			m.flows = append(m.flows, engine.NewFlowID())
			m.fillFlow(p, m.flows[i], boardLanes[i%len(boardLanes)], now.Add(time.Duration(i)*time.Millisecond))
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func (m *measured) fillFlow(p redis.Pipeliner, flow engine.FlowID, lane engine.LaneID, created time.Time) {
	k := m.flowKeys(flow)
	p.HSet(m.ctx, k.core(), "flow_id", string(flow), "flow_kind", "pipeline", "namespace", "ns", "public_flow_state", "open",
		"node_count", strconv.Itoa(flowMembers), "created_at", millis(created), "last_mutation_at", millis(created))
	p.SAdd(m.ctx, k.partition().flowIndex(), string(flow))
	for i := range flowMembers {
		id := m.Partitions().NewFlowMember(flow)
		p.SAdd(m.ctx, k.members(), string(id))
		m.fillMember(p, id, flow, lane, i, created)
	}
}

func (m *measured) fillMember(p redis.Pipeliner, id engine.ExecutionID, flow engine.FlowID, lane engine.LaneID, nth int, created time.Time) {
	k, part := keysOf(id), keysOf(id).partition()
	later := redis.Z{Score: float64(created.Add(time.Hour).UnixMilli()), Member: string(id)}
	state, index := engine.StateCompleted, engine.IndexTerminal
	switch nth {
	case flowMembers - 1:
		state, index = engine.StateActive, engine.IndexActive
		m.some = id
		p.ZAdd(m.ctx, part.leaseExpiry(), later)
		p.HSet(m.ctx, k.streamMeta(0), "created_at", millis(created), "last_frame_at", millis(created), "frame_count", "3")
	case flowMembers - 2:
		state, index = engine.StateSuspended, engine.IndexSuspended
		p.ZAdd(m.ctx, part.suspensionTimeout(), later)
		p.HSet(m.ctx, k.suspensionCurrent(), "execution_id", string(id), "created_at", millis(created), "waitpoint_id", string(engine.NewWaitpointID()))
	case flowMembers - 3:
		state, index = engine.StateWaitingChildren, engine.IndexBlockedDependencies
	}
	p.HSet(m.ctx, k.core(), "flow_id", string(flow), "lane_id", string(lane), "public_state", string(state),
		"created_at", millis(created), "current_attempt_index", "0", "total_attempt_count", "1")
	p.ZAdd(m.ctx, part.lane(lane, index), later)
	p.SAdd(m.ctx, part.allExecutions(), string(id))
}

// boardReads are what the views ask for, each as its view does while nothing happens.
func (m *measured) boardReads() map[string]func() error {
	none := func(_ any, err error) error { return err }
	var q engine.FlowQuery
	q.Limit = 500
	return map[string]func() error{
		"Depths":         func() error { return none(m.Depths(m.ctx)) },
		"FlowRows":       func() error { return none(m.FlowRows(m.ctx, q)) },
		"LaneExecutions": func() error { return none(m.LaneExecutions(m.ctx, boardLanes[1], engine.IndexActive, 500)) },
		"SuspendedRows":  func() error { return none(m.SuspendedRows(m.ctx, 500)) },
		"StreamRows":     func() error { return none(m.StreamRows(m.ctx, nil, 300)) },
		"FlowDetail": func() error {
			if len(m.flows) == 0 {
				return nil
			}
			return none(m.FlowDetail(m.ctx, m.flows[0], 500))
		},
		"ExecutionDetail": func() error {
			if m.some == "" {
				return nil
			}
			return none(m.ExecutionDetail(m.ctx, m.some))
		},
		"ExecutionEdges": func() error {
			if m.some == "" {
				return nil
			}
			return none(m.ExecutionEdges(m.ctx, m.some))
		},
	}
}

// BenchmarkBoardReads tells what each read of the board costs the server once it is warm.
func BenchmarkBoardReads(b *testing.B) {
	for name, flows := range map[string]int{"nothing": 0, "10 flows": 10, "1000 flows": boardFlows} {
		b.Run(name, func(b *testing.B) {
			m := newMeasured(b, flows)
			for name, read := range m.boardReads() {
				b.Run(name, func(b *testing.B) { m.measure(b, read) })
			}
		})
	}
}

func (m *measured) measure(b *testing.B, read func() error) {
	for range 30 { // everything counted once
		if err := read(); err != nil {
			b.Fatal(err)
		}
	}
	*m.count = commandCount{}
	for b.Loop() {
		if err := read(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(m.count.n)/float64(b.N), "commands/op")
	b.ReportMetric(float64(m.count.trips)/float64(b.N), "trips/op")
}
