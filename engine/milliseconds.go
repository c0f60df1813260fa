package engine

import (
	"math"
	"time"
)

const mostMilliseconds = math.MaxInt64 / int64(time.Millisecond)

// fromMilliseconds is the wire's unsigned number of milliseconds as a duration. One that a duration cannot hold (292 years) becomes
// the longest that it can.
func fromMilliseconds(ms uint64) time.Duration {
	return time.Duration(min(ms, uint64(mostMilliseconds))) * time.Millisecond
}

// toMilliseconds drops what is less than a millisecond; a negative duration is 0.
func toMilliseconds(d time.Duration) uint64 {
	return uint64(max(d.Milliseconds(), 0))
}

// optionalMilliseconds is nil for 0.
func optionalMilliseconds(d time.Duration) *uint64 {
	if d == 0 {
		return nil
	}
	ms := toMilliseconds(d)
	return &ms
}

func fromOptionalMilliseconds(ms *uint64) time.Duration {
	if ms == nil {
		return 0
	}
	return fromMilliseconds(*ms)
}
