package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
)

// scrape shows what Prometheus would read.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if got, want := w.Header().Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8"; got != want {
		t.Errorf("the content type is %q, want %q", got, want)
	}
	return w.Body.String()
}

func wantSamples(t *testing.T, m *Metrics, samples ...string) {
	t.Helper()
	text := scrape(t, m)
	for _, sample := range samples {
		if !strings.Contains(text, sample+"\n") {
			t.Errorf("a scrape lacks\n%s\nin\n%s", sample, text)
		}
	}
}

func TestNamesAndLabelsAreFlowFabrics(t *testing.T) {
	m := New()
	m.Request("GET", "/v1/executions/{id}", 200, 20*time.Millisecond)
	m.Request("BREW", "unknown", 404, time.Millisecond)
	m.Pass(scanner.Pass{Scanner: scanner.LeaseExpiry, Took: time.Second})
	m.BudgetHit("tokens")
	m.QuotaHit("rate")
	m.ShutdownTimedOut()
	wantSamples(t, m,
		`ff_http_requests_total{method="GET",otel_scope_name="ff",path="/v1/executions/{id}",status="200"} 1`,
		`ff_http_requests_total{method="OTHER",otel_scope_name="ff",path="unknown",status="404"} 1`,
		`ff_http_request_duration_seconds_count{method="GET",otel_scope_name="ff",path="/v1/executions/{id}",status="200"} 1`,
		`ff_scanner_cycle_total{otel_scope_name="ff",scanner="lease_expiry"} 1`,
		`ff_scanner_cycle_duration_seconds_sum{otel_scope_name="ff",scanner="lease_expiry"} 1`,
		`ff_budget_hit_total{dimension="tokens",otel_scope_name="ff"} 1`,
		`ff_quota_hit_total{otel_scope_name="ff",reason="rate"} 1`,
		`ff_shutdown_timeout_total{otel_scope_name="ff"} 1`,
		`ff_cancel_backlog_depth{otel_scope_name="ff"} 0`,
	)
}

func TestQ185LatenciesAreToldFromAMillisecondUp(t *testing.T) {
	m := New()
	m.Claimed("default", 3*time.Millisecond)
	wantSamples(t, m,
		`ff_claim_from_grant_duration_seconds_bucket{lane="default",otel_scope_name="ff",le="0.0025"} 0`,
		`ff_claim_from_grant_duration_seconds_bucket{lane="default",otel_scope_name="ff",le="0.005"} 1`,
		`ff_claim_from_grant_duration_seconds_bucket{lane="default",otel_scope_name="ff",le="60"} 1`,
	)
}

// backend answers calls with what it has, and refuses the rest.
type backend struct {
	engine.Refusing
	err     error
	action  string
	retry   bool
	backlog map[engine.Partition][]string
}

func newBackend() *backend {
	return &backend{Refusing: engine.Refusing{Refuse: func(op string) error { return engine.Unavailable(op) }}}
}

func (b *backend) Partitions() engine.PartitionConfig {
	return engine.PartitionConfig{Flow: 4, Budget: 1, Quota: 1}
}

func (b *backend) CancelExecution(context.Context, engine.ExecutionID, string, engine.CancelSource) (engine.LifecyclePhase, error) {
	return engine.PhaseActive, b.err
}

func (b *backend) ReconcileSiblingCancelGroup(context.Context, engine.SiblingGroup) (string, error) {
	return b.action, nil
}

func (b *backend) Renew(context.Context, engine.Handle) (time.Time, error) { return time.Time{}, b.err }

func (b *backend) Complete(context.Context, engine.Handle, []byte) error { return b.err }

func (b *backend) Cancel(context.Context, engine.Handle, string) error { return b.err }

func (b *backend) Fail(context.Context, engine.Handle, engine.Failure) (engine.FailResult, error) {
	return engine.FailResult{Retry: b.retry}, b.err
}

func (b *backend) Occupied(_ context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	var occupied []engine.IndexRef
	for _, ref := range refs {
		if ref.Name == engine.IndexCancelBacklog && len(b.backlog[ref.Partition]) > 0 {
			occupied = append(occupied, ref)
		}
	}
	return occupied, b.err
}

func (b *backend) IndexMembers(_ context.Context, ref engine.IndexRef, offset, limit int) ([]string, error) {
	members := b.backlog[ref.Partition]
	members = members[min(offset, len(members)):]
	return members[:min(limit, len(members))], nil
}

func TestCancelsOfLosersAreCounted(t *testing.T) {
	m, b := New(), newBackend()
	counted := m.Scanner(b)
	for _, outcome := range []struct {
		reason string
		err    error
	}{
		{siblingSatisfied, nil},
		{siblingSatisfied, engine.FromCode("cancel", "execution_not_active", []string{"success", "", "terminal"})},
		{siblingImpossible, engine.NotFound("cancel", "execution", "x")},
		{siblingImpossible, errors.New("down")},
		{"somebody's wish", nil},
	} {
		b.err = outcome.err
		_, _ = counted.CancelExecution(t.Context(), "", outcome.reason, engine.CancelByOperator)
	}
	for _, b.action = range []string{"sremmed_stale", "completed_drain", "no_op", "no_op", "something new"} {
		_, _ = counted.ReconcileSiblingCancelGroup(t.Context(), engine.SiblingGroup{})
	}
	wantSamples(t, m,
		`ff_sibling_cancel_dispatched_total{otel_scope_name="ff",reason="sibling_quorum_satisfied"} 2`,
		`ff_sibling_cancel_dispatched_total{otel_scope_name="ff",reason="sibling_quorum_impossible"} 2`,
		`ff_sibling_cancel_disposition_total{disposition="cancelled",otel_scope_name="ff"} 1`,
		`ff_sibling_cancel_disposition_total{disposition="already_terminal",otel_scope_name="ff"} 1`,
		`ff_sibling_cancel_disposition_total{disposition="not_found",otel_scope_name="ff"} 1`,
		`ff_sibling_cancel_reconcile_total{action="sremmed_stale",otel_scope_name="ff"} 1`,
		`ff_sibling_cancel_reconcile_total{action="no_op",otel_scope_name="ff"} 2`,
	)
	if strings.Contains(scrape(t, m), "something new") {
		t.Error("an action that is none became a label")
	}
}

func TestTheBacklogCountsTheFlowsOfAllPartitions(t *testing.T) {
	b := newBackend()
	b.backlog = map[engine.Partition][]string{
		{Family: engine.FamilyFlow, Index: 0}: make([]string, 3),
		{Family: engine.FamilyFlow, Index: 2}: make([]string, 2*backlogPage+1),
	}
	depth, err := backlogDepth(t.Context(), b)
	if want := 3 + 2*backlogPage + 1; depth != want || err != nil {
		t.Errorf("counted %d (%v), want %d", depth, err, want)
	}
	m := New()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m.WatchBacklog(ctx, b)
	wantSamples(t, m, `ff_cancel_backlog_depth{otel_scope_name="ff"} 2004`)
	b.err = errors.New("down")
	m.WatchBacklog(ctx, b)
	wantSamples(t, m, `ff_cancel_backlog_depth{otel_scope_name="ff"} 2004`)
}

func TestWhatAWorkerDoesIsCounted(t *testing.T) {
	m, b := New(), newBackend()
	w := m.Worker(b)
	h := engine.Handle{Lane: "gpu"}
	_, _ = w.Renew(t.Context(), h)
	_ = w.Complete(t.Context(), h, nil)
	_ = w.Cancel(t.Context(), h, "")
	_, _ = w.Fail(t.Context(), h, engine.Failure{})
	_, _ = w.Fail(t.Context(), h, engine.Failure{Class: engine.FailureTimeout})
	b.retry = true
	_, _ = w.Fail(t.Context(), h, engine.Failure{})
	b.err = errors.New("down")
	_, _ = w.Renew(t.Context(), h)
	_ = w.Complete(t.Context(), h, nil) // its end was not accepted: nothing ended
	wantSamples(t, m,
		`ff_lease_renewal_total{otel_scope_name="ff",outcome="ok"} 1`,
		`ff_lease_renewal_total{otel_scope_name="ff",outcome="error"} 1`,
		`ff_attempt_outcome_total{lane="gpu",otel_scope_name="ff",outcome="ok"} 1`,
		`ff_attempt_outcome_total{lane="gpu",otel_scope_name="ff",outcome="cancelled"} 1`,
		`ff_attempt_outcome_total{lane="gpu",otel_scope_name="ff",outcome="error"} 1`,
		`ff_attempt_outcome_total{lane="gpu",otel_scope_name="ff",outcome="timeout"} 1`,
		`ff_attempt_outcome_total{lane="gpu",otel_scope_name="ff",outcome="retry"} 1`,
	)
}

func TestLanesThatClientsMakeUpHaveAnEnd(t *testing.T) {
	m := New()
	for i := range 2 * mostLanes {
		m.Claimed(engine.LaneID("lane-"+strconv.Itoa(i)), time.Millisecond)
	}
	m.Claimed("lane-0", time.Millisecond)
	wantSamples(t, m,
		`ff_claim_from_grant_duration_seconds_count{lane="lane-0",otel_scope_name="ff"} 2`,
		`ff_claim_from_grant_duration_seconds_count{lane="OTHER",otel_scope_name="ff"} 500`,
	)
}
