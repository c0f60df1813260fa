package script

import (
	"errors"
	"strings"
)

// maxCaptures is Lua's LUA_MAXCAPTURES.
const maxCaptures = 32

// Marks in place of a capture's length.
const (
	captureOpen     = -1
	capturePosition = -2
)

// matcher matches one of Lua's patterns; it follows lstrlib.c, with offsets in place of pointers and -1 for no match.
type matcher struct {
	src, pat string
	level    int
	capture  [maxCaptures]struct{ start, length int }
}

// patternError is raised by panic inside a match and recovered at its entry.
type patternError struct{ error }

func fail(message string) { panic(patternError{errors.New(message)}) }

// matchAt matches the pattern from p on against the source from s on and returns the end of the match.
func (m *matcher) matchAt(s, p int) int {
	for p < len(m.pat) {
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.startCapture(s, p+2, capturePosition)
			}
			return m.startCapture(s, p+1, captureOpen)
		case ')':
			return m.endCapture(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if next, ok := m.special(s, p); ok {
				if next.s < 0 {
					return -1
				}
				s, p = next.s, next.p
				continue
			}
		}
		end := m.classEnd(p)
		single := s < len(m.src) && m.matchSingle(m.src[s], p, end)
		var suffix byte
		if end < len(m.pat) {
			suffix = m.pat[end]
		}
		switch suffix {
		case '?':
			if single {
				if e := m.matchAt(s+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return m.maxExpand(s, p, end)
		case '+':
			if !single {
				return -1
			}
			return m.maxExpand(s+1, p, end)
		case '-':
			return m.minExpand(s, p, end)
		default:
			if !single {
				return -1
			}
			s, p = s+1, end
		}
	}
	return s
}

type position struct{ s, p int }

// special handles %b, %f and back references; ok is false for an ordinary class or escape.
func (m *matcher) special(s, p int) (next position, ok bool) {
	if p+1 >= len(m.pat) {
		return position{}, false
	}
	switch c := m.pat[p+1]; {
	case c == 'b':
		return position{m.balance(s, p+2), p + 4}, true
	case c == 'f':
		p += 2
		if p >= len(m.pat) || m.pat[p] != '[' {
			fail("missing '[' after '%f' in pattern")
		}
		end := m.classEnd(p)
		var before, at byte
		if s > 0 {
			before = m.src[s-1]
		}
		if s < len(m.src) {
			at = m.src[s]
		}
		if m.inSet(before, p, end-1) || !m.inSet(at, p, end-1) {
			return position{s: -1}, true
		}
		return position{s, end}, true
	case isDigit(c):
		return position{m.backReference(s, c), p + 2}, true
	}
	return position{}, false
}

func (m *matcher) startCapture(s, p, what int) int {
	if m.level >= maxCaptures {
		fail("too many captures")
	}
	m.capture[m.level].start = s
	m.capture[m.level].length = what
	m.level++
	e := m.matchAt(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) endCapture(s, p int) int {
	open := -1
	for i := m.level - 1; i >= 0; i-- {
		if m.capture[i].length == captureOpen {
			open = i
			break
		}
	}
	if open < 0 {
		fail("invalid pattern capture")
	}
	m.capture[open].length = s - m.capture[open].start
	e := m.matchAt(s, p)
	if e < 0 {
		m.capture[open].length = captureOpen
	}
	return e
}

func (m *matcher) backReference(s int, c byte) int {
	i := int(c) - '1'
	if i < 0 || i >= m.level || m.capture[i].length == captureOpen {
		fail("invalid capture index")
	}
	text := ""
	if m.capture[i].length > 0 {
		text = m.src[m.capture[i].start:][:m.capture[i].length]
	}
	if strings.HasPrefix(m.src[s:], text) {
		return s + len(text)
	}
	return -1
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		fail("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	begin, end, depth := m.pat[p], m.pat[p+1], 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case end:
			if depth--; depth == 0 {
				return i + 1
			}
		case begin:
			depth++
		}
	}
	return -1
}

func (m *matcher) maxExpand(s, p, end int) int {
	n := 0
	for s+n < len(m.src) && m.matchSingle(m.src[s+n], p, end) {
		n++
	}
	for ; n >= 0; n-- {
		if e := m.matchAt(s+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

func (m *matcher) minExpand(s, p, end int) int {
	for {
		if e := m.matchAt(s, end+1); e >= 0 {
			return e
		}
		if s >= len(m.src) || !m.matchSingle(m.src[s], p, end) {
			return -1
		}
		s++
	}
}

// classEnd is where the single-character element that begins at p ends.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p >= len(m.pat) {
			fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				fail("malformed pattern (missing ']')")
			}
			escape := m.pat[p] == '%'
			p++
			if escape && p < len(m.pat) {
				p++
			}
		}
		return p + 1
	}
	return p
}

func (m *matcher) matchSingle(c byte, p, end int) bool {
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	}
	return m.pat[p] == c
}

// inSet matches a bracket expression that begins at p and whose closing bracket stands at end.
func (m *matcher) inSet(c byte, p, end int) bool {
	found := true
	p++
	if m.pat[p] == '^' {
		found = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if inClass(c, m.pat[p]) {
				return found
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return found
			}
			p += 2
		case m.pat[p] == c:
			return found
		}
	}
	return !found
}

// inClass matches %a, %d and the rest in the C locale; an upper-case letter is the complement.
func inClass(c, class byte) bool {
	var in bool
	switch class | 0x20 {
	case 'a':
		in = isAlpha(c)
	case 'c':
		in = c < 0x20 || c == 0x7f
	case 'd':
		in = isDigit(c)
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > 0x20 && c < 0x7f && !isAlpha(c) && !isDigit(c)
	case 's':
		in = c == ' ' || c >= '\t' && c <= '\r'
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isAlpha(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	return in == (class >= 'a')
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
