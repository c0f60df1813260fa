package views

import (
	"bytes"
	"encoding/json"
	"strings"
)

const (
	mostBrief  = 1 << 10 // bytes of a frame's JSON on one line
	mostPretty = 8 << 10 // bytes of it on several
)

// frameJSON is a frame's payload as a list shows it, made when it is first drawn.
type frameJSON struct {
	brief  string // its members on one line, what is inside of them counted; "" where the payload is no JSON
	pretty string // its beginning, indented
	more   bool   // pretty is not all
}

// json is the frame's payload for a list.
func (f *tailFrame) json() *frameJSON {
	if f.asJSON == nil {
		f.asJSON = newFrameJSON(f.Payload)
	}
	return f.asJSON
}

func newFrameJSON(payload []byte) *frameJSON {
	if !startsJSON(payload) || !json.Valid(payload) {
		return &frameJSON{}
	}
	j := &frameJSON{brief: briefJSON(payload)}
	j.pretty = indented(payload)
	end := min(len(j.pretty), mostPretty)
	for at, lines := 0, 0; at < end && lines <= mostWrapped; lines++ {
		next := strings.IndexByte(j.pretty[at:end], '\n')
		if next < 0 {
			break
		}
		if at += next + 1; lines == mostWrapped {
			end = at
		}
	}
	j.more = end < len(j.pretty)
	j.pretty = strings.Clone(j.pretty[:end])
	return j
}

// briefJSON is valid JSON, object or array, on one line: {step: "fetch", args: {2}, list: [12]}.
func briefJSON(document []byte) string {
	d := json.NewDecoder(bytes.NewReader(document))
	open, err := d.Token()
	if err != nil {
		return ""
	}
	object := open == json.Delim('{')
	var b strings.Builder
	b.WriteString(map[bool]string{true: "{", false: "["}[object])
	for first := true; d.More(); first = false {
		if !first {
			b.WriteString(", ")
		}
		if b.Len() > mostBrief {
			b.WriteString("…")
			break
		}
		if object {
			name, err := d.Token()
			if err != nil {
				return ""
			}
			b.WriteString(name.(string) + ": ")
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return ""
		}
		b.WriteString(briefValue(value))
	}
	b.WriteString(map[bool]string{true: "}", false: "]"}[object])
	return b.String()
}

// briefValue is a value as it stands, or how many members it has.
func briefValue(value []byte) string {
	switch value[0] {
	case '{':
		return "{" + string(Count(membersOf(value))) + "}"
	case '[':
		return "[" + string(Count(membersOf(value))) + "]"
	default:
		return string(value[:min(len(value), mostBrief)])
	}
}

// membersOf counts what stands directly in valid JSON.
func membersOf(value []byte) int {
	depth, commas, quoted, empty := 0, 0, false, true
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted, empty = !quoted, false
		case quoted:
		case c == '{' || c == '[':
			empty = empty && depth == 0
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == 1:
			commas++
		case c != ' ' && c != '\n' && c != '\t' && c != '\r':
			empty = false
		}
	}
	if empty {
		return 0
	}
	return commas + 1
}
