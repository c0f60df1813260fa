// Package metrics keeps the measurements of an engine under FlowFabric's names (spec 06 §7) and shows them to Prometheus.
//
// What happens inside of a request, a pass of a scanner or a claim is reported by a call. What happens in calls of the backend is
// counted by wrapping it: Scanner and Worker return the backend that they are given, with an eye on it. Latencies have bounds from a
// millisecond to a minute: FlowFabric's begin at five seconds, so that nothing can be told from them.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"ffboard/engine"
)

// bounds of the latency histograms, in seconds.
var bounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// scope is on every sample, as FlowFabric's exporter puts it there.
var scope = prometheus.Labels{"otel_scope_name": "ff"}

// Metrics are the measurements of one process. Make them with New.
type Metrics struct {
	registry *prometheus.Registry

	requests       *prometheus.CounterVec   // method, path, status
	requestSeconds *prometheus.HistogramVec // method, path, status

	cycles        *prometheus.CounterVec   // scanner
	cycleSeconds  *prometheus.HistogramVec // scanner
	cancelBacklog prometheus.Gauge

	claimSeconds *prometheus.HistogramVec // lane
	budgetHits   *prometheus.CounterVec   // dimension
	quotaHits    *prometheus.CounterVec   // reason

	siblingDispatched  *prometheus.CounterVec // reason
	siblingDisposition *prometheus.CounterVec // disposition
	siblingReconciled  *prometheus.CounterVec // action

	renewals *prometheus.CounterVec // outcome
	attempts *prometheus.CounterVec // lane, outcome

	shutdownTimeouts prometheus.Counter

	lanes laneLabels
}

// New makes an empty set.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	r := prometheus.WrapRegistererWith(scope, m.registry)
	m.requests = counter(r, "ff_http_requests_total", "Requests answered.", "method", "path", "status")
	m.requestSeconds = histogram(r, "ff_http_request_duration_seconds", "Time to answer a request.", "method", "path", "status")
	m.cycles = counter(r, "ff_scanner_cycle_total", "Passes of a scanner that ended.", "scanner")
	m.cycleSeconds = histogram(r, "ff_scanner_cycle_duration_seconds", "Time that a pass of a scanner took.", "scanner")
	m.cancelBacklog = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "ff_cancel_backlog_depth", Help: "Cancelled flows with members that are still owed a cancel.",
	})
	m.claimSeconds = histogram(r, "ff_claim_from_grant_duration_seconds", "Time of a claim, whatever its result.", "lane")
	m.budgetHits = counter(r, "ff_budget_hit_total", "Candidates rejected by a hard budget limit.", "dimension")
	m.quotaHits = counter(r, "ff_quota_hit_total", "Candidates rejected by a quota.", "reason")
	m.siblingDispatched = counter(r, "ff_sibling_cancel_dispatched_total", "Cancels sent to losers of an edge group.", "reason")
	m.siblingDisposition = counter(r, "ff_sibling_cancel_disposition_total", "What became of those cancels.", "disposition")
	m.siblingReconciled = counter(r, "ff_sibling_cancel_reconcile_total", "Edge groups looked at after an interruption.", "action")
	m.renewals = counter(r, "ff_lease_renewal_total", "Lease renewals.", "outcome")
	m.attempts = counter(r, "ff_attempt_outcome_total", "Attempts ended by a worker.", "lane", "outcome")
	m.shutdownTimeouts = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "ff_shutdown_timeout_total", Help: "Shutdowns in which stream calls did not end in time.",
	})
	r.MustRegister(m.cancelBacklog, m.shutdownTimeouts)
	return m
}

func counter(r prometheus.Registerer, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

func histogram(r prometheus.Registerer, name, help string, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, labels)
	r.MustRegister(h)
	return h
}

// exposition is the one form that is offered (spec 06 §6.2).
var exposition = expfmt.NewFormat(expfmt.TypeTextPlain)

// ServeHTTP shows all measurements as Prometheus reads them.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	families, err := m.registry.Gather()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(exposition))
	encoder := expfmt.NewEncoder(w, exposition)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return // the client has gone
		}
	}
}

// Request counts a request. path is the template of its route: what a client made up would have no end of labels.
func (m *Metrics) Request(method, path string, status int, took time.Duration) {
	labels := []string{methodLabel(method), path, statusLabel(status)}
	m.requests.WithLabelValues(labels...).Inc()
	m.requestSeconds.WithLabelValues(labels...).Observe(took.Seconds())
}

// Claimed measures one call of a scheduler.
func (m *Metrics) Claimed(lane engine.LaneID, took time.Duration) {
	m.claimSeconds.WithLabelValues(m.lanes.label(string(lane))).Observe(took.Seconds())
}

// BudgetHit counts a candidate that a hard limit held back.
func (m *Metrics) BudgetHit(dimension string) { m.budgetHits.WithLabelValues(dimension).Inc() }

// QuotaHit counts a candidate that a quota held back; reason is rate or concurrency.
func (m *Metrics) QuotaHit(reason string) { m.quotaHits.WithLabelValues(reason).Inc() }

// ShutdownTimedOut counts a shutdown in which stream calls did not end in time.
func (m *Metrics) ShutdownTimedOut() { m.shutdownTimeouts.Inc() }
