package views

import (
	"math"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"ffboard/theme"
	"ffboard/views/viewstest"
)

func TestASparklineShowsACourse(t *testing.T) {
	ascii := theme.New("none", theme.Terminal{Profile: termenv.Ascii, ASCII: true})
	for name, c := range map[string]struct {
		values []float64
		width  int
		want   string
		ascii  string
	}{
		"from nothing to the most": {[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, 9, "▁▃▄▄▅▆▇▇█", "_:--=+**#"},
		"nothing":                  {[]float64{0, 0}, 4, "  ▁▁", "  __"},
		"only the latest fit":      {[]float64{9, 9, 0, 3}, 2, "▁█", "_#"},
		"what was not measured":    {[]float64{1, math.NaN(), 1}, 3, "█ █", "# #"},
		"below nothing":            {[]float64{-3, 1}, 2, "▁█", "_#"},
		"no room":                  {[]float64{1}, 0, "", ""},
		"no values":                {nil, 3, "   ", "   "},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(Sparkline(theme.Bare(), c.values, c.width)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if got := string(Sparkline(ascii, c.values, c.width)); got != c.ascii {
				t.Errorf("in ASCII %q, want %q", got, c.ascii)
			}
		})
	}
	for width := range 20 {
		values := []float64{math.Inf(1), math.NaN(), 1e300, math.Inf(-1), 5e-324}
		if got := ansi.StringWidth(string(Sparkline(theme.Bare(), values, width))); got != width {
			t.Errorf("%d wide, want %d", got, width)
		}
	}
}

func TestASeriesKeepsTheMeanOfEachStep(t *testing.T) {
	s := Series{Step: 5 * time.Second}
	at := viewstest.Now.Truncate(5 * time.Second)
	for _, sample := range []struct {
		after time.Duration
		value float64
	}{{0, 1}, {2 * time.Second, 3}, {5 * time.Second, 10}, {4 * time.Second, 99}, {21 * time.Second, 20}} {
		s.Add(at.Add(sample.after), sample.value)
	}
	want := []float64{2, 10, math.NaN(), math.NaN(), 20}
	if len(s.Values()) != len(want) {
		t.Fatalf("values %v", s.Values())
	}
	for i, v := range s.Values() {
		if v != want[i] && !(math.IsNaN(v) && math.IsNaN(want[i])) {
			t.Errorf("values %v, want %v", s.Values(), want)
		}
	}
	if got := s.Slope(20 * time.Second); got != 0.9 {
		t.Errorf("slope %v", got)
	}
	if got := s.Slope(10 * time.Second); got != 0 {
		t.Errorf("slope %v from where nothing was measured", got)
	}
	for i := range 1000 {
		s.Add(at.Add(time.Minute+time.Duration(i)*5*time.Second), float64(i))
	}
	if len(s.Values()) != mostSamples || s.Values()[mostSamples-1] != 999 {
		t.Errorf("%d values, the last %v", len(s.Values()), s.Values()[len(s.Values())-1])
	}
	s.Add(at.Add(24*time.Hour), 7)
	if len(s.Values()) != 1 {
		t.Errorf("after a day %v", s.Values())
	}
}
