package engine

import "strings"

const differentFlowPrefix = "already_member_of_different_flow:"

const phaseSlot = 2 // of execution_not_active

// FromCode types a reject of the function library: its code and all its detail slots (spec 04b §2, §3). A code that nobody knows
// keeps its text and is a terminal state error.
func FromCode(op, code string, details []string) *Error {
	e := &Error{Op: op, Code: Code(code), Details: details}
	if flow, found := strings.CutPrefix(code, differentFlowPrefix); found {
		e.Code, e.Details = CodeExecutionAlreadyInFlow, []string{flow}
	}
	info, known := codes[e.Code]
	if !known {
		e.Class = ClassState
		e.Detail = strings.Join(details, ", ")
		return e
	}
	e.Class, e.Entity = info.class, info.entity
	switch {
	case e.Code != CodeExecutionNotActive:
		e.Detail = strings.Join(e.Details, ", ")
	case e.slot(phaseSlot) == string(PhaseTerminal):
		// It is over: asking again changes nothing.
		e.Class = ClassState
	}
	return e
}

// OtherFlow is the flow that CodeExecutionAlreadyInFlow names; false when the reject named none.
func (e *Error) OtherFlow() (FlowID, bool) {
	if e.Code != CodeExecutionAlreadyInFlow || e.slot(0) == "" {
		return "", false
	}
	flow, err := ParseFlowID(e.Details[0])
	return flow, err == nil
}

func notFoundCode(entity string) Code {
	code := Code(entity + "_not_found")
	if info, known := codes[code]; !known || info.entity != entity {
		return ""
	}
	return code
}
