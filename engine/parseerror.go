package engine

// ParseProblem names what is wrong with a text that should have been an id, a partition key or a cursor. It is an error itself,
// so that errors.Is(err, ProblemMissingTag) works.
type ParseProblem string

const (
	// Execution ids (spec 01 §1.2).
	ProblemMissingTag            ParseProblem = "missing_tag"
	ProblemInvalidPartitionIndex ParseProblem = "invalid_partition_index"
	ProblemInvalidUUID           ParseProblem = "invalid_uuid"
	// Lane ids (spec 01 §1.3) and stream cursors (spec 03e §12).
	ProblemEmpty        ParseProblem = "empty"
	ProblemTooLong      ParseProblem = "too_long"
	ProblemNonPrintable ParseProblem = "non_printable"
	ProblemBareMarker   ParseProblem = "bare_marker_rejected"
	ProblemMalformed    ParseProblem = "malformed"
	ProblemOutOfRange   ParseProblem = "out_of_range"
	// Partition keys (spec 01 §2.5).
	ProblemMissingBraces       ParseProblem = "missing_braces"
	ProblemMalformedBody       ParseProblem = "malformed_body"
	ProblemUnknownFamilyPrefix ParseProblem = "unknown_family_prefix"
	ProblemInvalidIndex        ParseProblem = "invalid_index"
	// Tag keys and capability tokens (spec 01 §6.4, §3.9.3).
	ProblemInvalidTagKey     ParseProblem = "invalid_tag_key"
	ProblemInvalidCapability ParseProblem = "invalid_capability"
)

func (p ParseProblem) Error() string { return string(p) }

// ParseError says why a text was refused. Message is the wire's own sentence and may quote the text as it came, so it is a
// stranger's text: make it safe before it reaches a terminal.
type ParseError struct {
	Problem ParseProblem
	Message string
}

func (e *ParseError) Error() string { return e.Message }

// Is matches the problem, CodeInvalidInput and ClassValidation.
func (e *ParseError) Is(target error) bool {
	return target == e.Problem || target == CodeInvalidInput || target == ClassValidation
}
