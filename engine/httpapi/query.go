package httpapi

import (
	"net/url"
	"strconv"

	"ffboard/engine"
)

// query are the parameters of a call. The first that does not decode is kept as the error; everything after it is a zero value.
type query struct {
	values url.Values
	err    error
}

func (c *call) query() *query {
	values, err := url.ParseQuery(c.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.refuse(err.Error())
	}
	return q
}

func (q *query) refuse(what string) {
	if q.err == nil {
		q.err = badQuery("Failed to deserialize query string: " + what)
	}
}

// number is a parameter that is a whole number from 0 up; otherwise when it is not given.
func (q *query) number(name string, bits int, otherwise uint64) uint64 {
	if !q.values.Has(name) {
		return otherwise
	}
	n, err := strconv.ParseUint(q.values.Get(name), 10, bits)
	if err != nil {
		q.refuse(name + ": invalid number")
	}
	return n
}

// cursor is a position in a stream (spec 03e §12).
func (q *query) cursor(name string, otherwise engine.StreamCursor) engine.StreamCursor {
	if !q.values.Has(name) {
		return otherwise
	}
	cursor, err := engine.ParseStreamCursor(q.values.Get(name))
	if err != nil {
		q.refuse(err.Error())
	}
	return cursor
}
