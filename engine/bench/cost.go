package bench

import (
	"cmp"
	"maps"
	"slices"
)

// CommandCost is what one command cost the server in a measured part. Functions' own time includes that of the commands that they call.
type CommandCost struct {
	Command    string
	Calls      int64
	TotalUS    int64
	MeanMicros float64
}

func costs(u Usage) []CommandCost {
	var list []CommandCost
	for _, name := range slices.Sorted(maps.Keys(u.Calls)) {
		c := u.Calls[name]
		list = append(list, CommandCost{
			Command: name, Calls: c.N, TotalUS: c.Took.Microseconds(), MeanMicros: microseconds(c.Took) / float64(c.N),
		})
	}
	slices.SortStableFunc(list, func(a, b CommandCost) int { return cmp.Compare(b.TotalUS, a.TotalUS) })
	return list
}
