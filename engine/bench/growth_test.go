package bench

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTheExponentIsThatOfTheCurveBehindTheCosts(t *testing.T) {
	sizes := []int{1000, 10_000, 100_000}
	for _, c := range []struct {
		name string
		cost []float64
		want float64
	}{
		{"costs stay", []float64{7, 7, 7}, 0},
		{"costs grow in proportion", []float64{3, 30, 300}, 1},
		{"costs grow with the root", []float64{1, math.Sqrt(10), 10}, 0.5},
		{"costs fall", []float64{100, 10, 1}, -1},
		{"one size is off", []float64{10, 20, 10}, 0},
	} {
		if got := exponent(sizes, c.cost); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAGrowthThatCannotBeMeasuredIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	for _, c := range []struct {
		plan GrowthPlan
		want string // "": it can
	}{
		{GrowthPlan{Sizes: []int{1000, 10_000}, Operations: 100, Runs: 3}, ""},
		{GrowthPlan{Sizes: []int{1000}, Operations: 100, Runs: 3}, "two sizes"},
		{GrowthPlan{Sizes: []int{2000, 1000}, Operations: 10, Runs: 1}, "rise"},
		{GrowthPlan{Sizes: []int{1000, 1000}, Operations: 10, Runs: 1}, "rise"},
		{GrowthPlan{Sizes: []int{100, 1000}, Operations: 100, Runs: 1}, "too small"},
		{GrowthPlan{Sizes: []int{1000, 1100}, Operations: 100, Runs: 1}, "too near"},
		{GrowthPlan{Sizes: []int{1000, 2000}, Operations: 0, Runs: 1}, "once at least"},
		{GrowthPlan{Sizes: []int{1000, 2000}, Operations: 1, Runs: 0}, "once at least"},
	} {
		err := c.plan.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.plan, err, c.want)
		}
	}
}

func TestAReasonIsGivenOnlyForWhatGrows(t *testing.T) {
	g := growing{plan: GrowthPlan{Sizes: []int{10, 100}}, costs: map[string]*GrowingCost{}}
	for _, c := range []struct {
		name string
		at   []float64
	}{{"stays", []float64{5, 5}}, {"grows", []float64{5, 50}}, {"is not told", []float64{0, 0}}} {
		row := g.costs[g.cost(growthOperation{name: c.name, because: "it has to"}, sentEach)]
		row.At = c.at
	}
	got := g.exponents()
	if len(got) != 2 || !got[0].Within || got[0].Because != "" || got[1].Within || got[1].Because == "" {
		t.Fatalf("%+v", got)
	}
	var out strings.Builder
	if err := WriteGrowthTable(&out, Growth{Sizes: []int{10, 100}, Operations: 1, Runs: 1, Costs: got}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	missed := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "grows ") })
	if missed < 0 || strings.Join(strings.Fields(lines[missed]), " ") != "grows commands 5 50 1.00 missed" || !slices.Contains(lines, "grows: it has to") {
		t.Errorf("\n%s", out.String())
	}
}
