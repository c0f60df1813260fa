package diagnose

import (
	"strconv"
	"strings"
	"time"

	"ffboard/engine"
)

// cut keeps the first cells of a stranger's text.
func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + cut(reason, 200)
}

// span is a duration of a second or more; what is shorter is "0s".
func span(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	return engine.ShortSpan(d)
}

// ago is " 3m ago"; "" for the zero time.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " " + span(now.Sub(t)) + " ago"
}

// since is " for 3m"; "" for the zero time.
func since(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " for " + span(now.Sub(t))
}

// in is "in 3m"; a time that has passed is "now".
func in(now, t time.Time) string {
	if !t.After(now) {
		return "now"
	}
	return "in " + span(t.Sub(now))
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// number has a comma between the thousands.
func number[N ~int | ~int64 | ~uint64](n N) string {
	digits := strconv.FormatUint(uint64(max(n, 0)), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// isOrAre is the verb for a count.
func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// list names a few words.
func list(words []string) string {
	const most, cells = 12, 120
	if len(words) == 0 {
		return "nothing"
	}
	var some []string
	for _, w := range words[:min(len(words), most)] {
		some = append(some, cut(w, cells)) // before they are put together: strangers choose their length
	}
	named := cut(strings.Join(some, ", "), cells)
	if more := len(words) - most; more > 0 {
		return named + " and " + number(more) + " more"
	}
	return named
}

// short is an execution's id in a sentence: the first block of its UUID.
func short(id engine.ExecutionID) string { return cut(firstBlock(id.UUID(), string(id)), 12) }

// shortUUID is the same of a UUID.
func shortUUID(id string) string { return cut(firstBlock(id, id), 12) }

func firstBlock(uuid, otherwise string) string {
	block, _, found := strings.Cut(uuid, "-")
	if !found {
		return otherwise
	}
	return block
}

// named is an execution in a sentence: its kind and short id.
func named(kind string, id engine.ExecutionID) string {
	if kind == "" {
		return short(id)
	}
	return cut(kind, 32) + " " + short(id)
}
