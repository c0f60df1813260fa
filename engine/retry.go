package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// RetryPolicy says how often and when a failed attempt is followed by another (spec 01 §5.2).
type RetryPolicy struct {
	MaxRetries uint32
	Backoff    Backoff  // zero: the default
	Categories []string // failure categories that are retried; none means all. The library ignores them, this engine's client does not
}

// BackoffKind tags a Backoff.
type BackoffKind string

const (
	BackoffFixed       BackoffKind = "fixed"
	BackoffExponential BackoffKind = "exponential"
)

// Backoff is how long to wait before a retry (spec 01 §5.3). Which fields count depends on Kind; the zero value is DefaultBackoff.
type Backoff struct {
	Kind         BackoffKind
	Fixed        time.Duration // fixed
	Initial, Max time.Duration // exponential
	Multiplier   float64       // exponential
	Jitter       bool          // exponential; ignored by the library, done by this engine's client
}

// DefaultBackoff is the backoff of a policy that names none.
var DefaultBackoff = Backoff{Kind: BackoffExponential, Initial: time.Second, Max: time.Minute, Multiplier: 2}

const defaultMaxRetries = 3

// Delay is how long to wait after the retries done so far, in whole milliseconds (spec 01 §4.6). An unknown kind waits one second.
func (b Backoff) Delay(retries int) time.Duration {
	if b == (Backoff{}) {
		b = DefaultBackoff
	}
	switch b.Kind {
	case BackoffFixed:
		return b.Fixed.Truncate(time.Millisecond)
	case BackoffExponential:
		ms := float64(b.Initial.Milliseconds()) * math.Pow(b.Multiplier, float64(retries))
		if !(ms > 0) { // not a number either: nothing, multiplied without end
			return 0
		}
		return fromMilliseconds(uint64(min(ms, float64(b.Max.Milliseconds()))))
	default:
		return time.Second
	}
}

type retryWire struct {
	MaxRetries          *uint32  `json:"max_retries"`
	Backoff             *Backoff `json:"backoff"`
	RetryableCategories []string `json:"retryable_categories"`
}

// MarshalJSON writes all three members.
func (p RetryPolicy) MarshalJSON() ([]byte, error) {
	return json.Marshal(retryWire{&p.MaxRetries, &p.Backoff, append([]string{}, p.Categories...)})
}

// UnmarshalJSON gives missing members their defaults: 3 retries, DefaultBackoff, all categories.
func (p *RetryPolicy) UnmarshalJSON(data []byte) error {
	var w retryWire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("retry policy: %w", err)
	}
	*p = RetryPolicy{MaxRetries: *orDefault(w.MaxRetries, defaultMaxRetries), Backoff: DefaultBackoff, Categories: w.RetryableCategories}
	if w.Backoff != nil {
		p.Backoff = *w.Backoff
	}
	return nil
}

type fixedWire struct {
	Type    BackoffKind `json:"type"`
	DelayMS *uint64     `json:"delay_ms"`
}

type exponentialWire struct {
	Type           BackoffKind `json:"type"`
	InitialDelayMS *uint64     `json:"initial_delay_ms"`
	MaxDelayMS     *uint64     `json:"max_delay_ms"`
	Multiplier     *float64    `json:"multiplier"`
	Jitter         bool        `json:"jitter"`
}

// MarshalJSON writes the form tagged by "type".
func (b Backoff) MarshalJSON() ([]byte, error) {
	if b == (Backoff{}) {
		b = DefaultBackoff
	}
	switch b.Kind {
	case BackoffFixed:
		delay := toMilliseconds(b.Fixed)
		return json.Marshal(fixedWire{b.Kind, &delay})
	case BackoffExponential:
		initial, most := toMilliseconds(b.Initial), toMilliseconds(b.Max)
		return json.Marshal(exponentialWire{b.Kind, &initial, &most, &b.Multiplier, b.Jitter})
	default:
		return nil, fmt.Errorf("backoff: unknown type %q", b.Kind)
	}
}

// UnmarshalJSON needs every member but jitter.
func (b *Backoff) UnmarshalJSON(data []byte) error {
	var w struct {
		exponentialWire
		DelayMS *uint64 `json:"delay_ms"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("backoff: %w", err)
	}
	switch {
	case w.Type == BackoffFixed && w.DelayMS == nil:
		return errors.New("backoff: fixed needs delay_ms")
	case w.Type == BackoffFixed:
		*b = Backoff{Kind: w.Type, Fixed: fromMilliseconds(*w.DelayMS)}
	case w.Type != BackoffExponential:
		return fmt.Errorf("backoff: unknown type %q", w.Type)
	case w.InitialDelayMS == nil || w.MaxDelayMS == nil || w.Multiplier == nil:
		return errors.New("backoff: exponential needs initial_delay_ms, max_delay_ms and multiplier")
	default:
		*b = Backoff{
			Kind:       w.Type,
			Initial:    fromMilliseconds(*w.InitialDelayMS),
			Max:        fromMilliseconds(*w.MaxDelayMS),
			Multiplier: *w.Multiplier,
			Jitter:     w.Jitter,
		}
	}
	return nil
}
