package engine

import "strconv"

const tagKeyRule = "^[a-z][a-z0-9_]*\\.[a-z0-9_][a-z0-9_.]*$"

// CheckTagKey holds a tag's name to the rule of the engine API (spec 01 §6.4), which is stricter than the library's: records may
// hold names that it refuses. Errors are *ParseError with ProblemInvalidTagKey.
func CheckTagKey(key string) error {
	if validTagKey(key) {
		return nil
	}
	return &ParseError{ProblemInvalidTagKey,
		"invalid tag key: " + strconv.Quote(key) + " (must match " + tagKeyRule + ")"}
}

func validTagKey(key string) bool {
	if key == "" || key[0] < 'a' || key[0] > 'z' {
		return false
	}
	dot := 0
	for i := range len(key) {
		c := key[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
		case c == '.' && dot == 0:
			dot = i
		case c == '.' && i > dot+1:
		default:
			return false
		}
	}
	return dot > 0 && dot < len(key)-1
}
