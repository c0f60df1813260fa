package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// errUnreadable says that a recording holds something that is no answer to the question. It may have been made by another version, or
// by hand.
var errUnreadable = errors.New("the recording cannot be read here")

// decode reads what encode wrote into what the pointer points to. Fields that the type does not have are left out: a later version may
// have written them.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: there is something behind the answer", errUnreadable)
	}
	return decodeValue(tree, reflect.ValueOf(into).Elem())
}

func decodeValue(tree any, v reflect.Value) error {
	if tree == nil {
		v.SetZero()
		return nil
	}
	switch v.Type() {
	case timeType:
		return decodeTime(tree, v)
	case errorType:
		return decodeErrorInto(tree, v)
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decodeValue(tree, v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return decodeBytes(tree, v)
		}
		return decodeList(tree, v)
	case reflect.Array:
		return decodeList(tree, v)
	case reflect.Map:
		return decodeMap(tree, v)
	case reflect.Struct:
		return decodeStruct(tree, v)
	default:
		return decodeScalar(tree, v)
	}
}

func decodeScalar(tree any, v reflect.Value) error {
	number, _ := tree.(json.Number)
	text, isText := tree.(string)
	truth, isTruth := tree.(bool)
	var err error
	switch v.Kind() {
	case reflect.String:
		if !isText {
			return mismatch(tree, v)
		}
		text, err = decodeString(text)
		v.SetString(text)
	case reflect.Bool:
		if !isTruth {
			return mismatch(tree, v)
		}
		v.SetBool(truth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(number.String(), 10, v.Type().Bits())
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(number.String(), 10, v.Type().Bits())
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		if !isText {
			text = number.String()
		}
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		v.SetFloat(f)
	default:
		return mismatch(tree, v)
	}
	if err != nil {
		return mismatch(tree, v)
	}
	return nil
}

func mismatch(tree any, v reflect.Value) error {
	return fmt.Errorf("%w: a %T is no %s", errUnreadable, tree, v.Type())
}

func decodeList(tree any, v reflect.Value) error {
	list, ok := tree.([]any)
	if !ok || v.Kind() == reflect.Array && len(list) != v.Len() {
		return mismatch(tree, v)
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	}
	for i, each := range list {
		if err := decodeValue(each, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeMap(tree any, v reflect.Value) error {
	object, ok := tree.(map[string]any)
	if !ok || v.Type().Key().Kind() != reflect.String {
		return mismatch(tree, v)
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(object)))
	for name, each := range object {
		name, err := decodeString(name)
		if err != nil {
			return err
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if err := decodeValue(each, value); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), value)
	}
	return nil
}

func decodeStruct(tree any, v reflect.Value) error {
	object, ok := tree.(map[string]any)
	if !ok {
		return mismatch(tree, v)
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		each, found := object[field.Name]
		if !found || !field.IsExported() {
			continue
		}
		if err := decodeValue(each, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeTime(tree any, v reflect.Value) error {
	var parts [2]int64
	if err := decodeList(tree, reflect.ValueOf(&parts).Elem()); err != nil {
		return err
	}
	v.Set(reflect.ValueOf(time.Unix(parts[0], parts[1])))
	return nil
}

func decodeBytes(tree any, v reflect.Value) error {
	text, ok := tree.(string)
	if !ok {
		return mismatch(tree, v)
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return mismatch(tree, v)
	}
	v.Set(reflect.ValueOf(b).Convert(v.Type()))
	return nil
}

func decodeString(s string) (string, error) {
	coded, ok := strings.CutPrefix(s, noText)
	if !ok {
		return s, nil
	}
	b, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return string(b), nil
}
