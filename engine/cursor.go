package engine

import (
	"cmp"
	"encoding/binary"
	"strconv"
	"strings"
)

// StreamCursor is a position in an attempt's stream (spec 03e §12): StreamStart, StreamEnd, or the id of an entry as its text.
type StreamCursor string

const (
	StreamStart StreamCursor = "start"
	StreamEnd   StreamCursor = "end"
)

// ParseStreamCursor checks s. Errors are *ParseError with ProblemEmpty, ProblemBareMarker, ProblemMalformed, or ProblemOutOfRange
// for a number that no entry id can hold.
func ParseStreamCursor(s string) (StreamCursor, error) {
	switch s {
	case "":
		return "", &ParseError{ProblemEmpty, "stream cursor must not be empty"}
	case "-", "+":
		return "", &ParseError{ProblemBareMarker,
			"bare marker '" + s + "' is not a valid stream cursor; use 'start' or 'end'"}
	case string(StreamStart), string(StreamEnd):
		return StreamCursor(s), nil
	}
	millis, seq, hasSeq := strings.Cut(s, "-")
	if !allDigits(millis) || hasSeq && !allDigits(seq) {
		return "", &ParseError{ProblemMalformed,
			"invalid stream cursor '" + s + "' (expected 'start', 'end', '<ms>', or '<ms>-<seq>')"}
	}
	if !fitsUint64(millis) || hasSeq && !fitsUint64(seq) {
		return "", &ParseError{ProblemOutOfRange, "stream cursor '" + s + "' is beyond any entry id"}
	}
	return StreamCursor(s), nil
}

// UnmarshalText checks as ParseStreamCursor does.
func (c *StreamCursor) UnmarshalText(text []byte) (err error) {
	*c, err = ParseStreamCursor(string(text))
	return err
}

// Bound is the cursor as a bound of a range read: "-", "+" or the id.
func (c StreamCursor) Bound() string {
	switch c {
	case StreamStart:
		return "-"
	case StreamEnd:
		return "+"
	default:
		return string(c)
	}
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func fitsUint64(digits string) bool {
	_, err := strconv.ParseUint(digits, 10, 64)
	return err == nil
}

// EntryID is the id of a stream entry: the server's milliseconds and a sequence number within them.
type EntryID struct {
	Millis, Seq uint64
}

// Compare is negative where the entry lies before other in a stream, positive where it lies behind it, and 0 for the same entry.
func (id EntryID) Compare(other EntryID) int {
	return cmp.Or(cmp.Compare(id.Millis, other.Millis), cmp.Compare(id.Seq, other.Seq))
}

// Before tells whether the entry lies before other in a stream.
func (id EntryID) Before(other EntryID) bool { return id.Compare(other) < 0 }

// ParseEntryID reads `<ms>-<seq>`. Errors are *ParseError with ProblemMalformed.
func ParseEntryID(s string) (EntryID, error) {
	millis, seq, _ := strings.Cut(s, "-")
	m, errM := strconv.ParseUint(millis, 10, 64)
	q, errS := strconv.ParseUint(seq, 10, 64)
	if errM != nil || errS != nil {
		return EntryID{}, &ParseError{ProblemMalformed, "invalid stream entry id '" + s + "'"}
	}
	return EntryID{m, q}, nil
}

func (id EntryID) String() string {
	return strconv.FormatUint(id.Millis, 10) + "-" + strconv.FormatUint(id.Seq, 10)
}

const (
	subscriptionCursorTag    = 0x01 // a Valkey backend's
	subscriptionCursorLength = 17
)

// SubscriptionCursor is the opaque position that a consumer keeps after this entry (spec 03e §19): going on from it begins with
// the next one. "From now" is the empty cursor.
func (id EntryID) SubscriptionCursor() []byte {
	b := make([]byte, 0, subscriptionCursorLength)
	b = append(b, subscriptionCursorTag)
	b = binary.BigEndian.AppendUint64(b, id.Millis)
	return binary.BigEndian.AppendUint64(b, id.Seq)
}

// DecodeSubscriptionCursor reads the position back. fromNow is true for the empty cursor. Errors are CodeInvalidInput: another
// backend's cursor, or none at all.
func DecodeSubscriptionCursor(cursor []byte) (id EntryID, fromNow bool, err error) {
	if len(cursor) == 0 {
		return EntryID{}, true, nil
	}
	if len(cursor) != subscriptionCursorLength || cursor[0] != subscriptionCursorTag {
		return EntryID{}, false, Invalid("stream_subscribe", "cursor does not belong to the Valkey backend")
	}
	return EntryID{binary.BigEndian.Uint64(cursor[1:9]), binary.BigEndian.Uint64(cursor[9:])}, false, nil
}
