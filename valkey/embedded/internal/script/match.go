package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// guard turns a malformed pattern into a Lua error.
func guard(L *lua.LState) {
	if r := recover(); r != nil {
		e, ok := r.(patternError)
		if !ok {
			panic(r)
		}
		raise(L, "%s", e.Error())
	}
}

func stringFind(L *lua.LState) int {
	s, pattern, start := matchArguments(L)
	if lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pattern, "^$*+?.([%-") {
		at := strings.Index(s[start:], pattern)
		if at < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(start + at + 1))
		L.Push(lua.LNumber(start + at + len(pattern)))
		return 2
	}
	m, from, to, ok := search(L, s, pattern, start)
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(lua.LNumber(from + 1))
	L.Push(lua.LNumber(to))
	return 2 + pushCaptures(L, m)
}

func stringMatch(L *lua.LState) int {
	s, pattern, start := matchArguments(L)
	m, from, to, ok := search(L, s, pattern, start)
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	return pushMatch(L, m, from, to)
}

// matchArguments reads the arguments of find and match; start is an offset inside of s.
func matchArguments(L *lua.LState) (s, pattern string, start int) {
	s, pattern = checkText(L, 1), checkText(L, 2)
	return s, pattern, min(max(fromEnd(len(s), optInt(L, 3, 1)), 1)-1, len(s))
}

// search finds the first match at or after start.
func search(L *lua.LState, s, pattern string, start int) (m *matcher, from, to int, ok bool) {
	defer guard(L)
	m = &matcher{src: s, pat: pattern}
	anchored := strings.HasPrefix(pattern, "^")
	first := 0
	if anchored {
		first = 1
	}
	for at := start; at <= len(s); at++ {
		m.level = 0
		if end := m.matchAt(at, first); end >= 0 {
			return m, at, end, true
		}
		if anchored {
			break
		}
	}
	return nil, 0, 0, false
}

// pushMatch pushes the captures, or the whole match when the pattern has none.
func pushMatch(L *lua.LState, m *matcher, from, to int) int {
	if m.level > 0 {
		return pushCaptures(L, m)
	}
	L.Push(lua.LString(m.src[from:to]))
	return 1
}

func pushCaptures(L *lua.LState, m *matcher) int {
	for i := range m.level {
		L.Push(captured(L, m, i))
	}
	return m.level
}

func captured(L *lua.LState, m *matcher, i int) lua.LValue {
	c := m.capture[i]
	switch c.length {
	case capturePosition:
		return lua.LNumber(c.start + 1)
	case captureOpen:
		raise(L, "unfinished capture")
	}
	return lua.LString(m.src[c.start : c.start+c.length])
}

func stringGmatch(L *lua.LState) int {
	s, pattern := checkText(L, 1), checkText(L, 2)
	at := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		defer guard(L)
		m := &matcher{src: s, pat: pattern}
		for ; at <= len(s); at++ {
			m.level = 0
			end := m.matchAt(at, 0)
			if end < 0 {
				continue
			}
			from := at
			at = end
			if end == from {
				at++
			}
			return pushMatch(L, m, from, end)
		}
		return 0
	}))
	return 1
}

func stringGsub(L *lua.LState) int {
	defer guard(L)
	s, pattern := checkText(L, 1), checkText(L, 2)
	replace := replacement(L)
	limit := optInt(L, 4, len(s)+1)
	anchored := strings.HasPrefix(pattern, "^")
	first := 0
	if anchored {
		first = 1
	}
	var out strings.Builder
	m := &matcher{src: s, pat: pattern}
	at, count := 0, 0
	for count < limit {
		m.level = 0
		end := m.matchAt(at, first)
		if end >= 0 {
			count++
			out.WriteString(replace(m, at, end))
		}
		switch {
		case end > at:
			at = end
		case at < len(s):
			out.WriteByte(s[at])
			at++
		default:
			limit = 0
		}
		if anchored {
			break
		}
	}
	out.WriteString(s[min(at, len(s)):])
	L.Push(lua.LString(out.String()))
	L.Push(lua.LNumber(count))
	return 2
}

// replacement is how the third argument of gsub replaces a match.
func replacement(L *lua.LState) func(m *matcher, from, to int) string {
	value := L.Get(3)
	switch v := value.(type) {
	case lua.LString, lua.LNumber:
		template := text(v)
		return func(m *matcher, from, to int) string { return expand(L, template, m, from, to) }
	case *lua.LTable:
		return func(m *matcher, from, to int) string {
			return replaced(L, L.GetTable(v, firstCapture(L, m, from, to)), m.src[from:to])
		}
	case *lua.LFunction:
		return func(m *matcher, from, to int) string {
			L.Push(v)
			L.Call(pushMatch(L, m, from, to), 1)
			result := L.Get(-1)
			L.Pop(1)
			return replaced(L, result, m.src[from:to])
		}
	}
	L.ArgError(3, "string/function/table expected")
	return nil
}

func firstCapture(L *lua.LState, m *matcher, from, to int) lua.LValue {
	if m.level > 0 {
		return captured(L, m, 0)
	}
	return lua.LString(m.src[from:to])
}

// replaced is what a table or a function gives for a match: nil and false keep it.
func replaced(L *lua.LState, value lua.LValue, whole string) string {
	switch value.(type) {
	case lua.LString, lua.LNumber:
		return text(value)
	}
	if lua.LVIsFalse(value) {
		return whole
	}
	raise(L, "invalid replacement value (a %s)", value.Type().String())
	return ""
}

// expand replaces %0 to %9 of a template by captures.
func expand(L *lua.LState, template string, m *matcher, from, to int) string {
	if !strings.Contains(template, "%") {
		return template
	}
	var out strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] != '%' || i+1 == len(template) {
			out.WriteByte(template[i])
			continue
		}
		i++
		switch c := template[i]; {
		case !isDigit(c):
			out.WriteByte(c)
		case c == '0' || c == '1' && m.level == 0:
			out.WriteString(m.src[from:to])
		default:
			n := int(c - '1')
			if n >= m.level {
				raise(L, "invalid capture index")
			}
			out.WriteString(text(captured(L, m, n)))
		}
	}
	return out.String()
}
