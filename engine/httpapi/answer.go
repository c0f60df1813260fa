package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer is what a route returns: a JSON body, or raw bytes, or nothing.
type answer struct {
	status  int
	body    any    // written as JSON; nil: there is none
	raw     []byte // instead of body
	noStore bool   // holds a credential
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

// variant is one of several outcomes of a call, which its name tells apart (spec 06 §4).
func variant(name string, members any) any { return map[string]any{name: members} }

// created is the variant Created with 201 for a new thing, AlreadySatisfied with 200 for one that was there.
func created(isNew bool, members any) (answer, error) {
	if !isNew {
		return ok(variant("AlreadySatisfied", members))
	}
	return answer{status: http.StatusCreated, body: variant("Created", members)}, nil
}

// recorder remembers what was answered, for the log and the metrics.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int
	failure *failure
}

func (o *recorder) WriteHeader(status int) {
	o.status = status
	o.ResponseWriter.WriteHeader(status)
}

func (o *recorder) Write(b []byte) (int, error) {
	n, err := o.ResponseWriter.Write(b)
	o.bytes += n
	return n, err
}

// Unwrap lets deadlines be set.
func (o *recorder) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *recorder) answer(reply answer) {
	if reply.noStore {
		o.Header().Set("Cache-Control", "no-store")
	}
	switch {
	case reply.raw != nil:
		o.write(reply.status, "application/octet-stream", reply.raw)
	case reply.body != nil:
		o.writeJSON(reply.status, reply.body)
	default:
		o.WriteHeader(reply.status)
	}
}

func (o *recorder) fail(f *failure) {
	o.failure = f
	if f.noStore {
		o.Header().Set("Cache-Control", "no-store")
	}
	if f.plain != "" {
		o.write(f.status, "text/plain; charset=utf-8", []byte(f.plain))
		return
	}
	o.writeJSON(f.status, f.body)
}

func (o *recorder) writeJSON(status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		// Nothing of ours fails to encode; what came from a record may.
		o.failure = internal("the answer could not be written as JSON: " + err.Error())
		o.writeJSON(o.failure.status, o.failure.body)
		return
	}
	o.write(status, "application/json", bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

func (o *recorder) write(status int, contentType string, body []byte) {
	o.Header().Set("Content-Type", contentType)
	o.Header().Set("X-Content-Type-Options", "nosniff")
	o.WriteHeader(status)
	_, _ = o.Write(body) // the client may have gone
}
