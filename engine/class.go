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

// Advice is what a caller should do after an error. There is one for every error, whatever the operation (spec 04b §1).
type Advice string

const (
	AdviceStop      Advice = "terminal"
	AdviceRetry     Advice = "retryable"     // back off and ask again
	AdviceElsewhere Advice = "elsewhere"     // another worker may succeed
	AdviceCooperate Advice = "cooperative"   // act on it, then stop
	AdviceIgnore    Advice = "informational" // what was wanted is so already, or no longer matters
	AdviceAlert     Advice = "bug"           // stop and tell somebody
)

// Disposition tells what to do about err. Errors that are not the engine's stop the caller; nil is nothing to care about.
func Disposition(err error) Advice {
	if err == nil {
		return AdviceIgnore
	}
	var e *Error
	if !errors.As(err, &e) {
		return AdviceStop
	}
	return e.disposition()
}

// Contended tells whether somebody was faster: nothing that anybody has to be told of.
func Contended(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Class == ClassContention
}

// Retryable tells whether the same call may succeed later. It never says so of a call that may have been applied.
func Retryable(err error) bool { return Disposition(err) == AdviceRetry }

func (e *Error) disposition() Advice {
	if info, known := codes[e.Code]; known && info.advice != "" {
		return info.advice
	}
	switch e.Class {
	case ClassContention, ClassExhausted:
		return AdviceRetry
	case ClassBug:
		return AdviceAlert
	case ClassTransport:
		if e.Fault == FaultUnsent {
			return AdviceRetry
		}
	}
	return AdviceStop
}
