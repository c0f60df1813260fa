package worker

import (
	"errors"

	"ffboard/engine"
)

// Categories of failures that no handler chose (spec 03d §13.6).
const (
	categoryError     = "handler_error"
	categoryPanic     = "handler_panic"
	categoryNoHandler = "runtime_no_handler"
)

// failure is an error that knows what it is on the wire.
type failure struct {
	error
	class    engine.FailureClass
	category string
}

func (f *failure) Unwrap() error { return f.error }

// Permanent marks an error that no retry would mend.
func Permanent(err error) error { return &failure{error: err, class: engine.FailurePermanent} }

// Transient marks an error that may be gone at the next attempt.
func Transient(err error) error { return &failure{error: err, class: engine.FailureTransient} }

// Category gives an error a word of its own, for retry policies that name categories.
func Category(category string, err error) error {
	return &failure{error: err, class: engine.FailureTransient, category: category}
}

// failureOf is what the wire is told about a handler's error: of the outermost mark, or a handler_error.
func failureOf(err error) engine.Failure {
	f := engine.Failure{Message: err.Error(), Class: engine.FailureTransient, Category: categoryError}
	var marked *failure
	if errors.As(err, &marked) {
		f.Class, f.Category = marked.class, marked.category
	}
	return f
}
