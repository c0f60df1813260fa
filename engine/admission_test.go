package engine

import (
	"testing"
	"time"
)

func TestABudgetIsBreachedWhenUsageReachesAHardLimit(t *testing.T) {
	for name, c := range map[string]struct {
		limits BudgetLimits
		want   string
	}{
		"nothing limited":                  {BudgetLimits{Usage: map[string]uint64{"tokens": 5}}, ""},
		"below":                            {BudgetLimits{Hard: map[string]uint64{"tokens": 6}, Usage: map[string]uint64{"tokens": 5}}, ""},
		"reached":                          {BudgetLimits{Hard: map[string]uint64{"tokens": 5}, Usage: map[string]uint64{"tokens": 5}}, "tokens"},
		"a limit of 0 is none":             {BudgetLimits{Hard: map[string]uint64{"tokens": 0}, Usage: map[string]uint64{"tokens": 5}}, ""},
		"of several the first by its name": {BudgetLimits{Hard: map[string]uint64{"b": 1, "a": 1}, Usage: map[string]uint64{"a": 1, "b": 1}}, "a"},
	} {
		dimension, used, limit, ok := c.limits.Breach()
		if dimension != c.want || ok != (c.want != "") || ok && used < limit {
			t.Errorf("%s: %q %d/%d %v", name, dimension, used, limit, ok)
		}
	}
}

func TestOneLiveWorkerMustCoverAllThatIsRequired(t *testing.T) {
	now := time.Now()
	live := Worker{Alive: true, Capabilities: []string{"a"}}
	beating := Worker{LastHeartbeat: now.Add(-time.Second), LivenessTTL: time.Minute, Capabilities: []string{"b", "c"}}
	dead := Worker{LastHeartbeat: now.Add(-time.Hour), LivenessTTL: time.Minute, Capabilities: []string{"a", "b", "c"}}
	workers := []Worker{live, beating, dead}
	for name, c := range map[string]struct {
		required []string
		want     bool
	}{
		"nothing":                    {nil, true},
		"an alive key counts":        {[]string{"a"}, true},
		"a heartbeat counts":         {[]string{"c", "b"}, true},
		"two workers are not one":    {[]string{"a", "b"}, false},
		"a dead worker is none":      {[]string{"a", "b", "c"}, false},
		"what nobody has is missing": {[]string{"d"}, false},
	} {
		if got := AnyCovers(workers, c.required, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
