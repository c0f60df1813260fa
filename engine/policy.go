package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Limits of an execution whose policy names none (spec 01 §5.1).
const (
	DefaultMaxReclaims = 100
	DefaultMaxReplays  = 10
	DefaultMaxSignals  = 10_000
)

// ExecutionPolicy is the policy stored with an execution (spec 01 §5). Members that are nil, zero or empty are unset: they are left
// out of the JSON, or stand there with their default where the wire always has them. Only some are enforced by anybody; see the
// spec's table.
type ExecutionPolicy struct {
	Priority    int
	DelayUntil  time.Time
	Retry       *RetryPolicy // nil: no retry
	Timeout     *TimeoutPolicy
	MaxReclaims *uint32 // nil: DefaultMaxReclaims
	Suspension  *SuspensionPolicy
	Fallback    *FallbackPolicy
	MaxReplays  *uint32 // nil: DefaultMaxReplays
	BudgetIDs   []BudgetID
	Routing     *RoutingRequirements
	DedupWindow time.Duration
	Stream      *StreamPolicy
	MaxSignals  *uint32 // nil: DefaultMaxSignals
}

// TimeoutPolicy bounds an attempt and the whole execution. 0 means no bound.
type TimeoutPolicy struct {
	Attempt     time.Duration
	Execution   time.Duration
	MaxReclaims *uint32 // never used by anybody; nil: DefaultMaxReclaims
}

// SuspensionPolicy is stored and not interpreted.
type SuspensionPolicy struct {
	DefaultTimeout  time.Duration
	TimeoutBehavior string // "" means fail
}

// FallbackPolicy is stored and not interpreted.
type FallbackPolicy struct {
	Tiers []FallbackTier
}

// FallbackTier is one provider to fall back to.
type FallbackTier struct {
	Provider string
	Model    string
	Timeout  time.Duration
}

// RoutingRequirements says which workers may take the execution. Locality and isolation are stored and not interpreted.
type RoutingRequirements struct {
	Capabilities []string // written sorted, each once
	Locality     string
	Isolation    string
}

// StreamPolicy is about the output streams and, oddly, how long the whole execution is kept.
type StreamPolicy struct {
	Durability      string         // "" means buffered
	RetentionMaxLen *uint64        // frames; nil: 10000
	RetentionTTL    *time.Duration // of the execution after its end; nil: 24 h
}

type policyWire struct {
	Priority               int32           `json:"priority"`
	DelayUntil             *int64          `json:"delay_until,omitempty"`
	RetryPolicy            *RetryPolicy    `json:"retry_policy,omitempty"`
	TimeoutPolicy          *timeoutWire    `json:"timeout_policy,omitempty"`
	MaxReclaimCount        *uint32         `json:"max_reclaim_count"`
	SuspensionPolicy       *suspensionWire `json:"suspension_policy,omitempty"`
	FallbackPolicy         *fallbackWire   `json:"fallback_policy,omitempty"`
	MaxReplayCount         *uint32         `json:"max_replay_count"`
	BudgetIDs              []BudgetID      `json:"budget_ids"`
	RoutingRequirements    *routingWire    `json:"routing_requirements,omitempty"`
	DedupWindowMS          *uint64         `json:"dedup_window_ms,omitempty"`
	StreamPolicy           *streamWire     `json:"stream_policy,omitempty"`
	MaxSignalsPerExecution *uint32         `json:"max_signals_per_execution"`
}

// MarshalJSON writes the wire's form: unset members omitted, never null.
func (p ExecutionPolicy) MarshalJSON() ([]byte, error) {
	w := policyWire{
		Priority:               int32(p.Priority),
		RetryPolicy:            p.Retry,
		TimeoutPolicy:          p.Timeout.wire(),
		MaxReclaimCount:        orDefault(p.MaxReclaims, DefaultMaxReclaims),
		SuspensionPolicy:       p.Suspension.wire(),
		FallbackPolicy:         p.Fallback.wire(),
		MaxReplayCount:         orDefault(p.MaxReplays, DefaultMaxReplays),
		BudgetIDs:              append([]BudgetID{}, p.BudgetIDs...),
		RoutingRequirements:    p.Routing.wire(),
		DedupWindowMS:          optionalMilliseconds(p.DedupWindow),
		StreamPolicy:           p.Stream.wire(),
		MaxSignalsPerExecution: orDefault(p.MaxSignals, DefaultMaxSignals),
	}
	if !p.DelayUntil.IsZero() {
		ms := p.DelayUntil.UnixMilli()
		w.DelayUntil = &ms
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the wire's form. Unknown members are ignored; a member of the wrong type is an error that names it.
func (p *ExecutionPolicy) UnmarshalJSON(data []byte) error {
	var w policyWire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("execution policy: %w", err)
	}
	if w.FallbackPolicy != nil && w.FallbackPolicy.Tiers == nil {
		return errors.New("execution policy: fallback_policy needs tiers")
	}
	*p = ExecutionPolicy{
		Priority:    int(w.Priority),
		Retry:       w.RetryPolicy,
		Timeout:     w.TimeoutPolicy.policy(),
		MaxReclaims: w.MaxReclaimCount,
		Suspension:  w.SuspensionPolicy.policy(),
		Fallback:    w.FallbackPolicy.policy(),
		MaxReplays:  w.MaxReplayCount,
		BudgetIDs:   w.BudgetIDs,
		Routing:     w.RoutingRequirements.policy(),
		DedupWindow: fromOptionalMilliseconds(w.DedupWindowMS),
		Stream:      w.StreamPolicy.policy(),
		MaxSignals:  w.MaxSignalsPerExecution,
	}
	if w.DelayUntil != nil {
		p.DelayUntil = time.UnixMilli(*w.DelayUntil)
	}
	return nil
}

func orDefault[T uint32 | uint64](v *T, otherwise T) *T {
	if v == nil {
		return &otherwise
	}
	return v
}
