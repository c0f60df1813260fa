package plain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"ffboard/theme"
)

// WriteJSON writes a record as an indented JSON document and a newline.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v, "  ") }

// WriteJSONLine writes a record as JSON on one line.
func WriteJSONLine(w io.Writer, v any) error { return writeJSON(w, v, "") }

func writeJSON(w io.Writer, v any, indent string) error {
	var compact bytes.Buffer
	appendJSON(&compact, document(v))
	if indent != "" {
		var b bytes.Buffer
		if err := json.Indent(&b, compact.Bytes(), "", indent); err != nil {
			return err
		}
		compact = b
	}
	compact.WriteByte('\n')
	_, err := w.Write(compact.Bytes())
	return err
}

func appendJSON(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			appendQuoted(b, m.name)
			b.WriteByte(':')
			appendJSON(b, m.value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			appendJSON(b, item)
		}
		b.WriteByte(']')
	case string:
		appendQuoted(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			appendQuoted(b, strconv.FormatFloat(v, 'g', -1, 64))
			return
		}
		b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	default:
		fmt.Fprint(b, v)
	}
}

// appendQuoted writes a JSON string in which every rune that a terminal would obey or hide is escaped. Bytes that are no UTF-8 become
// U+FFFD, as in every JSON.
func appendQuoted(b *bytes.Buffer, s string) {
	var encoded bytes.Buffer
	e := json.NewEncoder(&encoded)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can be
	quoted := bytes.TrimSuffix(encoded.Bytes(), []byte("\n"))
	if plainASCII(quoted) {
		b.Write(quoted)
		return
	}
	b.WriteString(escapeHidden(string(quoted)))
}

func plainASCII(s []byte) bool {
	for _, c := range s {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// Escaped is w for those who write JSON, whole documents at a time, and leave runes in it that a terminal would obey or hide.
func Escaped(w io.Writer) io.Writer { return escaped{w} }

type escaped struct{ w io.Writer }

func (e escaped) Write(p []byte) (int, error) {
	if _, err := io.WriteString(e.w, escapeHidden(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escapeHidden writes hidden runes as JSON and YAML do, in pairs of surrogates beyond the first plane.
func escapeHidden(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == utf8.RuneError || !theme.Hidden(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
	}
	return b.String()
}
