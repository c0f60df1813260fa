package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/httpapi"
	"ffboard/engine/scheduler"
)

const (
	execution = engine.ExecutionID("{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10")
	path      = "/v1/executions/%7Bfp:7%7D:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"
	other     = engine.ExecutionID("{fp:7}:9b1c0d2e-0000-4000-8000-000000000001")
	flow      = engine.FlowID("7f1d2c3b-1a2b-4c3d-8e4f-5a6b7c8d9e0f")
	edge      = engine.EdgeID("0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e")
	budget    = engine.BudgetID("6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10")
	waitpoint = engine.WaitpointID("3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e")
	lease     = "4f0c1d52-0c1e-4a53-9a55-0d7a2f7b9c11"
)

func at(ms int64) time.Time { return time.UnixMilli(ms) }

// backend answers with what a test puts into it and keeps what it was asked. What it does not answer it refuses as unavailable.
type backend struct {
	engine.Refusing
	err error // of every call that is not a read of its own

	asked       any // the last request
	execution   *engine.Execution
	state       engine.PublicState
	result      []byte
	members     []engine.ExecutionID // of all_executions
	core        []map[string]string  // one for each read
	revoked     bool
	created     engine.Created
	isNew       bool
	count       int
	revision    uint64
	cancelled   engine.CancelledFlow
	cancel      func(ctx context.Context, id engine.ExecutionID) error
	signal      engine.SignalOutcome
	token       engine.WaitpointToken
	waitpoints  []engine.Waitpoint
	page        engine.StreamPage
	tail        func(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error)
	grant       *engine.Grant
	reason      string
	budget      *engine.BudgetStatus
	usage       engine.UsageResult
	resetAt     time.Time
	rotation    []engine.RotationResult
	rotate      func(ctx context.Context)
	readRequest func() // called by DescribeExecution
}

func newBackend() *backend {
	return &backend{Refusing: engine.Refusing{Refuse: func(op string) error { return engine.Unavailable(op) }}}
}

func (b *backend) Partitions() engine.PartitionConfig { return engine.DefaultPartitionConfig }

func (b *backend) Ping(context.Context) error { return b.err }

func (b *backend) DescribeExecution(context.Context, engine.ExecutionID) (*engine.Execution, error) {
	if b.readRequest != nil {
		b.readRequest()
	}
	return b.execution, b.err
}

func (b *backend) ReadExecutionState(context.Context, engine.ExecutionID) (engine.PublicState, error) {
	return b.state, b.err
}

func (b *backend) ExecutionResult(context.Context, engine.ExecutionID) ([]byte, error) {
	return b.result, b.err
}

func (b *backend) ReadCoreFields(context.Context, engine.ExecutionID, ...string) (map[string]string, error) {
	next := b.core[0]
	b.core = b.core[1:]
	return next, nil
}

// ListExecutions lists members, which are in order.
func (b *backend) ListExecutions(_ context.Context, _ engine.Partition, after engine.ExecutionID, limit int) (engine.Page[engine.ExecutionID, engine.ExecutionID], error) {
	var page engine.Page[engine.ExecutionID, engine.ExecutionID]
	for _, id := range b.members {
		if id <= after {
			continue
		}
		if len(page.Items) == limit {
			page.Next = page.Items[limit-1]
			break
		}
		page.Items = append(page.Items, id)
	}
	return page, b.err
}

func (b *backend) ListPendingWaitpoints(_ context.Context, _ engine.ExecutionID, _ engine.WaitpointID, limit int) (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
	b.asked = limit
	return engine.Page[engine.Waitpoint, engine.WaitpointID]{Items: b.waitpoints}, b.err
}

func (b *backend) CreateExecution(_ context.Context, req engine.CreateExecution) (engine.Created, error) {
	b.asked = req
	return b.created, b.err
}

type cancelRequest struct {
	id     engine.ExecutionID
	reason string
	source engine.CancelSource
}

func (b *backend) CancelExecution(ctx context.Context, id engine.ExecutionID, reason string, source engine.CancelSource) (engine.LifecyclePhase, error) {
	if b.cancel != nil {
		return engine.PhaseActive, b.cancel(ctx, id)
	}
	b.asked = cancelRequest{id, reason, source}
	return engine.PhaseActive, b.err
}

func (b *backend) AckCancelMember(context.Context, engine.FlowID, engine.ExecutionID) error {
	return nil
}

func (b *backend) Cancel(_ context.Context, h engine.Handle, _ string) error {
	b.asked = h
	return b.err
}

func (b *backend) ChangePriority(_ context.Context, _ engine.ExecutionID, priority int) error {
	b.asked = priority
	return b.err
}

func (b *backend) ReplayExecution(context.Context, engine.ExecutionID) (engine.PublicState, error) {
	return b.state, b.err
}

func (b *backend) RevokeLease(_ context.Context, _ engine.ExecutionID, expected engine.LeaseID, reason string) (bool, error) {
	b.asked = string(expected) + " " + reason
	return b.revoked, b.err
}

func (b *backend) CreateFlow(_ context.Context, req engine.CreateFlow) (bool, error) {
	b.asked = req
	return b.isNew, b.err
}

func (b *backend) AddExecutionToFlow(context.Context, engine.FlowID, engine.ExecutionID) (int, bool, error) {
	return b.count, b.isNew, b.err
}

func (b *backend) CancelFlow(_ context.Context, req engine.CancelFlow) (engine.CancelledFlow, error) {
	b.asked = req
	return b.cancelled, b.err
}

func (b *backend) StageDependencyEdge(_ context.Context, req engine.StageEdge) (uint64, error) {
	b.asked = req
	return b.revision, b.err
}

func (b *backend) ApplyDependencyToChild(_ context.Context, req engine.ApplyEdge) (int, bool, error) {
	b.asked = req
	return b.count, b.isNew, b.err
}

func (b *backend) DeliverSignal(_ context.Context, s engine.Signal) (engine.SignalOutcome, error) {
	b.asked = s
	return b.signal, b.err
}

func (b *backend) ReadWaitpointToken(context.Context, engine.ExecutionID, engine.WaitpointID) (engine.WaitpointToken, error) {
	return b.token, b.err
}

func (b *backend) ReadStream(context.Context, engine.ExecutionID, uint32, string, string, int) (engine.StreamPage, error) {
	return b.page, b.err
}

func (b *backend) TailStream(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	if b.tail != nil {
		return b.tail(ctx, q)
	}
	b.asked = q
	return b.page, b.err
}

func (b *backend) IssueReclaimGrant(_ context.Context, req engine.IssueGrant) (*engine.Grant, string, error) {
	b.asked = req
	return b.grant, b.reason, b.err
}

func (b *backend) ClaimForWorker(_ context.Context, req scheduler.Request) (*engine.Grant, error) {
	b.asked = req
	return b.grant, b.err
}

func (b *backend) CreateBudget(_ context.Context, req engine.CreateBudget) (bool, error) {
	b.asked = req
	return b.isNew, b.err
}

func (b *backend) BudgetStatus(context.Context, engine.BudgetID) (*engine.BudgetStatus, error) {
	return b.budget, b.err
}

func (b *backend) ReportUsage(_ context.Context, u engine.Usage) (engine.UsageResult, error) {
	b.asked = u
	return b.usage, b.err
}

func (b *backend) ResetBudget(context.Context, engine.BudgetID) (time.Time, error) {
	return b.resetAt, b.err
}

func (b *backend) CreateQuotaPolicy(_ context.Context, p engine.QuotaPolicy) (bool, error) {
	b.asked = p
	return b.isNew, b.err
}

func (b *backend) RotateSecrets(ctx context.Context, _, _ string, grace time.Duration) ([]engine.RotationResult, error) {
	b.asked = grace
	if b.rotate != nil {
		b.rotate(ctx)
	}
	return b.rotation, b.err
}

// newAPI serves a backend, with the changes that a test makes to the configuration.
func newAPI(t testing.TB, b *backend, change ...func(*httpapi.Config)) *httpapi.API {
	t.Helper()
	cfg := httpapi.Config{Backend: b, Scheduler: b, RotationGrace: time.Hour, Logger: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	api, err := httpapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close(t.Context()) })
	return api
}

// ask makes one request; a body makes it JSON.
func ask(api http.Handler, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if body != "" {
		r = httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}

func bodyOf(w *httptest.ResponseRecorder) string {
	text, _ := io.ReadAll(w.Result().Body)
	return string(text)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func quoteJSON(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
