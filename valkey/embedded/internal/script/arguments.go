package script

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"ffboard/valkey/embedded/internal/number"
)

// Limits that the C interpreter has by its stack and memory.
const (
	maxResults = 8000
	maxText    = 512 << 20
)

// text is a string, or a number as Lua prints it; anything else is empty.
func text(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return number.Lua(float64(v))
	}
	return ""
}

// isText says whether text can be had of v.
func isText(v lua.LValue) bool {
	return v.Type() == lua.LTString || v.Type() == lua.LTNumber
}

// toNumber is Lua's coercion of strings to numbers.
func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return number.FromLua(string(v))
	}
	return 0, false
}

func checkText(L *lua.LState, arg int) string {
	v := L.Get(arg)
	if !isText(v) {
		expected(L, arg, "string")
	}
	return text(v)
}

func checkNumber(L *lua.LState, arg int) float64 {
	f, ok := toNumber(L.Get(arg))
	if !ok {
		expected(L, arg, "number")
	}
	return f
}

func checkInt(L *lua.LState, arg int) int { return int(checkNumber(L, arg)) }

func optInt(L *lua.LState, arg, missing int) int {
	if L.Get(arg) == lua.LNil {
		return missing
	}
	return checkInt(L, arg)
}

// expected raises the error for an argument of another type, in the words of the C interpreter.
func expected(L *lua.LState, arg int, want string) {
	got := "no value"
	if arg <= L.GetTop() {
		got = L.Get(arg).Type().String()
	}
	raise(L, "bad argument #%d to '?' (%s expected, got %s)", arg, want, got)
}

// raise raises an error in a function written in Go. As in C Lua the message begins with the caller's line, when the
// caller is written in Lua.
func raise(L *lua.LState, format string, args ...any) {
	L.Error(lua.LString(where(L, 1)+fmt.Sprintf(format, args...)), 0)
}

// where is the source line at a level of the stack: 1 is the caller of the running function.
func where(L *lua.LState, level int) string {
	frame, ok := L.GetStack(level)
	if !ok {
		return ""
	}
	if _, err := L.GetInfo("l", frame, lua.LNil); err != nil || frame.CurrentLine <= 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", chunkName, frame.CurrentLine)
}
