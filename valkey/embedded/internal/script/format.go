package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// directive is one conversion of a format: %[flags][width][.precision]verb.
type directive struct {
	text      string // as written, with the %
	flags     string
	width     int
	precision int // -1 when there is none
	verb      byte
}

func stringFormat(L *lua.LState) int {
	format := checkText(L, 1)
	var out strings.Builder
	arg := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out.WriteByte(format[i])
			continue
		}
		if i+1 < len(format) && format[i+1] == '%' {
			out.WriteByte('%')
			i++
			continue
		}
		d := readDirective(L, format[i:])
		i += len(d.text) - 1
		arg++
		out.WriteString(d.apply(L, arg))
	}
	L.Push(lua.LString(out.String()))
	return 1
}

func readDirective(L *lua.LState, format string) directive {
	d := directive{precision: -1}
	i := 1
	for i < len(format) && strings.IndexByte("-+ #0", format[i]) >= 0 {
		i++
	}
	d.flags = format[1:i]
	if len(d.flags) >= 6 {
		raise(L, "invalid format (repeated flags)")
	}
	width := upTo2Digits(format[i:])
	i += len(width)
	d.width, _ = strconv.Atoi(width)
	if i < len(format) && format[i] == '.' {
		precision := upTo2Digits(format[i+1:])
		i += 1 + len(precision)
		d.precision, _ = strconv.Atoi(precision)
	}
	if i < len(format) && isDigit(format[i]) {
		raise(L, "invalid format (width or precision too long)")
	}
	if i < len(format) {
		d.verb = format[i]
		i++
	}
	d.text = format[:i]
	return d
}

func upTo2Digits(s string) string {
	n := 0
	for n < len(s) && n < 2 && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

func (d directive) has(flag byte) bool { return strings.IndexByte(d.flags, flag) >= 0 }

func (d directive) apply(L *lua.LState, arg int) string {
	switch d.verb {
	case 'c':
		return d.pad(string([]byte{byte(checkInt(L, arg))}))
	case 'd', 'i':
		return d.integer(int64(checkNumber(L, arg)))
	case 'o', 'u', 'x', 'X':
		return d.unsigned(uint64(int64(checkNumber(L, arg))))
	case 'e', 'E', 'f', 'g', 'G':
		return d.float(checkNumber(L, arg))
	case 'q':
		return quoted(checkText(L, arg))
	case 's':
		s := checkText(L, arg)
		if d.precision >= 0 {
			s = s[:min(d.precision, len(s))]
		}
		return d.pad(s)
	}
	raise(L, "invalid option '%%%s' to 'format'", strings.TrimPrefix(d.text, "%"))
	return ""
}

func (d directive) integer(n int64) string {
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	return d.number(d.sign(n < 0), d.digits(strconv.FormatUint(magnitude, 10)), d.precision < 0)
}

func (d directive) unsigned(n uint64) string {
	prefix, digits := "", ""
	switch d.verb {
	case 'u':
		digits = strconv.FormatUint(n, 10)
	case 'o':
		digits = strconv.FormatUint(n, 8)
		if d.has('#') && n != 0 {
			digits = "0" + digits
		}
	default:
		digits = strconv.FormatUint(n, 16)
		if d.has('#') && n != 0 {
			prefix = "0x"
		}
	}
	if d.verb == 'X' {
		prefix, digits = strings.ToUpper(prefix), strings.ToUpper(digits)
	}
	return d.number(prefix, d.digits(digits), d.precision < 0)
}

// digits applies the precision of an integer: its least number of digits.
func (d directive) digits(s string) string {
	if d.precision == 0 && s == "0" {
		return ""
	}
	return strings.Repeat("0", max(0, d.precision-len(s))) + s
}

func (d directive) float(f float64) string {
	sign := d.sign(math.Signbit(f))
	f = math.Abs(f)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		word := "inf"
		if math.IsNaN(f) {
			word = "nan"
		}
		if d.verb < 'a' {
			word = strings.ToUpper(word)
		}
		return d.number(sign, word, false)
	}
	verb := "%"
	if d.has('#') {
		verb += "#"
	}
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	if precision == 0 && d.verb|0x20 == 'g' {
		precision = 1
	}
	return d.number(sign, fmt.Sprintf(verb+"."+strconv.Itoa(precision)+string(d.verb), f), true)
}

func (d directive) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case d.has('+'):
		return "+"
	case d.has(' '):
		return " "
	}
	return ""
}

// number pads a number; zeros go between sign and digits, where the flag for them counts at all.
func (d directive) number(sign, digits string, zeros bool) string {
	if zeros && d.has('0') && !d.has('-') {
		digits = strings.Repeat("0", max(0, d.width-len(sign)-len(digits))) + digits
	}
	return d.pad(sign + digits)
}

func (d directive) pad(s string) string {
	space := strings.Repeat(" ", max(0, d.width-len(s)))
	if d.has('-') {
		return s + space
	}
	return space + s
}

// quoted is %q: a string that Lua reads back.
func quoted(s string) string {
	b := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b = append(b, '\\', c)
		case '\r':
			b = append(b, '\\', 'r')
		case 0:
			b = append(b, "\\000"...)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
