package views

import (
	"math"
	"time"

	"ffboard/theme"
)

// Sparkline draws the latest values as far as width allows, the newest at the right end: nothing is the lowest level, and the highest
// value there is the highest one. NaN, where nothing was measured, is a blank. It shows a course, never an amount: put a number beside it.
func Sparkline(th *theme.Theme, values []float64, width int) theme.Text {
	values = values[max(len(values)-max(width, 0), 0):]
	most := 0.0
	for _, v := range values {
		if v > most { // never for NaN
			most = v
		}
	}
	line := theme.Text(" ").Repeat(width - len(values))
	for _, v := range values {
		line += level(th, v, most)
	}
	return line
}

func level(th *theme.Theme, v, most float64) theme.Text {
	levels := &th.Glyphs.Levels
	switch {
	case math.IsNaN(v):
		return " "
	case v <= 0:
		return levels[0]
	case v >= most: // also where most is infinite
		return levels[len(levels)-1]
	default:
		return levels[1+int(math.Round(v/most*float64(len(levels)-2)))]
	}
}

// mostSamples is how many values a Series keeps.
const mostSamples = 120

// Series is the course of something that is measured now and then: one value for each Step, the mean of what was measured in it. The
// zero Step is a second.
type Series struct {
	Step time.Duration

	values []float64
	last   int64 // number of the last step since the epoch
	n      int   // measured in it
}

// Add takes in a value. What was measured before the last value is of no use any more and left out.
func (s *Series) Add(at time.Time, value float64) {
	now := at.UnixNano() / int64(s.step())
	switch gone := now - s.last; {
	case len(s.values) == 0 || gone > mostSamples:
		s.values, s.n = append(s.values[:0], value), 1
	case gone < 0:
		return
	case gone == 0:
		s.n++
		s.values[len(s.values)-1] += (value - s.values[len(s.values)-1]) / float64(s.n)
		return
	default:
		for range gone - 1 {
			s.values = append(s.values, math.NaN())
		}
		s.values, s.n = append(s.values, value), 1
	}
	s.last = now
	if over := len(s.values) - mostSamples; over > 0 {
		s.values = append(s.values[:0], s.values[over:]...)
	}
}

// Set takes in a value in place of what was measured in its step.
func (s *Series) Set(at time.Time, value float64) {
	s.Add(at, value)
	if len(s.values) > 0 && at.UnixNano()/int64(s.step()) == s.last {
		s.values[len(s.values)-1] = value
	}
}

// Values are those kept, the newest last. Nobody may change them.
func (s *Series) Values() []float64 { return s.values }

// Slope is the change a second over the time before the last value, about; 0 where there is nothing to compare.
func (s *Series) Slope(over time.Duration) float64 {
	steps := min(int(over/s.step()), len(s.values)-1)
	if steps < 1 {
		return 0
	}
	newest, before := s.values[len(s.values)-1], s.values[len(s.values)-1-steps]
	if slope := (newest - before) / (float64(steps) * s.step().Seconds()); !math.IsNaN(slope) {
		return slope
	}
	return 0
}

func (s *Series) step() time.Duration {
	if s.Step <= 0 {
		return time.Second
	}
	return s.Step
}
