package engine

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Limits of a set of capabilities on the wire (spec 01 §3.9.3).
const (
	maxCapabilityTokens = 256
	maxCapabilityBytes  = 4096
)

// CapabilityCSV is the wire's form of a set of capability tokens: sorted by bytes, each once, joined with commas. Errors are
// *ParseError with ProblemInvalidCapability: an empty token, one with a comma, a blank or a control character, or too many.
func CapabilityCSV(tokens []string) (string, error) {
	for _, token := range tokens {
		if problem := tokenProblem(token); problem != "" {
			return "", &ParseError{ProblemInvalidCapability, fmt.Sprintf("capability %q: %s", token, problem)}
		}
	}
	set := slices.Clone(tokens)
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) > maxCapabilityTokens {
		return "", &ParseError{ProblemInvalidCapability,
			fmt.Sprintf("%d capabilities exceed %d", len(set), maxCapabilityTokens)}
	}
	csv := strings.Join(set, ",")
	if len(csv) > maxCapabilityBytes {
		return "", &ParseError{ProblemInvalidCapability,
			fmt.Sprintf("capabilities of %d bytes exceed %d", len(csv), maxCapabilityBytes)}
	}
	return csv, nil
}

func tokenProblem(token string) string {
	switch {
	case token == "":
		return "empty"
	case strings.Contains(token, ","):
		return "contains a comma"
	case strings.ContainsFunc(token, unicode.IsSpace), strings.ContainsFunc(token, unicode.IsControl):
		return "contains a blank or a control character"
	default:
		return ""
	}
}

// ParseCapabilityCSV reads a stored set. Empty tokens are ignored; nothing is refused.
func ParseCapabilityCSV(csv string) []string {
	return slices.DeleteFunc(strings.Split(csv, ","), func(token string) bool { return token == "" })
}

// MissingCapabilities are the tokens of required that offered lacks, sorted, each once; none means that the requirement is met.
func MissingCapabilities(required, offered []string) []string {
	var missing []string
	for _, token := range required {
		if !slices.Contains(offered, token) {
			missing = append(missing, token)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
