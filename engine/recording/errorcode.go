package recording

import (
	"context"
	"errors"
	"io"
	"reflect"
	"time"

	"ffboard/engine"
)

// heldError is an error as it is recorded: what it says, what it is, and what it holds.
type heldError struct {
	Text   string
	Engine *heldEngineError // an *engine.Error
	Known  string           // one of those that others compare with
	Holds  []heldError
}

// heldEngineError is an *engine.Error without its cause.
type heldEngineError struct {
	Class                      engine.Class
	Code                       engine.Code
	Op                         string
	Entity, Key, Field, Detail string
	Details                    []string
	Fault                      engine.Fault
	Elapsed                    time.Duration
	Cursor                     []byte
	Edge                       *engine.Edge
}

var knownErrors = map[string]error{
	"canceled": context.Canceled, "deadline exceeded": context.DeadlineExceeded, "end of file": io.EOF, "unexpected end": io.ErrUnexpectedEOF,
}

// Bounds of what is kept of an error's tree.
const (
	deepestError = 8
	widestError  = 16
)

func encodeError(to []byte, err error) ([]byte, error) {
	if err == nil {
		return append(to, "null"...), nil
	}
	return encodeValue(to, reflect.ValueOf(holdError(err, 0)))
}

func holdError(err error, depth int) heldError {
	held := heldError{Text: err.Error()}
	for name, known := range knownErrors {
		if err == known {
			held.Known = name
			return held
		}
	}
	if e, ok := err.(*engine.Error); ok {
		held.Text = ""
		held.Engine = &heldEngineError{e.Class, e.Code, e.Op, e.Entity, e.Key, e.Field, e.Detail, e.Details, e.Fault, e.Elapsed, e.Cursor, e.Edge}
	}
	if depth == deepestError {
		return held
	}
	for _, cause := range causes(err) {
		if cause != nil && len(held.Holds) < widestError {
			held.Holds = append(held.Holds, holdError(cause, depth+1))
		}
	}
	return held
}

func causes(err error) []error {
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return []error{err.Unwrap()}
	case interface{ Unwrap() []error }:
		return err.Unwrap()
	default:
		return nil
	}
}

// saidError is an error of which only what it said and what it held is known.
type saidError struct {
	text  string
	holds []error
}

func (e *saidError) Error() string   { return e.text }
func (e *saidError) Unwrap() []error { return e.holds }

// restore makes an error again that errors.Is and errors.As take for the one that was recorded.
func (h heldError) restore(depth int) error {
	if known := knownErrors[h.Known]; known != nil {
		return known
	}
	var holds []error
	if depth < deepestError {
		for _, each := range h.Holds[:min(len(h.Holds), widestError)] {
			holds = append(holds, each.restore(depth+1))
		}
	}
	if e := h.Engine; e != nil {
		return &engine.Error{
			Class: e.Class, Code: e.Code, Op: e.Op, Entity: e.Entity, Key: e.Key, Field: e.Field, Detail: e.Detail, Details: e.Details,
			Fault: e.Fault, Elapsed: e.Elapsed, Cursor: e.Cursor, Edge: e.Edge, Err: errors.Join(holds...),
		}
	}
	return &saidError{h.Text, holds}
}

func decodeErrorInto(tree any, v reflect.Value) error {
	var held heldError
	if err := decodeValue(tree, reflect.ValueOf(&held).Elem()); err != nil {
		return err
	}
	v.Set(reflect.ValueOf(held.restore(0)))
	return nil
}
