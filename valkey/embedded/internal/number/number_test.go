package number

import (
	"math"
	"strconv"
	"testing"
)

func TestLuaPrintsFourteenDigits(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	for want, f := range map[string]float64{
		"1e+15": 1e15, "1e+14": 1e14, "99999999999999": 99999999999999, "1.2345678901235e+17": 123456789012345678,
		"0.1": 0.1, "0.33333333333333": 1.0 / 3, "-1e-07": -1e-7, "123456.789": 123456.789, "1795485088272": 1795485088272,
		"inf": math.Inf(1), "-inf": math.Inf(-1), "nan": math.NaN(), "-nan": math.Copysign(math.NaN(), -1), "0": 0, "-0": negativeZero, "-5": -5,
	} {
		if got := Lua(f); got != want {
			t.Errorf("Lua(%v) = %q, want %q", f, got, want)
		}
	}
}

func TestShortestPrintsAsScoresArePrinted(t *testing.T) {
	for want, f := range map[string]float64{
		"1000000000000000": 1e15, "9007199254740992": 1 << 53, "0.1": 0.1, "1e+100": 1e100, "12345678901234567000": 12345678901234567890,
		"1.5": 1.5, "-1.5": -1.5, "-inf": math.Inf(-1), "inf": math.Inf(1), "0": 0, "-0": math.Copysign(0, -1),
		"1e-7": 1e-7, "0.000001": 1e-6, "-9998204514911728": -9998204514911728, "1.7976931348623157e+308": math.MaxFloat64, "5e-324": 5e-324,
	} {
		if got := Shortest(f); got != want {
			t.Errorf("Shortest(%g) = %q, want %q", f, got, want)
		}
	}
}

func TestPrefixReadsWhatStrtodReads(t *testing.T) {
	cases := []struct {
		text  string
		value float64
		taken int
	}{
		{"12", 12, 2}, {" \t12x", 12, 4}, {"1e5", 1e5, 3}, {"1e", 1, 1}, {"1e+", 1, 1}, {".5", .5, 2}, {"5.", 5, 2}, {".", 0, 0}, {"", 0, 0}, {"x", 0, 0},
		{"0x10", 16, 4}, {"0x", 0, 1}, {"0x1p4", 16, 5}, {"-0x8", -8, 4}, {"+7", 7, 2}, {"inf", math.Inf(1), 3}, {"-Infinity!", math.Inf(-1), 9},
		{"1e400", math.Inf(1), 5}, {"1_000", 1, 1}, {"010", 10, 3}, {"1.2.3", 1.2, 3}, {"--1", 0, 0},
	}
	for _, c := range cases {
		if value, taken := Prefix(c.text); value != c.value || taken != c.taken {
			t.Errorf("Prefix(%q) = %v, %d; want %v, %d", c.text, value, taken, c.value, c.taken)
		}
	}
	if value, taken := Prefix("-nan"); !math.IsNaN(value) || !math.Signbit(value) || taken != 4 {
		t.Errorf("Prefix(-nan) = %v, %d", value, taken)
	}
}

func FuzzPrefixStaysInsideTheText(f *testing.F) {
	for _, seed := range []string{"1e5x", "0x1.8p-3", " -inf", "nan", "..", "1e+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, taken := Prefix(text)
		if taken < 0 || taken > len(text) {
			t.Fatalf("took %d of %d bytes", taken, len(text))
		}
		if again, n := Prefix(text[:taken]); taken > 0 && (n != taken || again != value && !math.IsNaN(value)) {
			t.Fatalf("%q reads as %v/%d alone, %v/%d in %q", text[:taken], again, n, value, taken, text)
		}
	})
}

func FuzzShortestReadsBack(f *testing.F) {
	for _, seed := range []float64{0, 1.5, 1e21, 1e-7, 123456789.123, math.MaxFloat64} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value float64) {
		if math.IsNaN(value) {
			return
		}
		back, err := strconv.ParseFloat(Shortest(value), 64)
		if err != nil || back != value {
			t.Fatalf("%v printed as %q reads as %v (%v)", value, Shortest(value), back, err)
		}
	})
}
