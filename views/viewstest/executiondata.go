package viewstest

import (
	"fmt"
	"time"

	"ffboard/engine"
)

// WaitpointID is the waitpoint of the n-th suspended execution.
func WaitpointID(n int) engine.WaitpointID {
	return engine.WaitpointID(fmt.Sprintf("%08x-3a17-4000-8000-%012x", 0x3a170000+n, n))
}

// suspend makes the suspended view's rows of the canned suspended executions: one that waits for an approval, one overdue.
func suspend(e *Engine) {
	e.Waitpoints = map[engine.ExecutionID][]engine.Waitpoint{}
	e.Tokens = map[engine.WaitpointID]engine.WaitpointToken{}
	for i, r := range e.LaneRows[engine.IndexSuspended] {
		w := engine.Waitpoint{
			ID: WaitpointID(i), Key: "wpk:" + string(WaitpointID(i)), Execution: r.ID, State: "active", CreatedAt: ago(time.Hour), ActivatedAt: ago(time.Hour),
			Matchers: []engine.WaitpointMatcher{{Name: "approved"}, {Name: "rejected"}}, MatchMode: "any", MinimumSignals: 1,
			TokenKid: "k1", TokenFingerprint: "0123456789abcdef",
		}
		s := &engine.Suspension{
			ID: engine.SuspensionID(fmt.Sprintf("%08x-5059-4000-8000-%012x", 0x50590000+i, i)), Execution: r.ID, Reason: "waiting_for_approval",
			RequestedBy: "worker", CreatedAt: ago(time.Hour), TimeoutAt: in(time.Duration(1-2*i) * 45 * time.Minute), TimeoutBehavior: "fail",
			Condition:  engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"approved", "rejected"}, Mode: "any", Minimum: 1},
			Waitpoints: []engine.Waitpoint{w},
		}
		e.Waitpoints[r.ID] = []engine.Waitpoint{w}
		e.Tokens[w.ID] = engine.WaitpointToken("k1:0123456789abcdef0123456789abcdef01234567")
		e.Suspended.Rows = append(e.Suspended.Rows, engine.SuspendedRow{ExecutionRow: r, Suspension: s, Waits: "approved,rejected"})
	}
	e.Suspended.Total = len(e.Suspended.Rows)
}

// stream gives each canned active execution a stream; the second one is closed.
func stream(e *Engine) {
	e.Frames = map[engine.StreamRef]engine.StreamPage{}
	e.Summaries = map[engine.StreamRef]*engine.SummaryDocument{}
	for i, r := range e.LaneRows[engine.IndexActive] {
		ref := engine.StreamRef{Execution: r.ID, Attempt: 0}
		page := engine.StreamPage{}
		for n := range 12 {
			page.Frames = append(page.Frames, cannedFrame(n))
		}
		page.LastID = page.Frames[len(page.Frames)-1].ID
		meta := engine.StreamMeta{Execution: r.ID, CreatedAt: ago(time.Minute), LastID: page.LastID, FrameCount: 12, TotalBytes: 4096,
			LastFrameAt: ago(2 * time.Second), HasDurable: true, RateHz: 3.5}
		if i == 1 {
			page.ClosedAt, page.ClosedReason = ago(time.Second), "attempt_success"
			meta.ClosedAt, meta.ClosedReason = page.ClosedAt, page.ClosedReason
		}
		e.Frames[ref] = page
		e.Summaries[ref] = &engine.SummaryDocument{JSON: []byte(`{"pages":4,"tokens":{"in":1200,"out":310}}`), Version: 4,
			PatchKind: "json_merge_patch", FirstAppliedAt: ago(50 * time.Second), UpdatedAt: ago(2 * time.Second)}
		e.Streaming = append(e.Streaming, engine.StreamRow{StreamMeta: meta, Row: r})
	}
}

func cannedFrame(n int) engine.StreamFrame {
	at := ago(time.Duration(12-n) * 2 * time.Second)
	f := engine.StreamFrame{
		ID: fmt.Sprintf("%d-0", at.UnixMilli()), Type: "stdout", At: at, SentAt: at, Encoding: "utf8", Source: "worker",
		Payload: fmt.Appendf(nil, "page %d fetched in %d ms", n, 40+n*3), Mode: engine.ModeDurable,
	}
	switch n % 4 {
	case 1:
		f.Type, f.Mode, f.TTL = "token", engine.ModeBestEffort, 30*time.Second
	case 3:
		f.Type, f.Mode, f.SummaryVersion = "summary", engine.ModeSummary, uint64(n/4+1)
		f.Payload = fmt.Appendf(nil, `{"pages":%d}`, n/4+1)
	}
	return f
}

func eligibilityOf(s engine.PublicState) engine.EligibilityState {
	switch s {
	case engine.StateWaiting, engine.StateResumable:
		return engine.EligibleNow
	case engine.StateDelayed:
		return engine.EligibleLater
	case engine.StateRateLimited:
		return engine.BlockedByBudget
	case engine.StateWaitingChildren:
		return engine.BlockedByDependencies
	default:
		return engine.EligibleNotApplicable
	}
}

func cannedExecution(e *Engine, r engine.ExecutionRow) *engine.ExecutionDetail {
	d := &engine.ExecutionDetail{
		Execution: engine.Execution{
			ID: r.ID, FlowID: r.Flow, Lane: r.Lane, Namespace: r.Namespace, Kind: r.Kind, Priority: r.Priority,
			State: engine.StateVector{Phase: r.Phase, Ownership: r.Ownership, Eligibility: eligibilityOf(r.State), Blocking: r.BlockingReason,
				Outcome: r.Outcome, Attempt: engine.AttemptRunning, Public: r.State},
			BlockingDetail: r.BlockingDetail, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, CompletedAt: r.CompletedAt,
			LastTransitionAt: r.LastMutationAt, LastMutationAt: r.LastMutationAt, DelayUntil: r.DelayUntil, TotalAttempts: r.TotalAttempts,
			RetryCount: r.RetryCount, FailureReason: r.FailureReason, ProgressPercent: r.Progress, ProgressMessage: r.ProgressMessage,
			RequiredCapabilities: []string{"gpu", "eu-west"}, CreatorIdentity: "api", Tags: map[string]string{"customer": "acme"}, Malformed: r.Malformed,
		},
		PolicyJSON:  []byte(`{"max_retries":3,"backoff":{"kind":"exponential","initial_ms":500}}`),
		Payload:     []byte(`{"url":"https://example.com/a","depth":2}`),
		PayloadSize: 41,
		Attempts: []engine.Attempt{{ID: "a77e3970-0000-4000-8000-000000000001", Type: engine.AttemptTypeInitial, State: "started",
			Worker: "crawler", WorkerInstance: "crawler-7f9c", LeaseEpoch: 1, CreatedAt: ago(time.Minute), StartedAt: ago(time.Minute)}},
		Leases: []engine.LeaseEvent{{ID: "1741944353000-0", At: ago(time.Minute), Event: "acquired", Fields: map[string]string{"worker_id": "crawler"}}},
	}
	if r.State == engine.StateActive {
		d.Execution.Attempt = &engine.AttemptSummary{ID: d.Attempts[0].ID}
		d.Execution.Lease = &engine.LeaseSummary{ID: "1ea5e000-0000-4000-8000-000000000001", Epoch: 1, Worker: r.Worker,
			WorkerInstance: r.WorkerInstance, AcquiredAt: ago(time.Minute), ExpiresAt: r.LeaseExpiresAt, RenewedAt: ago(9 * time.Second)}
	}
	if r.State == engine.StateCompleted {
		d.Result, d.ResultSize = []byte(`{"ok":true}`), 11
	}
	for _, s := range e.Suspended.Rows {
		if s.ID == r.ID {
			d.Suspension = s.Suspension
			d.Execution.Suspension, d.Execution.Waitpoint = s.Suspension.ID, s.Suspension.Waitpoints[0].ID
			d.Signals = []engine.Delivered{{ID: "5167a100-0000-4000-8000-000000000001", Waitpoint: d.Execution.Waitpoint, Name: "reminder",
				Category: "operator", SourceType: "user", SourceIdentity: "kim", AcceptedAt: ago(20 * time.Minute), Effect: engine.EffectNotInCondition,
				Encoding: "json", Payload: []byte(`{"note":"still waiting"}`)}}
		}
	}
	for _, s := range e.Streaming {
		if s.Execution == r.ID {
			d.Streams = append(d.Streams, s.StreamMeta)
		}
	}
	return d
}
