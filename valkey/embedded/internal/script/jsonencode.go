package script

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"ffboard/valkey/embedded/internal/number"
)

// Limits of the JSON module, which are Valkey's defaults.
const (
	maxJSONDepth = 1000
	sparseRatio  = 2  // an array may have this many times more places than elements
	sparseSafe   = 10 // up to this many places it may have any number
)

// jsonNull is cjson.null.
var jsonNull = &lua.LUserData{Metatable: lua.LNil}

func jsonEncode(L *lua.LState) int {
	if L.GetTop() != 1 {
		raise(L, "bad argument #1 to 'encode' (expected 1 argument)")
	}
	out, err := appendJSON(nil, L.Get(1), 0)
	if err != nil {
		raise(L, "%s", err.Error())
	}
	L.Push(lua.LString(out))
	return 1
}

func appendJSON(out []byte, v lua.LValue, depth int) ([]byte, error) {
	switch v := v.(type) {
	case lua.LString:
		return appendJSONString(out, string(v)), nil
	case lua.LNumber:
		f := float64(v)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, failure("Cannot serialise number: must not be NaN or Inf")
		}
		return append(out, number.Lua(f)...), nil
	case lua.LBool:
		return strconv.AppendBool(out, bool(v)), nil
	case *lua.LTable:
		return appendJSONTable(out, v, depth+1)
	case *lua.LNilType:
		return append(out, "null"...), nil
	}
	if v == jsonNull {
		return append(out, "null"...), nil
	}
	return nil, failure("Cannot serialise %s: type not supported", v.Type())
}

func appendJSONTable(out []byte, t *lua.LTable, depth int) ([]byte, error) {
	if depth > maxJSONDepth {
		return nil, failure("Cannot serialise, excessive nesting (%d)", depth)
	}
	length, err := arrayLength(t)
	if err != nil {
		return nil, err
	}
	if length > 0 {
		return appendJSONArray(out, t, length, depth)
	}
	return appendJSONObject(out, t, depth)
}

func appendJSONArray(out []byte, t *lua.LTable, length, depth int) ([]byte, error) {
	var err error
	out = append(out, '[')
	for i := 1; i <= length; i++ {
		if i > 1 {
			out = append(out, ',')
		}
		if out, err = appendJSON(out, t.RawGetInt(i), depth); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendJSONObject(out []byte, t *lua.LTable, depth int) ([]byte, error) {
	var err error
	first := true
	out = append(out, '{')
	t.ForEach(func(key, value lua.LValue) {
		if err != nil {
			return
		}
		if !isText(key) {
			err = failure("Cannot serialise %s: table key must be a number or string", key.Type())
			return
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendJSONString(out, text(key)), ':')
		out, err = appendJSON(out, value, depth)
	})
	if err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

// arrayLength is the length of a table all whose keys are positive integers, and 0 or less for an object.
func arrayLength(t *lua.LTable) (int, error) {
	longest, items := 0.0, 0.0
	object := false
	t.ForEach(func(key, _ lua.LValue) {
		n, ok := key.(lua.LNumber)
		if !ok || n < 1 || float64(n) != math.Floor(float64(n)) {
			object = true
			return
		}
		items++
		longest = max(longest, float64(n))
	})
	if object {
		return -1, nil
	}
	if longest > sparseRatio*items && longest > sparseSafe {
		return 0, failure("Cannot serialise table: excessively sparse array")
	}
	return int(longest), nil
}

const hexDigits = "0123456789abcdef"

func appendJSONString(out []byte, s string) []byte {
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '/':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, '\\', 'b')
		case '\t':
			out = append(out, '\\', 't')
		case '\n':
			out = append(out, '\\', 'n')
		case '\f':
			out = append(out, '\\', 'f')
		case '\r':
			out = append(out, '\\', 'r')
		default:
			if c < 0x20 || c == 0x7f {
				out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				out = append(out, c)
			}
		}
	}
	return append(out, '"')
}
