package bench

import (
	"slices"
	"time"
)

// Metric is one measured figure.
type Metric struct {
	Name  string
	Value float64
}

// Goal is what a metric should come to, for a scenario's default size; other sizes are not judged.
type Goal struct {
	Metric string
	Bound  float64
	Most   bool // the bound is the most that it may be, otherwise the least
}

func atLeast(bound float64, metric string) Goal { return Goal{Metric: metric, Bound: bound} }

func atMost(bound float64, metric string) Goal { return Goal{Metric: metric, Bound: bound, Most: true} }

// Met tells whether a value reaches the goal.
func (g Goal) Met(value float64) bool {
	if g.Most {
		return value <= g.Bound
	}
	return value >= g.Bound
}

// Summary is one metric over all runs.
type Summary struct {
	Name             string
	Min, Median, Max float64
	Goal             *Goal
	Met              bool // by the median, when there is a goal
}

// summarise puts the runs' figures together, in the order in which they were first noted.
func summarise(runs [][]Metric, goals []Goal) []Summary {
	var names []string
	values := map[string][]float64{}
	for _, run := range runs {
		for _, m := range run {
			if _, known := values[m.Name]; !known {
				names = append(names, m.Name)
			}
			values[m.Name] = append(values[m.Name], m.Value)
		}
	}
	summaries := make([]Summary, len(names))
	for i, name := range names {
		all := values[name]
		slices.Sort(all)
		summaries[i] = Summary{Name: name, Min: all[0], Median: median(all), Max: all[len(all)-1]}
		for _, g := range goals {
			if g.Metric == name {
				summaries[i].Goal, summaries[i].Met = &g, g.Met(summaries[i].Median)
			}
		}
	}
	return summaries
}

// median is that of sorted values.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// quantile is the smallest of sorted spans that so large a part of them does not exceed.
func quantile(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
