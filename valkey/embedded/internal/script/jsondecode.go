package script

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"ffboard/valkey/embedded/internal/number"
)

// jsonToken is what the scanner found, named as the C module's error messages name it.
type jsonToken string

const (
	tokenObject    jsonToken = "T_OBJ_BEGIN"
	tokenObjectEnd jsonToken = "T_OBJ_END"
	tokenArray     jsonToken = "T_ARR_BEGIN"
	tokenArrayEnd  jsonToken = "T_ARR_END"
	tokenString    jsonToken = "T_STRING"
	tokenNumber    jsonToken = "T_NUMBER"
	tokenBoolean   jsonToken = "T_BOOLEAN"
	tokenNull      jsonToken = "T_NULL"
	tokenColon     jsonToken = "T_COLON"
	tokenComma     jsonToken = "T_COMMA"
	tokenEnd       jsonToken = "T_END"
)

// Tokens that are errors, named by what is wrong.
const (
	badToken         jsonToken = "invalid token"
	badNumber        jsonToken = "invalid number"
	badEscape        jsonToken = "invalid escape code"
	badUnicodeEscape jsonToken = "invalid unicode escape code"
	badStringEnd     jsonToken = "unexpected end of string"
)

// jsonReader reads JSON with the liberties of the C module: what strtod calls a number is one (hexadecimal, inf, nan,
// leading zeros and a plus), raw control characters stand in strings, the last of equal keys counts, and a zero byte ends it.
type jsonReader struct {
	s     string
	at    int // where the next token begins
	start int // where the current token began
	depth int
	value lua.LValue // of the current string, number or boolean
}

func jsonDecode(L *lua.LState) int {
	if L.GetTop() != 1 {
		raise(L, "bad argument #1 to 'decode' (expected 1 argument)")
	}
	value, err := decodeJSON(L, checkText(L, 1))
	if err != nil {
		raise(L, "%s", err.Error())
	}
	L.Push(value)
	return 1
}

func decodeJSON(L *lua.LState, s string) (lua.LValue, error) {
	if len(s) >= 2 && (s[0] == 0 || s[1] == 0) {
		return nil, failure("JSON parser does not support UTF-16 or UTF-32")
	}
	r := &jsonReader{s: s}
	value, err := r.read(L, r.next(), "value")
	if err != nil {
		return nil, err
	}
	if t := r.next(); t != tokenEnd {
		return nil, r.unexpected("the end", t)
	}
	return value, nil
}

func (r *jsonReader) unexpected(want string, got jsonToken) error {
	return failure("Expected %s but found %s at character %d", want, got, r.start+1)
}

func (r *jsonReader) read(L *lua.LState, t jsonToken, want string) (lua.LValue, error) {
	switch t {
	case tokenString, tokenNumber, tokenBoolean:
		return r.value, nil
	case tokenNull:
		return jsonNull, nil
	case tokenObject:
		return r.readObject(L)
	case tokenArray:
		return r.readArray(L)
	}
	return nil, r.unexpected(want, t)
}

func (r *jsonReader) descend() error {
	r.depth++
	if r.depth > maxJSONDepth {
		return failure("Found too many nested data structures (%d) at character %d", r.depth, r.at)
	}
	return nil
}

func (r *jsonReader) readObject(L *lua.LState) (lua.LValue, error) {
	if err := r.descend(); err != nil {
		return nil, err
	}
	out := L.CreateTable(0, 0)
	t := r.next()
	if t == tokenObjectEnd {
		r.depth--
		return out, nil
	}
	for {
		if t != tokenString {
			return nil, r.unexpected("object key string", t)
		}
		key := r.value
		if t = r.next(); t != tokenColon {
			return nil, r.unexpected("colon", t)
		}
		value, err := r.read(L, r.next(), "value")
		if err != nil {
			return nil, err
		}
		out.RawSet(key, value)
		switch t = r.next(); t {
		case tokenComma:
			t = r.next()
		case tokenObjectEnd:
			r.depth--
			return out, nil
		default:
			return nil, r.unexpected("comma or object end", t)
		}
	}
}

func (r *jsonReader) readArray(L *lua.LState) (lua.LValue, error) {
	if err := r.descend(); err != nil {
		return nil, err
	}
	out := L.CreateTable(0, 0)
	t := r.next()
	if t == tokenArrayEnd {
		r.depth--
		return out, nil
	}
	for n := 1; ; n++ {
		value, err := r.read(L, t, "value")
		if err != nil {
			return nil, err
		}
		out.RawSetInt(n, value)
		switch t = r.next(); t {
		case tokenComma:
			t = r.next()
		case tokenArrayEnd:
			r.depth--
			return out, nil
		default:
			return nil, r.unexpected("comma or array end", t)
		}
	}
}

// next finds the next token.
func (r *jsonReader) next() jsonToken {
	for r.at < len(r.s) && strings.IndexByte(" \t\n\r", r.s[r.at]) >= 0 {
		r.at++
	}
	r.start = r.at
	if r.at == len(r.s) || r.s[r.at] == 0 {
		return tokenEnd
	}
	rest := r.s[r.at:]
	switch c := rest[0]; {
	case c == '{':
		return r.take(1, tokenObject)
	case c == '}':
		return r.take(1, tokenObjectEnd)
	case c == '[':
		return r.take(1, tokenArray)
	case c == ']':
		return r.take(1, tokenArrayEnd)
	case c == ',':
		return r.take(1, tokenComma)
	case c == ':':
		return r.take(1, tokenColon)
	case c == '"':
		return r.readString()
	case strings.HasPrefix(rest, "true"):
		r.value = lua.LTrue
		return r.take(4, tokenBoolean)
	case strings.HasPrefix(rest, "false"):
		r.value = lua.LFalse
		return r.take(5, tokenBoolean)
	case strings.HasPrefix(rest, "null"):
		return r.take(4, tokenNull)
	case isDigit(c), strings.IndexByte("+-iInN", c) >= 0 && (c == '-' || looksLikeNumber(rest)):
		return r.readNumber(rest)
	}
	return badToken
}

func (r *jsonReader) take(length int, t jsonToken) jsonToken {
	r.at += length
	return t
}

// looksLikeNumber tells inf, nan and a plus from other words.
func looksLikeNumber(s string) bool {
	return s[0] == '+' || len(s) >= 3 && (strings.EqualFold(s[:3], "inf") || strings.EqualFold(s[:3], "nan"))
}

func (r *jsonReader) readNumber(rest string) jsonToken {
	f, taken := number.Prefix(rest)
	if taken == 0 {
		return badNumber
	}
	r.value = lua.LNumber(f)
	return r.take(taken, tokenNumber)
}

func (r *jsonReader) readString() jsonToken {
	r.at++
	var out []byte
	for {
		plain := strings.IndexAny(r.s[r.at:], "\"\\\x00")
		if plain < 0 || r.s[r.at+plain] == 0 {
			// The message names the place where the string breaks off.
			if plain < 0 {
				plain = len(r.s) - r.at
			}
			r.start = r.at + plain
			return badStringEnd
		}
		out = append(out, r.s[r.at:r.at+plain]...)
		r.at += plain
		if r.s[r.at] == '"' {
			r.at++
			r.value = lua.LString(out)
			return tokenString
		}
		c, taken, bad := unescape(r.s[r.at:])
		if bad != "" {
			r.start = r.at
			return bad
		}
		out = append(out, c...)
		r.at += taken
	}
}

// unescape reads one escape sequence.
func unescape(s string) (c []byte, taken int, bad jsonToken) {
	if len(s) < 2 {
		return nil, 0, badEscape
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return []byte{"\"\\/\b\f\n\r\t"[i]}, 2, ""
	}
	if s[1] != 'u' {
		return nil, 0, badEscape
	}
	r, ok := hex4(s[2:])
	if !ok {
		return nil, 0, badUnicodeEscape
	}
	taken = 6
	if utf16.IsSurrogate(r) {
		low, ok := hex4(strings.TrimPrefix(s[taken:], `\u`))
		if !strings.HasPrefix(s[taken:], `\u`) || !ok {
			return nil, 0, badUnicodeEscape
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return nil, 0, badUnicodeEscape
		}
		taken = 12
	}
	return utf8.AppendRune(nil, r), taken, ""
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var out rune
	for _, c := range []byte(s[:4]) {
		switch {
		case isDigit(c):
			out = out<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			out = out<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return out, true
}
