package plain

import (
	"encoding"
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// object is a document's members in the order of the record's fields.
type object []member

type member struct {
	name  string
	value any // object, []any, string, bool, int64, uint64, float64 or nil
}

// document turns a record into what JSON and YAML are written of. Names are those of the fields in snake case. Times are RFC 3339 in UTC
// with milliseconds, durations whole milliseconds under a name that ends in _ms, bytes text where they are, else base64 under a name that ends
// in _base64. What is empty is left out, but numbers and truths stay. A secret shows as its String does.
func document(v any) any { return valueOf(reflect.ValueOf(v)) }

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[interface{ Reveal() string }]()
	stringerType = reflect.TypeFor[fmt.Stringer]()
	errorType    = reflect.TypeFor[error]()
	textType     = reflect.TypeFor[encoding.TextMarshaler]()
)

const timeFormat = "2006-01-02T15:04:05.000Z"

func valueOf(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	if said, ok := sayable(v); ok {
		return said
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return valueOf(v.Elem())
	case reflect.Struct:
		return fieldsOf(v)
	case reflect.Map:
		return entriesOf(v)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			return string(v.Bytes())
		}
		items := make([]any, v.Len())
		for i := range items {
			items[i] = valueOf(v.Index(i))
		}
		return items
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	default:
		return nil
	}
}

// sayable is a value that is written as one word.
func sayable(v reflect.Value) (any, bool) {
	t := v.Type()
	switch {
	case !v.CanInterface():
		return nil, false
	case t == timeType:
		return v.Interface().(time.Time).UTC().Format(timeFormat), true
	case t == durationType:
		return v.Interface().(time.Duration).Milliseconds(), true
	case t.Implements(secretType) && t.Implements(stringerType):
		return v.Interface().(fmt.Stringer).String(), true
	case t.Implements(errorType) && !isNil(v):
		return v.Interface().(error).Error(), true
	case t.Kind() != reflect.String && t.Kind() != reflect.Struct && t.Implements(textType) && !isNil(v):
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err == nil
	case isInteger(t.Kind()) && t.Implements(stringerType):
		return v.Interface().(fmt.Stringer).String(), true
	default:
		return nil, false
	}
}

func isNil(v reflect.Value) bool {
	return (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil()
}

func isInteger(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uint64 }

// fieldsOf are a struct's fields; those of an embedded struct stand among its own.
func fieldsOf(v reflect.Value) object {
	var o object
	for i := range v.NumField() {
		f, field := v.Type().Field(i), v.Field(i)
		if f.Anonymous {
			if inner, ok := valueOf(field).(object); ok {
				o = append(o, inner...)
				continue
			}
		}
		if !f.IsExported() || empty(field) {
			continue
		}
		o = append(o, memberOf(snake(f.Name), field))
	}
	return o
}

func memberOf(name string, v reflect.Value) member {
	switch {
	case v.Type() == durationType:
		name += "_ms"
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 && !utf8.Valid(v.Bytes()):
		return member{name + "_base64", base64.StdEncoding.EncodeToString(v.Bytes())}
	}
	return member{name, valueOf(v)}
}

// empty tells what says nothing: no text, no time, nothing in a list. A number or a truth always says something.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Chan:
		return v.IsNil()
	case reflect.Struct:
		return v.Type() == timeType && v.Interface().(time.Time).IsZero()
	default:
		return false
	}
}

func entriesOf(v reflect.Value) object {
	values := map[string]reflect.Value{}
	for _, k := range v.MapKeys() {
		values[fmt.Sprint(k.Interface())] = v.MapIndex(k)
	}
	o := object{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		o = append(o, memberOf(name, values[name]))
	}
	return o
}

// snake is a field's name in snake case: FlowID is flow_id, LeaseExpiresAt is lease_expires_at.
func snake(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]) && !(runes[i+1] == 's' && i+2 == len(runes))) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
