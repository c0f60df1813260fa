package engine

import "errors"

// classSentences speak for errors without a code that says more.
var classSentences = map[Class]string{
	ClassNotFound:     "There is no such thing. Check its id.",
	ClassValidation:   "The request was not accepted. Correct it.",
	ClassContention:   "Somebody was faster. Try again.",
	ClassConflict:     "It contradicts what is stored. Look at the stored record.",
	ClassState:        "The record's state does not allow it. Look at it.",
	ClassBug:          "This cannot happen. Report it.",
	ClassUnavailable:  "This backend does not offer it.",
	ClassExhausted:    "Too many calls are under way. Try again in a moment.",
	ClassTimeout:      "There was no answer in time. Look whether it was done before you try again.",
	ClassCorruption:   "A stored record does not decode. Look at the named field; nothing repairs it by itself.",
	ClassDisconnected: "The subscription ended. Subscribe again from where it stopped.",
	ClassReadOnly:     "The program runs read-only: nothing was sent.",
}

var faultSentences = map[Fault]string{
	FaultUnsent:    "The server cannot be reached: nothing was done. Try again when it is back.",
	FaultUncertain: "The connection broke before the answer came: it may have been done. Look before you try again.",
	FaultRefused:   "The server refused the command. Check its log and the program's rights.",
}

// Explain is a sentence or two for a person: what err means and what to do next. It holds no stranger's text.
func Explain(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.explain()
	}
	var refused *ParseError
	if errors.As(err, &refused) {
		return classSentences[ClassValidation]
	}
	return "It did not work."
}

func (e *Error) explain() string {
	if e.Code == CodeExecutionNotActive && e.Class == ClassState {
		return "The execution has ended. There is nothing to do."
	}
	if info, known := codes[e.Code]; known {
		return info.sentence
	}
	if sentence, known := hindranceSentences[Hindrance(e.Detail)]; known && e.Class == ClassTransport {
		return sentence
	}
	if e.Class == ClassTransport {
		return faultSentences[e.Fault]
	}
	return classSentences[e.Class]
}
