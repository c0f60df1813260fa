package scanner

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

	"ffboard/engine"
)

// Backend is what the background engine needs of a backend.
type Backend interface {
	engine.Reconciler
	engine.Sweeper
	engine.Flows
	engine.Operator
	engine.Reader
	engine.Scheduling
	engine.Budgets
	engine.Lister
	engine.Workers
	engine.Subscriber
	engine.EngineRegistry
	engine.Health
}

// Names of the scanners (spec 05 §2).
const (
	LeaseExpiry          = "lease_expiry"
	DelayedPromoter      = "delayed_promoter"
	IndexReconciler      = "index_reconciler"
	AttemptTimeout       = "attempt_timeout"
	SuspensionTimeout    = "suspension_timeout"
	PendingWaitpoints    = "pending_wp_expiry"
	RetentionTrimmer     = "retention_trimmer"
	BudgetReset          = "budget_reset"
	BudgetReconciler     = "budget_reconciler"
	Unblock              = "unblock"
	DependencyReconciler = "dependency_reconciler"
	QuotaReconciler      = "quota_reconciler"
	FlowProjector        = "flow_projector"
	CancelReconciler     = "cancel_reconciler"
	EdgeCancelDispatcher = "edge_cancel_dispatcher"
	EdgeCancelReconciler = "edge_cancel_reconciler"
	ExecutionDeadline    = "execution_deadline"
)

// defaultIntervals are the scanners' intervals (spec 05 §2).
var defaultIntervals = map[string]time.Duration{
	LeaseExpiry:          1500 * time.Millisecond,
	DelayedPromoter:      750 * time.Millisecond,
	IndexReconciler:      45 * time.Second,
	AttemptTimeout:       2 * time.Second,
	SuspensionTimeout:    2 * time.Second,
	PendingWaitpoints:    5 * time.Second,
	RetentionTrimmer:     time.Minute,
	BudgetReset:          15 * time.Second,
	BudgetReconciler:     30 * time.Second,
	Unblock:              5 * time.Second,
	DependencyReconciler: 15 * time.Second,
	QuotaReconciler:      30 * time.Second,
	FlowProjector:        15 * time.Second,
	CancelReconciler:     15 * time.Second,
	EdgeCancelDispatcher: time.Second,
	EdgeCancelReconciler: 10 * time.Second,
	ExecutionDeadline:    5 * time.Second,
}

const minInterval = 100 * time.Millisecond

// What is kept for how long when nobody says; see Config.
const (
	DefaultRetention     = 24 * time.Hour
	DefaultFlowRetention = 7 * 24 * time.Hour
)

// Config says how the background engine works. The zero value is ready.
type Config struct {
	// Name tells engines apart; the host's name with a random ending by default.
	Name string
	// Lanes are looked after besides those that the deployment has registered.
	Lanes []engine.LaneID
	// Intervals changes the intervals of scanners, by name; at least 100 ms.
	Intervals map[string]time.Duration
	// Retention is how long an execution is kept after its end when its policy does not say; 24 h by default.
	Retention time.Duration
	// FlowRetention is how long a flow is kept of which nothing is left; 7 days by default, negative for ever.
	FlowRetention time.Duration
	// Observe is told about every pass of every scanner; calls come from several goroutines.
	Observe func(Pass)
	Logger  *slog.Logger // the default logger by default
}

// Pass is one run of a scanner.
type Pass struct {
	Scanner string
	Report  Report
	Took    time.Duration
	Err     error
}

func (c Config) withDefaults() (Config, error) {
	for name, every := range c.Intervals {
		if defaultIntervals[name] == 0 {
			return c, fmt.Errorf("scanner: there is no scanner %q", name)
		}
		if every < minInterval {
			return c, fmt.Errorf("scanner: the interval %v of %s is below %v", every, name, minInterval)
		}
	}
	for _, lane := range c.Lanes {
		if _, err := engine.ParseLaneID(string(lane)); err != nil {
			return c, fmt.Errorf("scanner: lane %q: %w", lane, err)
		}
	}
	if c.Name == "" {
		host, _ := os.Hostname()
		c.Name = host + "-" + rand.Text()[:8]
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.FlowRetention == 0 {
		c.FlowRetention = DefaultFlowRetention
	}
	if c.Observe == nil {
		c.Observe = func(Pass) {}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With("engine", c.Name)
	return c, nil
}

func (c Config) interval(name string) time.Duration {
	if every, found := c.Intervals[name]; found {
		return every
	}
	return defaultIntervals[name]
}
