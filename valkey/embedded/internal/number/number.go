// Package number reads and writes numbers as Valkey's C code does: strtod's grammar, the shortest text of a double that
// scores and script arguments have, and the %.14g that Lua and its JSON encoder print.
package number

import (
	"math"
	"strconv"
	"strings"
)

// Lua is f as Lua 5.1 prints it (%.14g).
func Lua(f float64) string {
	if s, ok := nonFinite(f); ok {
		return s
	}
	if i := int64(f); float64(i) == f && i > -1e14 && i < 1e14 && (i != 0 || !math.Signbit(f)) {
		return strconv.FormatInt(i, 10)
	}
	return strconv.FormatFloat(f, 'g', 14, 64)
}

// nonFinite is what C prints for infinities and for what is not a number, whose sign it shows.
func nonFinite(f float64) (string, bool) {
	switch {
	case math.IsInf(f, 1):
		return "inf", true
	case math.IsInf(f, -1):
		return "-inf", true
	case math.IsNaN(f) && math.Signbit(f):
		return "-nan", true
	case math.IsNaN(f):
		return "nan", true
	}
	return "", false
}

// Shortest is f as Valkey prints scores and number arguments: integers in full, others in the fewest digits that read
// back the same, in scientific notation only when that is much shorter.
func Shortest(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == 0 && math.Signbit(f):
		return "-0"
	case f > -math.MaxInt64/2 && f < math.MaxInt64/2 && f == math.Trunc(f):
		return strconv.FormatInt(int64(f), 10)
	}
	text := strconv.FormatFloat(math.Abs(f), 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	point, _ := strconv.Atoi(exponent) // the decimal point stands after the first digit, moved by this many
	sign := ""
	if f < 0 {
		sign = "-"
	}
	return sign + place(digits, point, f < 0)
}

// place puts the decimal point into digits; the limits are those of fpconv_dtoa.
func place(digits string, point int, negative bool) string {
	shift := point - len(digits) + 1 // value = digits * 10^shift
	size := max(point, -point)
	trailing := 7
	if negative {
		trailing = 6
	}
	if shift >= 0 && size < len(digits)+trailing {
		return digits + strings.Repeat("0", shift)
	}
	if shift < 0 && (shift > -7 || size < 4) {
		whole := len(digits) + shift
		if whole <= 0 {
			return "0." + strings.Repeat("0", -whole) + digits
		}
		return digits[:whole] + "." + digits[whole:]
	}
	out := digits[:1]
	if len(digits) > 1 {
		out += "." + digits[1:]
	}
	if point < 0 {
		return out + "e-" + strconv.Itoa(size)
	}
	return out + "e+" + strconv.Itoa(size)
}
