package engine

import (
	"strconv"
	"strings"
)

// Plain string ids (spec 01 §1.4). Nothing checks them; empty is allowed.
type (
	WorkerID         string // logical worker or pool name
	WorkerInstanceID string // one worker process
	Namespace        string // tenant or workspace
)

// ExecutionID is `{fp:N}:<uuid>` (spec 01 §1.2). It holds the text as it came; the partition is always read from it, never
// computed.
type ExecutionID string

const executionTagPrefix = "{fp:"

// ParseExecutionID checks s and keeps it verbatim: leading zeros of N and every spelling of the UUID survive. N is compared with
// no partition count. Errors are *ParseError with ProblemMissingTag, ProblemInvalidPartitionIndex or ProblemInvalidUUID.
func ParseExecutionID(s string) (ExecutionID, error) {
	if _, _, err := splitExecutionID(s); err != nil {
		return "", err
	}
	return ExecutionID(s), nil
}

// Partition is the partition that the id carries; zero when the id does not parse.
func (id ExecutionID) Partition() Partition {
	index, _, err := splitExecutionID(string(id))
	if err != nil {
		return Partition{}
	}
	return Partition{Family: FamilyFlow, Index: index}
}

// UUID is the part after the tag, as spelt in the id; "" when the id does not parse.
func (id ExecutionID) UUID() string {
	_, uuid, err := splitExecutionID(string(id))
	if err != nil {
		return ""
	}
	return uuid
}

// UnmarshalText checks as ParseExecutionID does.
func (id *ExecutionID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseExecutionID(string(text))
	return err
}

func splitExecutionID(s string) (index uint16, uuid string, err error) {
	body, tagged := strings.CutPrefix(s, executionTagPrefix)
	number, uuid, closed := strings.Cut(body, "}:")
	if !tagged || !closed {
		return 0, "", &ParseError{ProblemMissingTag, "execution_id is missing the `{fp:N}:` hash-tag prefix: " + s}
	}
	index, ok := parseUint16(number)
	if !ok {
		return 0, "", &ParseError{ProblemInvalidPartitionIndex, "execution_id partition index is not a valid u16: " + number}
	}
	if _, err := parseUUID(uuid); err != nil {
		return 0, "", &ParseError{ProblemInvalidUUID, "execution_id UUID suffix is not a valid UUID: " + uuid}
	}
	return index, uuid, nil
}

// parseUint16 takes what the wire's readers take: leading zeros and one leading plus, nothing else.
func parseUint16(s string) (uint16, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 16)
	return uint16(n), err == nil
}

// LaneID is the name of a lane: 1 to 64 bytes, each 0x20 to 0x7E (spec 01 §1.3).
type LaneID string

// DefaultLane is the lane of executions that name none.
const DefaultLane LaneID = "default"

const maxLaneBytes = 64

// ParseLaneID checks s. Errors are *ParseError with ProblemEmpty, ProblemTooLong or ProblemNonPrintable.
func ParseLaneID(s string) (LaneID, error) {
	if s == "" {
		return "", &ParseError{ProblemEmpty, "lane_id is empty"}
	}
	if len(s) > maxLaneBytes {
		return "", &ParseError{ProblemTooLong, "lane_id exceeds 64 bytes (got " + strconv.Itoa(len(s)) + ")"}
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return "", &ParseError{ProblemNonPrintable, "lane_id contains non-ASCII-printable byte at index " + strconv.Itoa(i)}
		}
	}
	return LaneID(s), nil
}

// UnmarshalText checks as ParseLaneID does.
func (id *LaneID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseLaneID(string(text))
	return err
}
