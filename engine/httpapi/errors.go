package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"ffboard/engine"
)

// failure is the answer to a request that was not done. It is an error, so that a route may return it as one.
type failure struct {
	status  int
	body    any
	plain   string // the whole body, as text, when not ""
	noStore bool
	code    string // for the log: what kind of failure
	cause   error  // for the log of a failure of ours
}

func (f *failure) Error() string {
	if body, ok := f.body.(errorBody); ok {
		return body.Error
	}
	return f.plain
}

// errorBody is the body of every failure but one of size (spec 06 §5).
type errorBody struct {
	Error     string `json:"error"`
	Kind      string `json:"kind,omitempty"`
	Retryable *bool  `json:"retryable,omitempty"`
}

// failed is a failure that says no more than its text.
func failed(status int, text string) *failure {
	return &failure{status: status, body: errorBody{Error: text}}
}

// typed is a failure that tells a program what to do.
func typed(status int, text, kind string, retryable bool) *failure {
	return &failure{status: status, body: errorBody{Error: text, Kind: kind, Retryable: &retryable}}
}

func badRequest(text string) *failure { return failed(http.StatusBadRequest, text) }

func notFound(text string) *failure { return failed(http.StatusNotFound, text) }

// badQuery is for what does not decode before the route sees it.
func badQuery(text string) *failure {
	return &failure{status: http.StatusBadRequest, plain: text, code: "bad_query"}
}

func internal(text string) *failure {
	return typed(http.StatusInternalServerError, text, "", false)
}

// project makes the answer to an error of the engine (spec 04b §7).
func project(r *http.Request, err error) *failure {
	var e *engine.Error
	if !errors.As(err, &e) {
		f := internal(err.Error())
		f.cause = err
		return f
	}
	f := projectClass(r, e)
	f.code, f.cause = string(e.Code), err
	if f.code == "" {
		f.code = string(e.Class)
	}
	return f
}

// projectNamed is project with the wire code in the text.
func projectNamed(r *http.Request, err error) *failure {
	f := project(r, err)
	var e *engine.Error
	body, isBody := f.body.(errorBody)
	if !isBody || !errors.As(err, &e) || e.Code == "" || strings.Contains(body.Error, string(e.Code)) {
		return f
	}
	body.Error = string(e.Code) + ": " + body.Error
	f.body = body
	return f
}

func projectClass(r *http.Request, e *engine.Error) *failure {
	switch e.Class {
	case engine.ClassNotFound:
		return notFound(withDetail("not found: "+e.Entity, e.Detail))
	case engine.ClassValidation:
		return badRequest(withDetail(validationCode(e.Code), e.Detail))
	case engine.ClassCorruption:
		return badRequest("validation_error: " + strings.Join([]string{e.Key, e.Field, e.Detail}, ": "))
	case engine.ClassConflict:
		return projectConflict(e)
	case engine.ClassContention:
		return projectContention(e)
	case engine.ClassState:
		return projectState(e)
	case engine.ClassUnavailable:
		return unavailable(e.Op)
	case engine.ClassExhausted:
		return typed(http.StatusTooManyRequests, withDetail("too many calls at once", e.Detail), "resource_exhausted", true)
	default:
		return typed(http.StatusInternalServerError, "engine: "+e.Error(), "", mayRepeat(r, e))
	}
}

// mayRepeat tells whether the same request may be sent again: one that may have been applied only when it changes nothing.
func mayRepeat(r *http.Request, e *engine.Error) bool {
	if engine.Retryable(e) {
		return true
	}
	return e.Fault == engine.FaultUncertain && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

func unavailable(op string) *failure {
	f := typed(http.StatusServiceUnavailable, "backend op unavailable: "+op, "unavailable", false)
	f.code = "unavailable"
	return f
}

func tooMany(pool string, most int, kind string) *failure {
	f := typed(http.StatusTooManyRequests,
		"too many concurrent "+pool+" calls (server max: "+strconv.Itoa(most)+"); retry with backoff", kind, true)
	f.code = "resource_exhausted"
	return f
}

func withDetail(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + ": " + detail
}

func validationCode(code engine.Code) string {
	if code == "" || code == engine.CodeHandleFromOtherBackend {
		return "validation_error"
	}
	return string(code)
}

func projectConflict(e *engine.Error) *failure {
	if e.Code == "" {
		return typed(http.StatusConflict, withDetail("conflict", e.Detail), "conflict", false)
	}
	return typed(http.StatusConflict, string(e.Code)+": "+debugText(e), string(e.Code), false)
}

func projectContention(e *engine.Error) *failure {
	switch e.Code {
	case engine.CodeRateLimitExceeded, engine.CodeConcurrencyLimitExceeded:
		return typed(http.StatusTooManyRequests, string(e.Code)+": "+debugText(e), string(e.Code), true)
	default:
		return typed(http.StatusConflict, "contention: "+debugText(e), "contention", true)
	}
}

func projectState(e *engine.Error) *failure {
	family := "state_conflict"
	switch e.Code {
	case engine.CodeExecutionNotTerminal, engine.CodeMaxReplaysExhausted, engine.CodeReplayNotAllowed, engine.CodeNotRunnable,
		engine.CodeTerminal, engine.CodeFlowAlreadyTerminal, engine.CodeBudgetExceeded, engine.CodeBudgetSoftExceeded:
		family = string(e.Code)
	case engine.CodeAlreadySatisfied, engine.CodeDuplicateSignal, engine.CodeOKAlreadyApplied, engine.CodeAttemptAlreadyTerminal,
		engine.CodeStreamAlreadyClosed, engine.CodeLeaseExpired, engine.CodeLeaseRevoked:
		family = "already_satisfied"
	}
	return typed(http.StatusConflict, family+": "+debugText(e), family, false)
}

// debugText is what FlowFabric prints of an error: the name of its variant, and what that holds (spec 04b §4).
func debugText(e *engine.Error) string {
	if outcome, epoch, phase, attempt, is := e.NotActive(); is {
		return "ExecutionNotActive { terminal_outcome: " + strconv.Quote(outcome) + ", lease_epoch: " + strconv.Quote(epoch) +
			", lifecycle_phase: " + strconv.Quote(phase) + ", attempt_id: " + strconv.Quote(attempt) + " }"
	}
	switch {
	case e.Code == engine.CodeRotationConflict:
		return "RotationConflict(" + strconv.Quote(e.Detail) + ")"
	case e.Code == "":
		return withDetail(string(e.Class), e.Detail)
	case !e.Code.Known():
		return "unknown error code: " + string(e.Code)
	default:
		return variantName(e.Code)
	}
}

// variantName is a wire code in the spelling of a type's name: execution_not_found is ExecutionNotFound.
func variantName(code engine.Code) string {
	var name strings.Builder
	for word := range strings.SplitSeq(string(code), "_") {
		if word != "" {
			name.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return name.String()
}
