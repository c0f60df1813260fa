package engine

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Error is the one error type of the engine and its backends. errors.Is matches its Code, its Class and whatever Err holds.
//
// Entity, Key, Field, Detail and Details are strangers' text: Error quotes them, a terminal needs them made safe. None ever holds
// a token or a secret.
type Error struct {
	Class Class
	Code  Code   // wire code of a reject, or one of the client side's own; "" for the rest
	Op    string // what was being done, e.g. "cancel_execution"

	Entity  string        // ClassNotFound: execution, flow, attempt, budget, …; with Key as its id
	Key     string        // id or key of the thing or record
	Field   string        // ClassCorruption: the field that does not decode
	Detail  string        // what is wrong with it
	Details []string      // every detail slot of a reject, in the order of the wire (spec 04b §3)
	Fault   Fault         // ClassTransport only
	Elapsed time.Duration // ClassTimeout only
	Cursor  []byte        // ClassDisconnected: where to go on (spec 03e §19)
	Edge    *Edge         // CodeDependencyAlreadyExists: the stored edge, when it could be read

	Err error // the cause, when there is one below
}

// Error is "<op>: <what>: <detail>".
func (e *Error) Error() string {
	parts := make([]string, 0, 4)
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	parts = append(parts, e.what())
	if detail := e.detail(); detail != "" {
		parts = append(parts, detail)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

func (e *Error) what() string {
	switch {
	case e.Class == ClassNotFound && e.Entity != "":
		return "not found: " + e.Entity
	case e.Class == ClassTransport && e.Fault == FaultUncertain:
		return "transport: no answer, it may have been applied"
	case e.Class == ClassTimeout:
		return "timeout after " + e.Elapsed.String()
	case e.Code != "" && e.Code.Known():
		return string(e.Code)
	case e.Code != "":
		return "unknown code " + strconv.Quote(string(e.Code))
	default:
		return string(e.Class)
	}
}

func (e *Error) detail() string {
	if outcome, epoch, phase, attempt, ok := e.NotActive(); ok {
		return fmt.Sprintf("lifecycle_phase=%q terminal_outcome=%q lease_epoch=%q attempt_id=%q", phase, outcome, epoch, attempt)
	}
	var words []string
	if e.Key != "" {
		words = append(words, strconv.Quote(e.Key))
	}
	if e.Field != "" {
		words = append(words, "field "+strconv.Quote(e.Field))
	}
	if e.Detail != "" {
		words = append(words, strconv.Quote(e.Detail))
	}
	return strings.Join(words, ": ")
}

// Is matches a Code or a Class.
func (e *Error) Is(target error) bool {
	switch t := target.(type) {
	case Code:
		return t != "" && e.Code == t
	case Class:
		return e.Class == t
	default:
		return false
	}
}

func (e *Error) Unwrap() error { return e.Err }

// NotActive reads the four slots of CodeExecutionNotActive: what the execution has become, and whose the lease was. Words and
// numbers are as the wire had them, "" where it had none. ok is false for every other error.
func (e *Error) NotActive() (outcome, epoch, phase, attemptID string, ok bool) {
	if e.Code != CodeExecutionNotActive {
		return "", "", "", "", false
	}
	return e.slot(0), e.slot(1), e.slot(2), e.slot(3), true
}

func (e *Error) slot(i int) string {
	if i >= len(e.Details) {
		return ""
	}
	return e.Details[i]
}

// WithOp is err with the operation's name in it, if it is the engine's and has none yet. It changes no error that others hold.
func WithOp(op string, err error) error {
	e, ok := err.(*Error)
	if !ok || e.Op != "" {
		return err
	}
	named := *e
	named.Op = op
	return &named
}

// NotFound says that the entity (execution, flow, attempt, budget, quota_policy, stream, waitpoint, …) with this id does not exist.
func NotFound(op, entity, id string) *Error {
	return &Error{Class: ClassNotFound, Code: notFoundCode(entity), Op: op, Entity: entity, Key: id}
}

// Invalid says that the request was refused before anything was sent.
func Invalid(op, detail string) *Error {
	return &Error{Class: ClassValidation, Code: CodeInvalidInput, Op: op, Detail: detail}
}

// Corrupt says that a field of a stored record does not decode. detail must not hold a secret value.
func Corrupt(key, field, detail string) *Error {
	return &Error{Class: ClassCorruption, Code: CodeCorruption, Key: key, Field: field, Detail: detail}
}

// Transport says that the request did not reach the server, or that the server was not ready for it: nothing happened.
func Transport(op string, err error) *Error {
	return &Error{Class: ClassTransport, Op: op, Err: err}
}

// Uncertain says that the request was sent and no answer came: it may have been applied.
func Uncertain(op string, err error) *Error {
	return &Error{Class: ClassTransport, Fault: FaultUncertain, Op: op, Err: err}
}

// Refused says that the server answered with an error of its own (a script error, no permission, a wrong type): asking again
// will not help.
func Refused(op string, err error) *Error {
	return &Error{Class: ClassTransport, Fault: FaultRefused, Op: op, Err: err}
}

// Unavailable says that this backend does not offer the operation.
func Unavailable(op string) *Error { return &Error{Class: ClassUnavailable, Op: op} }

// ReadOnly says that the program was told not to write.
func ReadOnly(op string) *Error { return &Error{Class: ClassReadOnly, Op: op} }

// TimedOut says that the operation gave no answer within elapsed.
func TimedOut(op string, elapsed time.Duration) *Error {
	return &Error{Class: ClassTimeout, Op: op, Elapsed: elapsed}
}

// Exhausted says that the pool of this process, limited to most, is in full use.
func Exhausted(op, pool string, most int) *Error {
	return &Error{Class: ClassExhausted, Op: op, Detail: "pool=" + pool + " max=" + strconv.Itoa(most)}
}

// Disconnected says that a subscription ended; going on from cursor misses nothing that the server still has.
func Disconnected(op string, cursor []byte, err error) *Error {
	return &Error{Class: ClassDisconnected, Op: op, Cursor: cursor, Err: err}
}

// NotInitialised says that no engine has set the deployment up, so that nobody knows yet where what is written belongs. Nothing was
// sent.
func NotInitialised(op string) *Error {
	return &Error{Class: ClassState, Code: CodeNotInitialised, Op: op}
}

// LibraryMissing says that the server has no such function, so nothing happened; somebody may load the library again.
func LibraryMissing(op string, err error) *Error {
	return &Error{Class: ClassTransport, Code: CodeLibraryMissing, Op: op, Err: err}
}

// SetupConflict says that the deployment is set up in a way that this program must not change: err is the sentence that says how.
func SetupConflict(op string, err error) *Error {
	return &Error{Class: ClassConflict, Code: CodeSetupConflict, Op: op, Err: err}
}
