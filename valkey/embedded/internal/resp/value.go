// Package resp is the wire protocol of Valkey, both versions of it: values, their encoding, and a connection to talk
// over.
package resp

import (
	"math"
	"strconv"

	"ffboard/valkey/embedded/internal/number"
)

// Kind is the type byte of a value in version 3 of the protocol.
type Kind byte

// The kinds of values. NullArray is the other nothing of version 2; in version 3 it is Null.
const (
	Status    Kind = '+'
	Error     Kind = '-'
	Integer   Kind = ':'
	Bulk      Kind = '$'
	Array     Kind = '*'
	Null      Kind = '_'
	Double    Kind = ','
	Boolean   Kind = '#'
	Map       Kind = '%' // Items are keys and values in turn
	Set       Kind = '~'
	Push      Kind = '>'
	Verbatim  Kind = '=' // Text is without the format prefix, which is always txt
	NullArray Kind = 'N'
)

// Value is one reply. Which fields hold something depends on Kind.
type Value struct {
	Kind   Kind
	Text   string
	Int    int64
	Number float64
	Items  []Value
}

// OK is the status reply of a command that has nothing else to say.
var OK = Value{Kind: Status, Text: "OK"}

func Text(s string) Value          { return Value{Kind: Bulk, Text: s} }
func Simple(s string) Value        { return Value{Kind: Status, Text: s} }
func Err(s string) Value           { return Value{Kind: Error, Text: s} }
func Int(n int64) Value            { return Value{Kind: Integer, Int: n} }
func Float(f float64) Value        { return Value{Kind: Double, Number: f} }
func List(items ...Value) Value    { return Value{Kind: Array, Items: items} }
func Pairs(items ...Value) Value   { return Value{Kind: Map, Items: items} }
func Members(items ...Value) Value { return Value{Kind: Set, Items: items} }
func Nil() Value                   { return Value{Kind: Null} }
func NilList() Value               { return Value{Kind: NullArray} }

// Texts makes bulk strings of strings.
func Texts(all []string) []Value {
	out := make([]Value, len(all))
	for i, s := range all {
		out[i] = Text(s)
	}
	return out
}

// Strings gives the texts of an array's items.
func (v Value) Strings() []string {
	out := make([]string, len(v.Items))
	for i, item := range v.Items {
		out[i] = item.String()
	}
	return out
}

// String is the value as text; aggregates have none.
func (v Value) String() string {
	switch v.Kind {
	case Integer, Boolean:
		return strconv.FormatInt(v.Int, 10)
	case Double:
		return number.Shortest(v.Number)
	}
	return v.Text
}

// IsNull says whether the value is one of the two nothings.
func (v Value) IsNull() bool { return v.Kind == Null || v.Kind == NullArray }

// Append encodes v for version 2 or 3 of the protocol.
func (v Value) Append(out []byte, version int) []byte {
	if version < 3 {
		return v.append2(out)
	}
	switch v.Kind {
	case Null, NullArray:
		return append(out, "_\r\n"...)
	case Double:
		return line(out, ',', doubleText(v.Number))
	case Boolean:
		return line(out, '#', string("ft"[v.Int&1]))
	case Map:
		out = header(out, '%', len(v.Items)/2)
		return appendItems(out, v.Items, version)
	case Set, Push:
		out = header(out, byte(v.Kind), len(v.Items))
		return appendItems(out, v.Items, version)
	case Verbatim:
		out = header(out, '=', len(v.Text)+4)
		out = append(out, "txt:"...)
		out = append(out, v.Text...)
		return append(out, "\r\n"...)
	case Array:
		out = header(out, '*', len(v.Items))
		return appendItems(out, v.Items, version)
	}
	return v.append2(out)
}

// append2 writes version 2, which has fewer types.
func (v Value) append2(out []byte) []byte {
	switch v.Kind {
	case Status, Error:
		return line(out, byte(v.Kind), oneLine(v.Text))
	case Integer, Boolean:
		out = append(out, ':')
		out = strconv.AppendInt(out, v.Int, 10)
		return append(out, "\r\n"...)
	case Null:
		return append(out, "$-1\r\n"...)
	case NullArray:
		return append(out, "*-1\r\n"...)
	case Double:
		return bulk(out, number.Shortest(v.Number))
	case Array, Map, Set, Push:
		out = header(out, '*', len(v.Items))
		return appendItems(out, v.Items, 2)
	}
	return bulk(out, v.Text)
}

func appendItems(out []byte, items []Value, version int) []byte {
	for _, item := range items {
		out = item.Append(out, version)
	}
	return out
}

func header(out []byte, kind byte, n int) []byte {
	out = append(out, kind)
	out = strconv.AppendInt(out, int64(n), 10)
	return append(out, "\r\n"...)
}

func line(out []byte, kind byte, text string) []byte {
	out = append(out, kind)
	out = append(out, text...)
	return append(out, "\r\n"...)
}

func bulk(out []byte, text string) []byte {
	out = header(out, '$', len(text))
	out = append(out, text...)
	return append(out, "\r\n"...)
}

func doubleText(f float64) string {
	if math.IsNaN(f) {
		return "nan"
	}
	return number.Shortest(f)
}

// oneLine keeps a line break in data from ending a status or an error early.
func oneLine(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] != '\r' && s[i] != '\n' {
			continue
		}
		b := []byte(s)
		for ; i < len(b); i++ {
			if b[i] == '\r' || b[i] == '\n' {
				b[i] = ' '
			}
		}
		return string(b)
	}
	return s
}
