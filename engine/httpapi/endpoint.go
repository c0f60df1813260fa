package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"
)

// answerTimeout is how long a client may take to read an answer.
const answerTimeout = 30 * time.Second

// endpoint serves one route.
type endpoint struct {
	api   *API
	route route
}

// call is a request of a route.
type call struct{ *http.Request }

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := w.(*recorder) // API.ServeHTTP is the only way here
	reply, err := e.limited(w, &call{r})
	// A client that does not read must not hold the answer for ever. The server sets its own deadline for the next request.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTimeout))
	if err != nil {
		out.fail(e.project(r, err))
		return
	}
	out.answer(reply)
}

// limited runs the route within the limit of its body's size.
func (e *endpoint) limited(w http.ResponseWriter, c *call) (answer, error) {
	limit := max(e.route.limit, bodyLimit)
	if c.ContentLength > limit {
		return answer{}, &http.MaxBytesError{Limit: limit}
	}
	c.Body = http.MaxBytesReader(w, c.Body, limit)
	return e.protected(c)
}

// protected turns a panic into an error: one bad request must not end the process.
func (e *endpoint) protected(c *call) (reply answer, err error) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		e.api.Logger.Error("request panicked", "route", e.route.path, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		err = internal("internal error")
	}()
	return e.route.serve(e.api, c)
}

// project makes the answer to a request that failed.
func (e *endpoint) project(r *http.Request, err error) *failure {
	var tooLarge *http.MaxBytesError
	var f *failure
	switch {
	case errors.As(err, &tooLarge):
		return &failure{status: http.StatusRequestEntityTooLarge, body: sizeBody{"payload_too_large", tooLarge.Limit, e.route.path}}
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return goneAway
	case e.route.namesCode:
		return projectNamed(r, err)
	default:
		return project(r, err)
	}
}

type sizeBody struct {
	Error      string `json:"error"`
	LimitBytes int64  `json:"limit_bytes"`
	Route      string `json:"route"`
}

// goneAway is for a client that has hung up: nobody reads it, but the log and the metrics tell it from a failure.
var goneAway = failed(499, "the client closed the connection")
