package httpapi

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"ffboard/engine"
)

// execution is the execution that the path names.
func (c *call) execution() (engine.ExecutionID, error) {
	id, err := engine.ParseExecutionID(c.PathValue("id"))
	return id, badID(err)
}

// flow is the flow that the path names.
func (c *call) flow() (engine.FlowID, error) {
	id, err := engine.ParseFlowID(c.PathValue("id"))
	return id, badID(err)
}

// budget is the budget that the path names.
func (c *call) budget() (engine.BudgetID, error) {
	id, err := engine.ParseBudgetID(c.PathValue("id"))
	return id, badID(err)
}

// attempt is the attempt index of the path.
func (c *call) attempt() (uint32, error) {
	text := c.PathValue("idx")
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, badQuery("Invalid URL: cannot parse attempt index " + strconv.Quote(text) + " as an unsigned 32-bit number")
	}
	return uint32(n), nil
}

func badID(err error) error {
	var problem *engine.ParseError
	if !errors.As(err, &problem) {
		return err
	}
	return badRequest(idProblem(problem))
}

// idProblem names the kind of id before what is wrong with it (spec 01 §1.1–1.3).
func idProblem(err *engine.ParseError) string {
	switch {
	case strings.HasPrefix(err.Message, "execution_id"):
		return "invalid execution_id: " + err.Message
	case strings.HasPrefix(err.Message, "lane_id"):
		return "lane_id: " + err.Message
	case strings.HasPrefix(err.Message, "invalid waitpoint_id"):
		return strings.TrimPrefix(err.Message, "invalid ")
	default:
		return err.Message
	}
}

// sameID refuses a body that is about something else than its path.
func sameID[ID ~string](name string, path, body ID) error {
	if path != body {
		return badRequest("path " + name + " does not match body " + name)
	}
	return nil
}

const maxWorkerNameBytes = 256

// checkWorkerName holds the name of a worker or of its instance to the rule of spec 01 §1.4.
func checkWorkerName(field, name string) error {
	switch {
	case name == "":
		return badRequest(field + ": must not be empty")
	case len(name) > maxWorkerNameBytes:
		return badRequest(field + ": exceeds 256 bytes (got " + strconv.Itoa(len(name)) + ")")
	case strings.ContainsFunc(name, unicode.IsSpace), strings.ContainsFunc(name, unicode.IsControl):
		return badRequest(field + ": must not contain whitespace or control characters")
	default:
		return nil
	}
}
