package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"ffboard/engine"
)

// must is a member of a body that has to be there and not null.
type must[T any] struct {
	v       T
	present bool
}

func (m *must[T]) UnmarshalJSON(text []byte) error {
	if m.present = string(text) != "null"; !m.present {
		return nil
	}
	return json.Unmarshal(text, &m.v)
}

func (m *must[T]) absent() bool { return !m.present }

// octets are bytes as the wire's JSON has them: an array of numbers (spec 06 §4).
type octets []byte

func (o *octets) UnmarshalJSON(text []byte) error {
	if text[0] != '[' && string(text) != "null" {
		return errors.New("bytes are an array of numbers")
	}
	return json.Unmarshal(text, (*[]byte)(o))
}

// decodeBody reads the JSON body of a call. Members that the type does not have are ignored.
func decodeBody[T any](c *call) (body T, err error) {
	if !isJSON(c.Header.Get("Content-Type")) {
		return body, invalidJSON(http.StatusUnsupportedMediaType, "")
	}
	text, err := io.ReadAll(c.Body)
	if err != nil {
		return body, unreadable(err)
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return body, undecodable(err)
	}
	if name := absentMember(&body); name != "" {
		return body, invalidJSON(http.StatusUnprocessableEntity, "lacks "+name)
	}
	return body, nil
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return failed(http.StatusRequestTimeout, "the body did not come in time")
	default:
		return badRequest("the body could not be read")
	}
}

// undecodable tells what is no JSON from what is not the JSON that was asked for. An id that is none says why (spec 01 §1).
func undecodable(err error) error {
	var syntax *json.SyntaxError
	var badID *engine.ParseError
	var badType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return invalidJSON(http.StatusBadRequest, "syntax")
	case errors.As(err, &badID):
		return badRequest(idProblem(badID))
	case errors.As(err, &badType):
		return invalidJSON(http.StatusUnprocessableEntity, "type of "+badType.Field)
	default:
		return invalidJSON(http.StatusUnprocessableEntity, "")
	}
}

// invalidJSON is a body that was not understood; what was wrong with it goes to the log.
func invalidJSON(status int, what string) *failure {
	f := failed(status, "invalid JSON: "+http.StatusText(status))
	f.code = strings.TrimSpace("invalid_json " + what)
	return f
}

// absentMember is the name of the first member that a body must have and has not.
func absentMember(body any) string {
	v := reflect.ValueOf(body).Elem()
	for i := range v.NumField() {
		if m, ok := v.Field(i).Addr().Interface().(interface{ absent() bool }); ok && m.absent() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			return name
		}
	}
	return ""
}

// millis is an instant of the wire: milliseconds since 1970. nil is the zero time.
func millis(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms)
}
