package engine

import "time"

// Priorities run from 0 to MaxPriority; the larger goes first.
const MaxPriority = 9000

// priorityStep is how many milliseconds of waiting one step of priority outweighs in the eligible score: about 31 years.
const priorityStep = 1_000_000_000_000

// ClampPriority is what the engine stores for a requested priority (spec 01 §4.5).
func ClampPriority(p int) int { return min(max(p, 0), MaxPriority) }

// EligibleScore orders a lane's eligible executions, lowest first (spec 01 §4.5). created is the record's created_at, which never
// changes: a retry or a resume keeps the place in the line. Exact in a float64.
func EligibleScore(created time.Time, priority int) int64 {
	return created.UnixMilli() - int64(priority)*priorityStep
}
