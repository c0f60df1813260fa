package demo

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"ffboard/engine"
)

// brief is the payload of every execution of the demo: what it is about, and the number that makes its handler's choices.
type brief struct {
	Subject string `json:"subject"`
	Part    string `json:"part,omitempty"`
	Draw    uint64 `json:"draw"`
}

// settled is how long the members that depend on others are held back while their flow is put together: an execution is eligible
// from its creation until its dependencies are applied.
const settled = 2 * time.Second

// graph puts one flow together. The first error stands; later calls do nothing.
type graph struct {
	ctx      context.Context
	d        *demo
	flow     engine.FlowID
	subject  string
	revision uint64
	err      error
}

// newFlow begins a flow of some kind about a subject.
func (d *demo) newFlow(ctx context.Context, kind, subject string) *graph {
	g := &graph{ctx: ctx, d: d, flow: engine.FlowID(d.uuid()), subject: subject}
	_, g.err = d.b.CreateFlow(ctx, engine.CreateFlow{ID: g.flow, Kind: kind, Namespace: namespace})
	g.do(func() error { return d.b.SetFlowTag(ctx, g.flow, "demo.subject", tagValue(subject)) })
	return g
}

// tagValue keeps tags short.
func tagValue(s string) string { return s[:min(len(s), 60)] }

func (g *graph) do(step func() error) {
	if g.err == nil {
		g.err = step()
	}
}

// part describes a member of a flow.
type part struct {
	kind, name string
	lane       engine.LaneID
	policy     *engine.ExecutionPolicy
	priority   int
}

// add makes a member that waits for the given upstreams; with a policy other than the zero one its edge group has that.
func (g *graph) add(p part, group engine.EdgePolicy, upstreams ...engine.ExecutionID) engine.ExecutionID {
	id, err := g.d.b.Partitions().FlowMember(g.flow, g.d.uuid())
	g.do(func() error { return err })
	create := g.d.execution(id, p, g.subject)
	if len(upstreams) > 0 {
		create.DelayUntil = time.Now().Add(settled)
	}
	g.do(func() error {
		_, err := g.d.b.CreateExecution(g.ctx, create)
		return err
	})
	g.do(func() error {
		_, _, err := g.d.b.AddExecutionToFlow(g.ctx, g.flow, id)
		g.revision++
		return err
	})
	if group.Kind != "" {
		g.do(func() error {
			_, err := g.d.b.SetEdgeGroupPolicy(g.ctx, g.flow, id, group)
			return err
		})
	}
	for _, upstream := range upstreams {
		g.edge(upstream, id)
	}
	return id
}

func (g *graph) edge(upstream, downstream engine.ExecutionID) {
	edge := engine.EdgeID(g.d.uuid())
	g.do(func() error {
		revision, err := g.d.b.StageDependencyEdge(g.ctx, engine.StageEdge{
			Flow: g.flow, Edge: edge, Upstream: upstream, Downstream: downstream, ExpectedRevision: g.revision,
		})
		g.revision = revision
		return err
	})
	g.do(func() error {
		_, _, err := g.d.b.ApplyDependencyToChild(g.ctx, engine.ApplyEdge{
			Flow: g.flow, Edge: edge, Upstream: upstream, Downstream: downstream, GraphRevision: g.revision,
		})
		return err
	})
}

// execution describes an execution of the demo.
func (d *demo) execution(id engine.ExecutionID, p part, subject string) engine.CreateExecution {
	payload, err := json.Marshal(brief{Subject: subject, Part: p.name, Draw: d.random.Uint64()})
	if err != nil {
		panic(err) // strings and a number
	}
	return engine.CreateExecution{
		ID: id, Namespace: namespace, Lane: p.lane, Kind: p.kind, Payload: payload, Priority: p.priority,
		CreatorIdentity: "demo", Policy: p.policy,
		Tags: map[string]string{"demo.subject": tagValue(subject), "demo.part": p.name},
	}
}

// solo submits an execution that belongs to no flow.
func (d *demo) solo(ctx context.Context, p part, subject string, delay time.Duration) error {
	id, err := d.b.Partitions().Solo(p.lane, d.uuid())
	if err != nil {
		return err
	}
	create := d.execution(id, p, subject)
	if delay > 0 {
		create.DelayUntil = time.Now().Add(delay)
	}
	_, err = d.b.CreateExecution(ctx, create)
	return err
}

// uuid draws from the demo's own source, so that ids repeat with the seed.
func (d *demo) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(d.random.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return uuid.UUID(b).String()
}

// retries is a policy with a few quick retries.
func retries(n uint32) *engine.ExecutionPolicy {
	return &engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: n, Backoff: engine.Backoff{
		Kind: engine.BackoffExponential, Initial: 2 * time.Second, Max: 30 * time.Second, Multiplier: 2,
	}}}
}

// needs is a policy that asks for worker capabilities.
func needs(capabilities ...string) *engine.ExecutionPolicy {
	return &engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: capabilities}}
}

// overtaken tells an error that says somebody was faster: the person at the keyboard cancelled what was being put together.
func overtaken(err error) bool {
	return errors.Is(err, engine.CodeFlowAlreadyTerminal) || errors.Is(err, engine.CodeExecutionNotActive)
}
