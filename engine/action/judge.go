package action

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"ffboard/engine"
)

// What actions ask of an execution's record.

func ended(s *State) bool { return s.Row.Phase == engine.PhaseTerminal || s.Row.State.Terminal() }

func suspended(s *State) bool {
	return s.Row.Phase == engine.PhaseSuspended || s.Row.State == engine.StateSuspended
}

// stands is an execution's state in a few words, for a reason.
func stands(s *State) string {
	if s.Row.State.Valid() {
		return string(s.Row.State)
	}
	return "in no state that is known"
}

func isNotFound(err error) bool { return errors.Is(err, engine.ClassNotFound) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// span is a duration without the zeros that its text ends in: 24h, 1h30m.
func span(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "m0s")
	if text != d.String() {
		text += "m"
	}
	if short := strings.TrimSuffix(text, "h0m"); short != text {
		text = short + "h"
	}
	return text
}
