package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Piece is a key that belongs to something: whether that exists, and whether a list has what the key is of.
type Piece struct {
	Of     string // what it belongs to, in words
	Quirk  string // where FlowFabric leaves such keys
	Key    Mark
	Owner  Mark
	Listed Mark // not asked where there is no list
	List   string
	Code   Code // of what its list lacks
}

// JudgePiece finds keys of things that do not exist, and those that a list should have.
func JudgePiece(p Piece) []Finding {
	var f findings
	switch {
	case !p.Key.Has():
	case p.Owner.Lacks():
		f.addQuirk(p.Quirk, KeyOrphan, keys(p.Key.Key, p.Owner.Key), "a key of %s that does not exist", p.Of)
	case p.Listed.Lacks():
		f.add(p.Code, keys(p.Listed.Key, p.Key.Key), "%s lack it", p.List)
	}
	return f
}

// Attempt is one record of an attempt.
type Attempt struct {
	Execution string
	Index     string
	Attempt   Hash
	Owner     Mark
	Listed    Mark // in the execution's list of attempts
}

// JudgeAttempt holds an attempt's record against its name and the list of its execution.
func JudgeAttempt(a Attempt) []Finding {
	var f findings
	if !a.Attempt.Found {
		return nil
	}
	if a.Owner.Lacks() {
		f.add(KeyOrphan, keys(a.Attempt.Key, a.Owner.Key), "an attempt of an execution that does not exist")
		return f
	}
	if a.Listed.Lacks() {
		f.add(AttemptCount, keys(a.Listed.Key, a.Attempt.Key), "the list of attempts lacks attempt %s, which has a record", word(a.Index))
	}
	f.addNamed(AttemptConflict, a.Attempt, "execution_id", a.Execution)
	f.addNamed(AttemptConflict, a.Attempt, "attempt_index", a.Index)
	if s := a.Attempt.get("attempt_state"); !oneOf(s, "created", "started", "suspended", "ended_success", "ended_failure", "ended_cancelled", "interrupted_reclaimed") {
		f.add(FieldInvalid, keys(a.Attempt.Key), "attempt_state is %s", word(s))
	}
	return f
}

// Stream is an output stream and its meta.
type Stream struct {
	Execution, Index string
	Frames           Size
	Last             string // the id of the last frame that is there
	Meta             Hash
	Owner            Mark
}

// JudgeStream holds a stream against its meta. Frames that were trimmed are not missed.
func JudgeStream(s Stream) []Finding {
	var f findings
	if s.Frames.Unreadable || s.Meta.Unreadable || s.Frames.N == 0 && !s.Meta.Found {
		return nil
	}
	if s.Owner.Lacks() {
		f.add(KeyOrphan, keys(s.Frames.Key, s.Owner.Key), "a stream of an execution that does not exist")
		return f
	}
	if s.Meta.Absent() {
		f.add(StreamConflict, keys(s.Meta.Key, s.Frames.Key), "the stream has %d frames and no meta", s.Frames.N)
		return f
	}
	if counted := s.Meta.int("frame_count"); counted < s.Frames.N {
		f.add(StreamConflict, keys(s.Meta.Key, s.Frames.Key), "frame_count is %d, the stream has %d frames", counted, s.Frames.N)
	}
	if last := s.Meta.get("last_sequence"); s.Last != "" && last != s.Last {
		f.add(StreamConflict, keys(s.Meta.Key, s.Frames.Key), "last_sequence is %s, the last frame %s", word(last), word(s.Last))
	}
	f.addNamed(StreamConflict, s.Meta, "execution_id", s.Execution)
	return f
}

// Name is what is wrong with a key by its name and type alone. want is the type that the name says.
type Name struct {
	Key       string
	Type      string
	Want      []string
	Known     bool
	Elsewhere string // where it would belong, "" when it is there
	Invalid   string // why its ids cannot be
}

// JudgeName tells whether a deployment can have such a key.
func JudgeName(n Name) []Finding {
	var f findings
	switch {
	case n.Type == "none": // it has gone meanwhile
	case !n.Known:
		f.add(KeyUnknown, keys(n.Key), "no key of a deployment has such a name")
	case n.Invalid != "":
		f.add(KeyUnknown, keys(n.Key), "the key's name cannot be: %s", n.Invalid)
	case n.Elsewhere != "":
		f.add(KeyElsewhere, keys(n.Key), "the key lies where nobody looks: %s", n.Elsewhere)
	case !slices.Contains(n.Want, n.Type):
		f.add(KeyType, keys(n.Key), "the key holds a %s and should hold a %s", n.Type, list(n.Want))
	}
	return f
}

// Text is a key that holds a word or a number.
type Text struct {
	Key   Mark
	Value string
	Want  string // in words
	Valid bool
	Code  Code
}

// JudgeText tells whether a key holds what it can.
func JudgeText(t Text) []Finding {
	var f findings
	if t.Key.Has() && !t.Valid {
		f.add(t.Code, keys(t.Key.Key), "the key holds %s and should hold %s", word(shortened(t.Value)), t.Want)
	}
	return f
}

func shortened(v string) string {
	const most = 80
	if len(v) <= most {
		return v
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(v[:most], ""), len(v))
}
