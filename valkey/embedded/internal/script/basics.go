package script

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// basicFunctions replace those of the interpreter's global functions that differ from C Lua's, or from Valkey's.
var basicFunctions = map[string]lua.LGFunction{
	"tostring": baseToString, "tonumber": baseToNumber, "unpack": baseUnpack, "pcall": basePcall, "error": baseError, "collectgarbage": baseCollectGarbage,
}

func baseToString(L *lua.LState) int {
	v := L.CheckAny(1)
	switch {
	case isText(v):
		L.Push(lua.LString(text(v)))
	case v == jsonNull:
		L.Push(lua.LString("userdata: (nil)"))
	default:
		L.Push(L.ToStringMeta(v))
	}
	return 1
}

func baseToNumber(L *lua.LState) int {
	v := L.CheckAny(1)
	if base := optInt(L, 2, 10); base != 10 {
		L.Push(inBase(strings.TrimSpace(checkText(L, 1)), base))
		return 1
	}
	if f, ok := toNumber(v); ok {
		L.Push(lua.LNumber(f))
		return 1
	}
	L.Push(lua.LNil)
	return 1
}

func inBase(s string, base int) lua.LValue {
	if base == 16 && len(s) > 2 && strings.EqualFold(s[:2], "0x") {
		s = s[2:]
	}
	if base < 2 || base > 36 {
		return lua.LNil
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		return lua.LNil
	}
	return lua.LNumber(n)
}

func baseUnpack(L *lua.LState) int {
	t := L.CheckTable(1)
	first := optInt(L, 2, 1)
	last := optInt(L, 3, t.Len())
	if last-first >= maxResults {
		raise(L, "too many results to unpack")
	}
	for i := first; i <= last; i++ {
		L.Push(t.RawGetInt(i))
	}
	return max(0, last-first+1)
}

// basePcall is Lua's, except that of a server's error, which is a table, the caller gets the message.
func basePcall(L *lua.LState) int {
	L.CheckAny(1)
	if err := L.PCall(L.GetTop()-1, lua.MultRet, nil); err != nil {
		L.Push(lua.LFalse)
		L.Push(errorValue(err))
		return 2
	}
	L.Insert(lua.LTrue, 1)
	return L.GetTop()
}

// baseError raises any value; a string gets the line of the level that is to blame.
func baseError(L *lua.LState) int {
	v := L.Get(1)
	if s, ok := v.(lua.LString); ok {
		if level := optInt(L, 2, 1); level > 0 {
			v = lua.LString(where(L, level)) + s
		}
	}
	L.Error(v, 0)
	return 0
}

// errorValue is what a script sees of an error that it catches.
func errorValue(err error) lua.LValue {
	raised, ok := err.(*lua.ApiError)
	if !ok {
		return lua.LString(err.Error())
	}
	if t, ok := raised.Object.(*lua.LTable); ok {
		if message := t.RawGetString("err"); message != lua.LNil {
			return message
		}
	}
	return raised.Object
}

// baseCollectGarbage leaves memory to Go.
func baseCollectGarbage(L *lua.LState) int {
	L.Push(lua.LNumber(0))
	return 1
}

func tableConcat(L *lua.LState) int {
	t := L.CheckTable(1)
	separator := ""
	if L.Get(2) != lua.LNil {
		separator = checkText(L, 2)
	}
	first, last := optInt(L, 3, 1), optInt(L, 4, t.Len())
	var out strings.Builder
	for i := first; i <= last; i++ {
		v := t.RawGetInt(i)
		if !isText(v) {
			raise(L, "invalid value (%s) at index %d in table for 'concat'", v.Type().String(), i)
		}
		out.WriteString(text(v))
		if i < last {
			out.WriteString(separator)
		}
	}
	L.Push(lua.LString(out.String()))
	return 1
}

// concat is the .. operator for any number of operands; see rewriteConcat.
func concat(L *lua.LState) int {
	size := 0
	top := L.GetTop()
	parts := make([]string, top)
	for i := range parts {
		v := L.Get(i + 1)
		if !isText(v) {
			raise(L, "attempt to concatenate a %s value", v.Type().String())
		}
		parts[i] = text(v)
		size += len(parts[i])
	}
	if size > maxText {
		raise(L, "string length overflow")
	}
	L.Push(lua.LString(strings.Join(parts, "")))
	return 1
}

// arithmetic gives strings the operators of numbers, with C Lua's rules for which strings are numbers.
var arithmetic = map[string]func(a, b float64) float64{
	"__add": func(a, b float64) float64 { return a + b },
	"__sub": func(a, b float64) float64 { return a - b },
	"__mul": func(a, b float64) float64 { return a * b },
	"__div": func(a, b float64) float64 { return a / b },
	"__mod": func(a, b float64) float64 { return a - math.Floor(a/b)*b },
	"__pow": math.Pow,
	"__unm": func(a, _ float64) float64 { return -a },
}

func operator(apply func(a, b float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		a, left := toNumber(L.Get(1))
		b, right := toNumber(L.Get(2))
		if L.GetTop() == 1 {
			b, right = 0, true
		}
		if !left || !right {
			wrong := L.Get(1)
			if left {
				wrong = L.Get(2)
			}
			raise(L, "attempt to perform arithmetic on a %s value", wrong.Type().String())
		}
		L.Push(lua.LNumber(apply(a, b)))
		return 1
	}
}
