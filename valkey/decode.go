package valkey

import (
	"math"
	"strconv"
	"strings"
	"time"

	"ffboard/engine"
)

// record decodes one stored hash field by field. What does not decode is remembered as malformed; the rest stands. "" counts as
// absent everywhere (spec 03a §2.6).
type record struct {
	fields map[string]string
	bad    []engine.FieldError
}

func newRecord(fields map[string]string) *record { return &record{fields: fields} }

// empty tells a key that does not exist.
func (r *record) empty() bool { return len(r.fields) == 0 }

func (r *record) text(field string) string { return r.fields[field] }

func (r *record) malformed(field, problem string) {
	r.bad = append(r.bad, engine.FieldError{Field: field, Value: r.fields[field], Problem: problem})
}

// number is def when the field is absent or malformed.
func (r *record) number(field string, def int64) int64 {
	v := r.fields[field]
	if v == "" {
		return def
	}
	n, err := parseWhole(v)
	if err != nil {
		r.malformed(field, "not a number")
		return def
	}
	return n
}

func (r *record) integer(field string, def int) int { return int(r.number(field, int64(def))) }

func (r *record) count(field string) uint64 { return uint64(max(r.number(field, 0), 0)) }

// index is a u32 such as an attempt index.
func (r *record) index(field string) uint32 {
	n := r.number(field, 0)
	if n < 0 || n > math.MaxUint32 {
		r.malformed(field, "not an index")
		return 0
	}
	return uint32(n)
}

// time is zero when the field is absent or malformed.
func (r *record) time(field string) time.Time {
	v := r.fields[field]
	if v == "" {
		return time.Time{}
	}
	t, err := parseMillis(v)
	if err != nil {
		r.malformed(field, "not a time in milliseconds")
		return time.Time{}
	}
	return t
}

// required marks an absent field as malformed.
func (r *record) required(field string) string {
	v := r.fields[field]
	if v == "" {
		r.malformed(field, "missing")
	}
	return v
}

// id decodes an identifier field with its parser; "" when absent or malformed.
func id[T ~string](r *record, field string, parse func(string) (T, error)) T {
	v := r.fields[field]
	if v == "" {
		return ""
	}
	parsed, err := parse(v)
	if err != nil {
		r.malformed(field, "not a valid id")
		return ""
	}
	return parsed
}

// word decodes an enumeration. An unknown word is kept, and marked.
func word[T interface {
	~string
	Valid() bool
}](r *record, field string) T {
	w := T(r.fields[field])
	if w != "" && !w.Valid() {
		r.malformed(field, "unknown word")
	}
	return w
}

// parseWhole reads a decimal integer; a fraction is cut off (FlowFabric's library writes some: Q-018).
func parseWhole(v string) (int64, error) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return 0, strconv.ErrSyntax
	}
	return int64(math.Trunc(f)), nil
}

// parseMillis reads a stamp in unix milliseconds.
func parseMillis(v string) (time.Time, error) {
	n, err := parseWhole(v)
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(n), nil
}

// millis renders a time for the wire; "" for the zero time.
func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// millisOf renders a duration for the wire in whole milliseconds.
func millisOf(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// orNow is the caller's clock when t is not set.
func orNow(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}

// splitList reads a comma separated list, blanks trimmed, empties dropped.
func splitList(v string) []string {
	var out []string
	for _, item := range strings.Split(v, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
