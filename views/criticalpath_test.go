package views

import (
	"slices"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// timed is a flow of members that begin and end at these seconds after the flow did; -1 for never.
func timed(times [][2]int, edges ...[2]int) *engine.FlowDetail {
	d := graphOf(len(times), edges...)
	begin := viewstest.Now.Add(-time.Hour)
	for i, t := range times {
		m := &d.Members[i]
		m.CreatedAt, m.State = begin, engine.StateWaitingChildren
		if t[0] >= 0 {
			m.StartedAt, m.State = begin.Add(time.Duration(t[0])*time.Second), engine.StateActive
		}
		if t[1] >= 0 {
			m.CompletedAt, m.State = begin.Add(time.Duration(t[1])*time.Second), engine.StateCompleted
		}
	}
	return d
}

func TestTheCriticalPath(t *testing.T) {
	for name, c := range map[string]struct {
		detail *engine.FlowDetail
		want   []int
	}{
		"nothing":                          {timed(nil), nil},
		"one":                              {timed([][2]int{{0, 5}}), []int{0}},
		"a chain":                          {timed([][2]int{{0, 5}, {5, 9}, {9, 12}}, [2]int{0, 1}, [2]int{1, 2}), []int{0, 1, 2}},
		"through the slower of two":        {timed([][2]int{{0, 1}, {1, 9}, {1, 4}, {9, 10}}, [2]int{0, 1}, [2]int{0, 2}, [2]int{1, 3}, [2]int{2, 3}), []int{0, 1, 3}},
		"any_of: not through who was late": {timed([][2]int{{0, 3}, {0, 40}, {3, 50}}, [2]int{0, 2}, [2]int{1, 2}), []int{0, 2}},
		"all that it has ended too late":   {timed([][2]int{{0, 30}, {0, 40}, {3, 50}}, [2]int{0, 2}, [2]int{1, 2}), []int{1, 2}},
		"the last to end is not the last in the graph": {timed([][2]int{{0, 2}, {2, 90}, {2, 3}, {3, 4}}, [2]int{0, 1}, [2]int{0, 2}, [2]int{2, 3}), []int{0, 1}},
		"what runs ends now":                           {timed([][2]int{{0, 2}, {2, -1}, {2, 30}}, [2]int{0, 1}, [2]int{0, 2}), []int{0, 1}},
		"what never started is not on it":              {timed([][2]int{{0, 2}, {-1, -1}}, [2]int{0, 1}), []int{0}},
		"a cycle":                                      {timed([][2]int{{0, 5}, {5, 9}}, [2]int{0, 1}, [2]int{1, 0}), []int{0, 1}},
		"an edge to itself":                            {timed([][2]int{{0, 5}}, [2]int{0, 0}), []int{0}},
		"edges from nobody":                            {timed([][2]int{{0, 5}}, [2]int{7, 0}), []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []engine.ExecutionID
			for _, i := range c.want {
				want = append(want, viewstest.ExecutionID(i))
			}
			if got := criticalPath(c.detail.Members, c.detail.Edges, viewstest.Now); !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}
