package demo

import (
	"context"
	"fmt"

	"ffboard/engine"
)

var (
	allOf   = engine.EdgePolicy{}
	firstOf = engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}
)

func quorumOf(k int) engine.EdgePolicy {
	return engine.EdgePolicy{Kind: engine.PolicyQuorum, K: k, OnSatisfied: engine.LetRun}
}

// article is the LLM fan-out: a plan, several drafts at once, the first that is done wins and the others are cancelled, a person
// reviews, then it is published.
func (d *demo) article(ctx context.Context) error {
	g := d.newFlow(ctx, "article", d.pick(topics))
	plan := g.add(part{kind: "plan", name: "outline", lane: laneLLM}, allOf)
	var drafts []engine.ExecutionID
	for i := range 3 + d.random.IntN(3) {
		model := models[i%len(models)]
		drafts = append(drafts, g.add(part{kind: "draft", name: model, lane: laneLLM, policy: retries(2)}, allOf, plan))
	}
	best := g.add(part{kind: "choose", name: "first draft wins", lane: laneLLM}, firstOf, drafts...)
	review := g.add(part{kind: "review", name: "a person approves", lane: laneDefault}, allOf, best)
	g.add(part{kind: "publish", name: "website", lane: laneDefault, policy: retries(3)}, allOf, review)
	return g.err
}

// video is the media pipeline: two of three encoders are enough.
func (d *demo) video(ctx context.Context) error {
	g := d.newFlow(ctx, "video", d.pick(titles))
	ingest := g.add(part{kind: "ingest", name: "upload", lane: laneMedia}, allOf)
	var encodes []engine.ExecutionID
	for _, format := range []string{"1080p h264", "1080p av1", "720p h264"} {
		encodes = append(encodes, g.add(part{kind: "encode", name: format, lane: laneMedia, policy: needs("ffmpeg")}, allOf, ingest))
	}
	captions := g.add(part{kind: "caption", name: "speech to text", lane: laneLLM}, allOf, ingest)
	packaged := g.add(part{kind: "package", name: "two encodings suffice", lane: laneMedia}, quorumOf(2), encodes...)
	g.add(part{kind: "release", name: "catalogue", lane: laneDefault}, allOf, packaged, captions)
	return g.err
}

// deployment builds, tests, waits for two people, and rolls out.
func (d *demo) deployment(ctx context.Context) error {
	g := d.newFlow(ctx, "deploy", d.pick(services))
	build := g.add(part{kind: "build", name: "container image", lane: laneDeploy}, allOf)
	unit := g.add(part{kind: "test", name: "unit", lane: laneDeploy, policy: retries(1)}, allOf, build)
	smoke := g.add(part{kind: "test", name: "smoke", lane: laneFlaky, policy: retries(3)}, allOf, build)
	gate := g.add(part{kind: "gate", name: "two people approve", lane: laneDeploy, priority: 50}, allOf, unit, smoke)
	var rollouts []engine.ExecutionID
	for _, region := range []string{"eu-1", "us-1"} {
		rollouts = append(rollouts, g.add(part{kind: "rollout", name: region, lane: laneDeploy}, allOf, gate))
	}
	g.add(part{kind: "verify", name: "error rates", lane: laneDeploy}, allOf, rollouts...)
	return g.err
}

func (d *demo) pick(list []string) string { return list[d.random.IntN(len(list))] }

// invoice is work that fails now and then and is retried with backoff.
func (d *demo) invoice(ctx context.Context) error {
	p := part{kind: "charge", name: "card", lane: laneFlaky, policy: retries(4)}
	return d.solo(ctx, p, fmt.Sprintf("invoice %05d", d.random.IntN(100_000)), 0)
}

// training goes to the lane that is starved.
func (d *demo) training(ctx context.Context) error {
	p := part{kind: "train", name: "fine-tune", lane: laneGPU, policy: needs("cuda"), priority: d.random.IntN(4)}
	return d.solo(ctx, p, d.pick(topics), 0)
}

// reminder is work for later.
func (d *demo) reminder(ctx context.Context) error {
	p := part{kind: "remind", name: "e-mail", lane: laneDefault}
	return d.solo(ctx, p, d.pick(services), seconds(20+d.random.IntN(100)))
}
