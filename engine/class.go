package engine

import "errors"

// Class is the family of an error. It is an error itself, so that errors.Is(err, ClassNotFound) works.
type Class string

const (
	ClassNotFound     Class = "not found"           // the thing does not exist
	ClassValidation   Class = "validation"          // the request can never be accepted as it is
	ClassContention   Class = "contention"          // somebody was faster; asking again may work
	ClassConflict     Class = "conflict"            // it contradicts what is stored
	ClassState        Class = "state"               // the record's state does not allow it
	ClassBug          Class = "bug"                 // cannot happen: tell the developers
	ClassTransport    Class = "transport"           // the call failed, not the operation; see Fault
	ClassUnavailable  Class = "unavailable"         // this backend does not offer the operation
	ClassExhausted    Class = "exhausted"           // a limit of this process was reached
	ClassTimeout      Class = "timeout"             // no answer in time
	ClassCorruption   Class = "corruption"          // a stored record does not decode
	ClassDisconnected Class = "stream disconnected" // subscribe again with the cursor
	ClassReadOnly     Class = "read-only"           // refused here, before anything was sent
)

func (c Class) Error() string { return string(c) }

// Fault says what a ClassTransport error means for the request.
type Fault string

const (
	FaultUnsent    Fault = ""               // it did not reach the server, or the server was not ready: nothing happened
	FaultUncertain Fault = "may be applied" // it was sent and no answer came
	FaultRefused   Fault = "refused"        // the server answered with an error of its own
)

// Disposition is what a caller should do after an error. There is one for every error, whatever the operation (spec 04b §1).
type Disposition string

const (
	Terminal      Disposition = "terminal"      // stop
	Retryable     Disposition = "retryable"     // back off and ask again
	Elsewhere     Disposition = "elsewhere"     // another worker may succeed
	Cooperative   Disposition = "cooperative"   // act on it, then stop
	Informational Disposition = "informational" // nothing to do: what was wanted is so already, or no longer matters
	Alert         Disposition = "bug"           // stop and tell somebody
)

// DispositionOf tells what to do about err. Errors that are not the engine's are Terminal; a nil error is Informational.
func DispositionOf(err error) Disposition {
	if err == nil {
		return Informational
	}
	var e *Error
	if !errors.As(err, &e) {
		return Terminal
	}
	return e.disposition()
}

// IsRetryable tells whether the same call may succeed later. It never says so of a call that may have been applied.
func IsRetryable(err error) bool { return DispositionOf(err) == Retryable }

func (e *Error) disposition() Disposition {
	switch e.Class {
	case ClassContention, ClassExhausted:
		return Retryable
	case ClassBug:
		return Alert
	case ClassTransport:
		if e.Fault == FaultUnsent {
			return Retryable
		}
		return Terminal
	}
	if info, known := codes[e.Code]; known && info.disposition != "" {
		return info.disposition
	}
	return Terminal
}
