package recording

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ffboard/engine"
)

// The engine's types know how to write themselves for the wire, where ids are checked and what is malformed is refused. A recording
// keeps what a board was shown, malformed or not, so values are written by their fields alone, and only what is not zero.

var (
	timeType  = reflect.TypeFor[time.Time]()
	tokenType = reflect.TypeFor[engine.WaitpointToken]()
	errorType = reflect.TypeFor[error]()
)

// noText stands before a string that JSON cannot hold as it is; what follows is its base64.
const noText = "\x00base64:"

// encode appends what a pointer points to as JSON.
func encode(to []byte, pointer any) ([]byte, error) {
	return encodeValue(to, reflect.ValueOf(pointer).Elem())
}

func encodeValue(to []byte, v reflect.Value) ([]byte, error) {
	switch v.Type() {
	case timeType:
		return encodeTime(to, v.Interface().(time.Time)), nil
	case tokenType:
		return encodeString(to, v.Interface().(engine.WaitpointToken).String()), nil
	case errorType:
		err, _ := v.Interface().(error)
		return encodeError(to, err)
	}
	switch v.Kind() {
	case reflect.String:
		return encodeString(to, v.String()), nil
	case reflect.Bool:
		return strconv.AppendBool(to, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(to, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(to, v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return encodeFloat(to, v.Float()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(to, "null"...), nil
		}
		return encodeValue(to, v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return append(to, "null"...), nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return append(base64.StdEncoding.AppendEncode(append(to, '"'), v.Bytes()), '"'), nil
		}
		return encodeList(to, v)
	case reflect.Array:
		return encodeList(to, v)
	case reflect.Map:
		return encodeMap(to, v)
	case reflect.Struct:
		return encodeStruct(to, v)
	default:
		return to, fmt.Errorf("a %s cannot be recorded", v.Type())
	}
}

func encodeList(to []byte, v reflect.Value) (_ []byte, err error) {
	to = append(to, '[')
	for i := range v.Len() {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = encodeValue(to, v.Index(i)); err != nil {
			return to, err
		}
	}
	return append(to, ']'), nil
}

// encodeMap writes a map in the order of its keys, so that the same answer is the same text.
func encodeMap(to []byte, v reflect.Value) (_ []byte, err error) {
	if v.IsNil() {
		return append(to, "null"...), nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return to, fmt.Errorf("a %s cannot be recorded", v.Type())
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	to = append(to, '{')
	for i, key := range keys {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(encodeString(to, key.String()), ':')
		if to, err = encodeValue(to, v.MapIndex(key)); err != nil {
			return to, err
		}
	}
	return append(to, '}'), nil
}

func encodeStruct(to []byte, v reflect.Value) (_ []byte, err error) {
	to = append(to, '{')
	first := true
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		field := v.Type().Field(i)
		if !field.IsExported() {
			return to, fmt.Errorf("%s.%s cannot be recorded", v.Type(), field.Name)
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(append(append(to, '"'), field.Name...), '"', ':')
		if to, err = encodeValue(to, v.Field(i)); err != nil {
			return to, err
		}
	}
	return append(to, '}'), nil
}

// encodeTime writes seconds and nanoseconds: stored times may be beyond what one number holds.
func encodeTime(to []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(to, "null"...)
	}
	to = strconv.AppendInt(append(to, '['), t.Unix(), 10)
	return append(strconv.AppendInt(append(to, ','), int64(t.Nanosecond()), 10), ']')
}

func encodeFloat(to []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(strconv.AppendFloat(append(to, '"'), f, 'g', -1, 64), '"')
	}
	return strconv.AppendFloat(to, f, 'g', -1, 64)
}

func encodeString(to []byte, s string) []byte {
	if !utf8.ValidString(s) || strings.HasPrefix(s, noText) {
		s = noText + base64.StdEncoding.EncodeToString([]byte(s))
	}
	text, _ := json.Marshal(s) // of a valid string there is no error
	return append(to, text...)
}
