package engine

// ClassNotRecorded is of a recording alone: what was asked was not asked, or not by then, when the recording was made. No server has
// failed.
const ClassNotRecorded Class = "not recorded"

// NotRecorded says that a recording holds no answer.
func NotRecorded(op, detail string) *Error {
	return &Error{Class: ClassNotRecorded, Op: op, Detail: detail}
}
