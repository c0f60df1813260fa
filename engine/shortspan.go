package engine

import (
	"strconv"
	"time"
)

// ShortSpan is a duration in its largest unit, rounded down: 12s, 3m, 2h, 4d. Under a second it is milliseconds.
func ShortSpan(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + ShortSpan(d.Abs()) // the least there is has no opposite
	case d < time.Second:
		return whole(d, time.Millisecond) + "ms"
	case d < time.Minute:
		return whole(d, time.Second) + "s"
	case d < time.Hour:
		return whole(d, time.Minute) + "m"
	case d < 24*time.Hour:
		return whole(d, time.Hour) + "h"
	default:
		return whole(d, 24*time.Hour) + "d"
	}
}

func whole(d, unit time.Duration) string { return strconv.FormatInt(int64(d/unit), 10) }
