package views

import (
	"strconv"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// shortID is how many cells an id takes in a list: the first block of its UUID.
const shortID = 8

// ShortFlow is a flow's id in a list; details show it whole.
func ShortFlow(id engine.FlowID) theme.Text { return shorten(string(id)) }

// ShortExecution is an execution's id in a list: of its UUID, without the partition. An id that does not parse is shown from its
// beginning.
func ShortExecution(id engine.ExecutionID) theme.Text {
	if len(id) <= longestID {
		if uuid := id.UUID(); uuid != "" {
			return shorten(uuid)
		}
	}
	return shorten(string(id))
}

// longestID is more than any id is long that parses: a longer one is not looked through in each frame.
const longestID = 64

func shorten(s string) theme.Text {
	if len(s) > shortID && isHex(s[:shortID]) {
		return theme.Text(s[:shortID])
	}
	return theme.CleanTo(s, shortID)
}

func isHex(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// Span is a duration in its largest unit, rounded down: 12s, 3m, 2h, 4d. Under a second it is milliseconds.
func Span(d time.Duration) theme.Text { return theme.Text(engine.ShortSpan(d)) }

// Age is how long ago t was, in whole seconds and up; "" for the zero time. A time just ahead of the clock is 0s.
func Age(now, t time.Time) theme.Text {
	if t.IsZero() {
		return ""
	}
	return wholeSeconds(max(now.Sub(t), 0))
}

// Until is how long it is until t; a time that has passed is "-3m". "" for the zero time.
func Until(now, t time.Time) theme.Text {
	if t.IsZero() {
		return ""
	}
	d := t.Sub(now)
	if d < 0 {
		return "-" + wholeSeconds(d.Abs())
	}
	return wholeSeconds(d)
}

func wholeSeconds(d time.Duration) theme.Text {
	if d < time.Second {
		return "0s"
	}
	return Span(d)
}

// Clock is the local time of day with milliseconds: for things that come many a second.
func Clock(t time.Time) theme.Text {
	if t.IsZero() {
		return ""
	}
	return theme.Text(t.Local().Format("15:04:05.000"))
}

// Stamp is the local date and time; "" for the zero time. A year beyond four digits stays as wide as it is.
func Stamp(t time.Time) theme.Text {
	if t.IsZero() {
		return ""
	}
	return theme.Text(t.Local().Format("2006-01-02 15:04:05"))
}

// When is the date and time with its age behind it; "" for the zero time.
func When(now, t time.Time) theme.Text {
	if t.IsZero() {
		return ""
	}
	if t.After(now) {
		return Stamp(t) + " (in " + Until(now, t) + ")"
	}
	return Stamp(t) + " (" + Age(now, t) + " ago)"
}

// Count is n with a comma between the thousands.
func Count[N ~int | ~int64 | ~uint64 | ~uint32](n N) theme.Text {
	digits := theme.Number(n)
	sign := theme.Text("")
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	out := digits
	for i := len(digits) - 3; i > 0; i -= 3 {
		out = out[:i] + "," + out[i:]
	}
	return sign + out
}

// Brief is n in at most four cells: 999, 12k, 3.4M.
func Brief[N ~int | ~int64 | ~uint64](n N) theme.Text {
	return scaled(uint64(max(n, 0)), 1000, "", "k", "M", "G", "T", "P", "E")
}

// Size is a number of bytes: 512B, 64K, 1.5M (of 1024).
func Size[N ~int | ~int64 | ~uint64](n N) theme.Text {
	return scaled(uint64(max(n, 0)), 1024, "B", "K", "M", "G", "T", "P", "E")
}

// scaled shows one decimal below ten of a unit.
func scaled(n, base uint64, units ...theme.Text) theme.Text {
	unit, rest := 0, uint64(0)
	for n >= base && unit < len(units)-1 {
		n, rest = n/base, n%base
		unit++
	}
	if unit == 0 || n >= 10 {
		return theme.Number(n) + units[unit]
	}
	return theme.Number(n) + "." + theme.Number(rest*10/base) + units[unit]
}

// Rate is events a second.
func Rate(hz float64) theme.Text {
	if hz <= 0 {
		return ""
	}
	return theme.Text(strconv.FormatFloat(hz, 'f', 1, 64)) + "/s"
}

// Percent is n%, "" for the -1 that means none.
func Percent(n int) theme.Text {
	if n < 0 {
		return ""
	}
	return theme.Number(n) + "%"
}

// Plural is the count with its noun: 1 lane, 3 lanes.
func Plural[N ~int | ~int64 | ~uint64 | ~uint32](n N, one, many theme.Text) theme.Text {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Moment is a time in at most five cells: the local time of a day that is not over, the day, or the year. "" for the zero time.
func Moment(now, t time.Time) theme.Text {
	now, t = now.Local(), t.Local()
	switch {
	case t.IsZero():
		return ""
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return theme.Text(t.Format("15:04"))
	case t.Year() == now.Year():
		return theme.Text(t.Format("Jan02"))
	default:
		return theme.Number(t.Year())
	}
}
