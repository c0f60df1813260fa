package number

import (
	"math"
	"strconv"
	"strings"
)

// Prefix reads the longest number that text begins with, as strtod does (white space, signs, decimal and hexadecimal
// floats, inf and nan in any case), and says how many bytes it took; none when there is no number.
func Prefix(text string) (value float64, taken int) {
	i := 0
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	start := i
	negative := false
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		negative = text[i] == '-'
		i++
	}
	if n := wordPrefix(text[i:]); n > 0 {
		value = math.Inf(1)
		if text[i]|0x20 == 'n' {
			value = math.NaN()
		}
		if negative {
			value = math.Copysign(value, -1)
		}
		return value, i + n
	}
	end := i + hexPrefix(text[i:])
	if end > i {
		return parse(withExponent(text[start:end])), end
	}
	end = i + decimalPrefix(text[i:])
	if end == i {
		return 0, 0
	}
	return parse(text[start:end]), end
}

// Whole reads text that is a number and nothing else; leading white space is allowed as in strtod, trailing is not.
func Whole(text string) (float64, bool) {
	value, taken := Prefix(text)
	return value, taken > 0 && taken == len(text)
}

// FromLua reads text by the rules of Lua's tonumber: white space on both sides is allowed.
func FromLua(text string) (float64, bool) {
	value, taken := Prefix(text)
	if taken == 0 {
		return 0, false
	}
	for _, c := range []byte(text[taken:]) {
		if !isSpace(c) {
			return 0, false
		}
	}
	return value, true
}

func isSpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}

// parse is only given what strconv can read; out of range is infinity or zero, as in C.
func parse(text string) float64 {
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

// wordPrefix is the length of a leading inf, infinity, nan or nan(…).
func wordPrefix(text string) int {
	switch {
	case hasWord(text, "infinity"):
		return len("infinity")
	case hasWord(text, "inf"), hasWord(text, "nan"):
		return len("nan")
	}
	return 0
}

func hasWord(text, word string) bool {
	return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}

func decimalPrefix(text string) int {
	i, digits := digitsAndPoint(text, isDigit)
	if digits == 0 {
		return 0
	}
	return i + exponentPrefix(text[i:], 'e')
}

func hexPrefix(text string) int {
	if len(text) < 3 || text[0] != '0' || text[1]|0x20 != 'x' {
		return 0
	}
	i, digits := digitsAndPoint(text[2:], isHex)
	if digits == 0 {
		return 0
	}
	i += 2
	return i + exponentPrefix(text[i:], 'p')
}

// withExponent gives a hexadecimal float the exponent that strconv insists on.
func withExponent(text string) string {
	if strings.ContainsAny(text, "pP") {
		return text
	}
	return text + "p0"
}

func digitsAndPoint(text string, is func(byte) bool) (length, digits int) {
	point := false
	for length < len(text) {
		c := text[length]
		switch {
		case is(c):
			digits++
		case c == '.' && !point:
			point = true
		default:
			return length, digits
		}
		length++
	}
	return length, digits
}

// exponentPrefix is the length of a complete exponent, 0 when it lacks its digits.
func exponentPrefix(text string, letter byte) int {
	if len(text) < 2 || text[0]|0x20 != letter {
		return 0
	}
	i := 1
	if text[i] == '+' || text[i] == '-' {
		i++
	}
	first := i
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	if i == first {
		return 0
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
