package bench

import (
	"testing"
	"time"
)

func TestTheMedianDecidesWhetherAGoalIsReached(t *testing.T) {
	runs := [][]Metric{{{"rate", 100}, {"wait", 9}}, {{"rate", 300}, {"wait", 1}}, {{"rate", 200}, {"wait", 2}}}
	got := summarise(runs, []Goal{atLeast(150, "rate"), atMost(1.5, "wait")})
	if len(got) != 2 || got[0].Name != "rate" || got[0].Min != 100 || got[0].Median != 200 || got[0].Max != 300 || !got[0].Met {
		t.Errorf("%+v", got)
	}
	if got[1].Median != 2 || got[1].Met {
		t.Errorf("%+v", got[1])
	}
	if (Result{Metrics: got}).Met() {
		t.Error("a missed goal is not noticed")
	}
}

func TestAnEvenNumberOfRunsHasTheMiddleOfTwo(t *testing.T) {
	if m := median([]float64{1, 2, 4, 9}); m != 3 {
		t.Error(m)
	}
}

func TestAQuantileIsOneOfTheSpans(t *testing.T) {
	var spans []time.Duration
	for i := range 100 {
		spans = append(spans, time.Duration(i+1))
	}
	for part, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := quantile(spans, part); got != want {
			t.Errorf("%v: %d, want %d", part, got, want)
		}
	}
	if quantile(nil, 0.5) != 0 {
		t.Error("nothing was measured")
	}
}

func TestASizeTakesWhatIsAskedForAndKeepsTheRest(t *testing.T) {
	got := Size{Executions: 10, Workers: 4}.or(Size{Executions: 3})
	if got != (Size{Executions: 3, Workers: 4}) {
		t.Errorf("%+v", got)
	}
}

func TestUsageIsCountedFromAReading(t *testing.T) {
	before := Usage{Commands: 2, Trips: 1, CPU: time.Second, Calls: map[string]Calls{"fcall": {N: 1, Took: 5}, "info": {N: 1}}}
	after := Usage{Commands: 12, Trips: 4, CPU: 3 * time.Second, Calls: map[string]Calls{"fcall": {N: 4, Took: 20}, "info": {N: 1}}}
	got := after.Since(before)
	if got.Commands != 10 || got.Trips != 3 || got.CPU != 2*time.Second || len(got.Calls) != 1 || got.Calls["fcall"] != (Calls{N: 3, Took: 15}) {
		t.Errorf("%+v", got)
	}
}
