package engine

import (
	"maps"
	"slices"
	"time"
)

// Breach is the first dimension, by name, whose usage has reached its hard limit; ok is false when none has. Work under such a budget
// is not admitted (spec 03d §8.4).
func (l BudgetLimits) Breach() (dimension string, used, limit uint64, ok bool) {
	for _, dimension := range slices.Sorted(maps.Keys(l.Hard)) {
		if limit := l.Hard[dimension]; limit > 0 && l.Usage[dimension] >= limit {
			return dimension, l.Usage[dimension], limit, true
		}
	}
	return "", 0, 0, false
}

// LiveAt tells whether a worker can be counted on: it has shown itself within its TTL.
func (w Worker) LiveAt(now time.Time) bool {
	return w.Alive || now.Sub(w.LastHeartbeat) < w.LivenessTTL
}

// AnyCovers tells whether one of the workers that are live has all the capabilities.
func AnyCovers(workers []Worker, required []string, now time.Time) bool {
	return slices.ContainsFunc(workers, func(w Worker) bool {
		return w.LiveAt(now) && len(MissingCapabilities(required, w.Capabilities)) == 0
	})
}
