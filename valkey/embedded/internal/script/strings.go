package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// stringFunctions is Lua's string library over bytes, as C has it. The interpreter's own differs for bytes above 127, for
// numbers given as strings and in corners of patterns.
var stringFunctions = map[string]lua.LGFunction{
	"byte": stringByte, "char": stringChar, "find": stringFind, "format": stringFormat, "gmatch": stringGmatch, "gfind": stringGmatch,
	"gsub": stringGsub, "len": stringLen, "lower": stringLower, "match": stringMatch, "rep": stringRep, "reverse": stringReverse,
	"sub": stringSub, "upper": stringUpper,
}

func stringLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(checkText(L, 1))))
	return 1
}

func stringSub(L *lua.LState) int {
	s := checkText(L, 1)
	start, end := slice(len(s), checkInt(L, 2), optInt(L, 3, -1))
	L.Push(lua.LString(s[start:end]))
	return 1
}

// slice turns Lua's positions, first and last included and negative ones from the end, into Go's.
func slice(length, first, last int) (start, end int) {
	first, last = fromEnd(length, first), fromEnd(length, last)
	start, end = max(first, 1)-1, min(last, length)
	if start >= end {
		return 0, 0
	}
	return start, end
}

func fromEnd(length, position int) int {
	if position < 0 {
		return max(0, position+length+1)
	}
	return position
}

func stringUpper(L *lua.LState) int {
	L.Push(lua.LString(mapBytes(checkText(L, 1), 'a', 'z')))
	return 1
}

func stringLower(L *lua.LState) int {
	L.Push(lua.LString(mapBytes(checkText(L, 1), 'A', 'Z')))
	return 1
}

// mapBytes changes the case of the ASCII letters from low to high.
func mapBytes(s string, low, high byte) string {
	b := []byte(s)
	for i, c := range b {
		if c >= low && c <= high {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

func stringReverse(L *lua.LState) int {
	s := checkText(L, 1)
	b := make([]byte, len(s))
	for i := range len(s) {
		b[len(s)-1-i] = s[i]
	}
	L.Push(lua.LString(b))
	return 1
}

func stringRep(L *lua.LState) int {
	s, n := checkText(L, 1), checkInt(L, 2)
	if n > 0 && len(s) > maxText/n {
		raise(L, "resulting string too large")
	}
	L.Push(lua.LString(strings.Repeat(s, max(0, n))))
	return 1
}

func stringByte(L *lua.LState) int {
	s := checkText(L, 1)
	first := optInt(L, 2, 1)
	start, end := slice(len(s), first, optInt(L, 3, first))
	if end-start >= maxResults {
		raise(L, "string slice too long")
	}
	for i := start; i < end; i++ {
		L.Push(lua.LNumber(s[i]))
	}
	return end - start
}

func stringChar(L *lua.LState) int {
	b := make([]byte, L.GetTop())
	for i := range b {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			raise(L, "bad argument #%d to '?' (invalid value)", i+1)
		}
		b[i] = byte(c)
	}
	L.Push(lua.LString(b))
	return 1
}
