package engine

import "slices"

type timeoutWire struct {
	AttemptTimeoutMS    *uint64 `json:"attempt_timeout_ms,omitempty"`
	ExecutionDeadlineMS *uint64 `json:"execution_deadline_ms,omitempty"`
	MaxReclaimCount     *uint32 `json:"max_reclaim_count"`
}

func (p *TimeoutPolicy) wire() *timeoutWire {
	if p == nil {
		return nil
	}
	return &timeoutWire{
		AttemptTimeoutMS:    optionalMilliseconds(p.Attempt),
		ExecutionDeadlineMS: optionalMilliseconds(p.Execution),
		MaxReclaimCount:     orDefault(p.MaxReclaims, DefaultMaxReclaims),
	}
}

func (w *timeoutWire) policy() *TimeoutPolicy {
	if w == nil {
		return nil
	}
	return &TimeoutPolicy{
		Attempt:     fromOptionalMilliseconds(w.AttemptTimeoutMS),
		Execution:   fromOptionalMilliseconds(w.ExecutionDeadlineMS),
		MaxReclaims: w.MaxReclaimCount,
	}
}

type suspensionWire struct {
	DefaultTimeoutMS *uint64 `json:"default_timeout_ms,omitempty"`
	TimeoutBehavior  string  `json:"timeout_behavior"`
}

func (p *SuspensionPolicy) wire() *suspensionWire {
	if p == nil {
		return nil
	}
	w := &suspensionWire{DefaultTimeoutMS: optionalMilliseconds(p.DefaultTimeout), TimeoutBehavior: p.TimeoutBehavior}
	if w.TimeoutBehavior == "" {
		w.TimeoutBehavior = TimeoutFail
	}
	return w
}

func (w *suspensionWire) policy() *SuspensionPolicy {
	if w == nil {
		return nil
	}
	return &SuspensionPolicy{DefaultTimeout: fromOptionalMilliseconds(w.DefaultTimeoutMS), TimeoutBehavior: w.TimeoutBehavior}
}

type fallbackWire struct {
	Tiers []tierWire `json:"tiers"`
}

type tierWire struct {
	Provider  string  `json:"provider"`
	Model     string  `json:"model"`
	TimeoutMS *uint64 `json:"timeout_ms,omitempty"`
}

func (p *FallbackPolicy) wire() *fallbackWire {
	if p == nil {
		return nil
	}
	w := &fallbackWire{Tiers: make([]tierWire, len(p.Tiers))}
	for i, t := range p.Tiers {
		w.Tiers[i] = tierWire{t.Provider, t.Model, optionalMilliseconds(t.Timeout)}
	}
	return w
}

func (w *fallbackWire) policy() *FallbackPolicy {
	if w == nil {
		return nil
	}
	p := &FallbackPolicy{Tiers: make([]FallbackTier, len(w.Tiers))}
	for i, t := range w.Tiers {
		p.Tiers[i] = FallbackTier{t.Provider, t.Model, fromOptionalMilliseconds(t.TimeoutMS)}
	}
	return p
}

type routingWire struct {
	RequiredCapabilities []string `json:"required_capabilities"`
	PreferredLocality    string   `json:"preferred_locality,omitempty"`
	IsolationLevel       string   `json:"isolation_level,omitempty"`
}

func (r *RoutingRequirements) wire() *routingWire {
	if r == nil {
		return nil
	}
	required := append([]string{}, r.Capabilities...)
	slices.Sort(required)
	return &routingWire{slices.Compact(required), r.Locality, r.Isolation}
}

func (w *routingWire) policy() *RoutingRequirements {
	if w == nil {
		return nil
	}
	return &RoutingRequirements{w.RequiredCapabilities, w.PreferredLocality, w.IsolationLevel}
}

const (
	defaultDurability      = "buffered"
	defaultRetentionMaxLen = 10_000
)

type streamWire struct {
	DurabilityMode  string  `json:"durability_mode"`
	RetentionMaxLen *uint64 `json:"retention_maxlen"`
	RetentionTTLMS  *uint64 `json:"retention_ttl_ms,omitempty"`
}

func (p *StreamPolicy) wire() *streamWire {
	if p == nil {
		return nil
	}
	w := &streamWire{
		DurabilityMode:  p.Durability,
		RetentionMaxLen: orDefault(p.RetentionMaxLen, defaultRetentionMaxLen),
	}
	if w.DurabilityMode == "" {
		w.DurabilityMode = defaultDurability
	}
	if p.RetentionTTL != nil {
		ms := toMilliseconds(*p.RetentionTTL)
		w.RetentionTTLMS = &ms
	}
	return w
}

func (w *streamWire) policy() *StreamPolicy {
	if w == nil {
		return nil
	}
	p := &StreamPolicy{Durability: w.DurabilityMode, RetentionMaxLen: w.RetentionMaxLen}
	if w.RetentionTTLMS != nil {
		ttl := fromMilliseconds(*w.RetentionTTLMS)
		p.RetentionTTL = &ttl
	}
	return p
}
