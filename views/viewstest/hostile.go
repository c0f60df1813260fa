package viewstest

import (
	"reflect"
	"strings"
)

// Hostile is text that means harm: sequences that a terminal obeys, text that hides or turns around, widths that lie, and length.
func Hostile() string {
	return "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;http://x\x1b\\ \x9b1m\u009b1m \r\n\t\b\x00\x7f" +
		"\u202eesrever\u2066x\u2069 z\u200be\u200dr\u2060o\ufeff \xff\xfe \u2028\u2029 e" + strings.Repeat("\u0301", 40) +
		" \U0001f468\u200d\U0001f469\u200d\U0001f467 \u4e16\u754c \u1100\u1100\u1161 \U000e0041 " + strings.Repeat("A", 10_000)
}

// Poison fills every string and every byte slice that v, a pointer, reaches with hostile text: ids, words, names and map values.
// Slices and maps keep their length; nil pointers stay nil.
func Poison(v any) { poison(reflect.ValueOf(v)) }

func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(Hostile())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if v.CanSet() {
				v.SetBytes([]byte(Hostile()))
			}
			return
		}
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		poisonMap(v)
	}
}

// poisonMap poisons the values and adds a poisoned key.
func poisonMap(v reflect.Value) {
	for _, k := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(k))
		poison(value)
		v.SetMapIndex(k, value)
	}
	if v.Len() > 0 && v.Type().Key().Kind() == reflect.String {
		key := reflect.New(v.Type().Key()).Elem()
		key.SetString(Hostile())
		v.SetMapIndex(key, v.MapIndex(v.MapKeys()[0]))
	}
}
