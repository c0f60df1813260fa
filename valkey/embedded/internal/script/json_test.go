package script

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"ffboard/valkey/embedded/internal/resp"
)

// The expected texts below are what Valkey 8.0.1 answers.
func TestJSONIsWrittenAsByCJSON(t *testing.T) {
	cases := []struct{ name, expression, want string }{
		{"numbers", "{1e15, 123456789012345678, 0.1, 1/3, 1e300, 12}", `[1e+15,1.2345678901235e+17,0.1,0.33333333333333,1e+300,12]`},
		{"an empty table", "{}", `{}`},
		{"holes", "{1, 2, nil, 4}", `[1,2,null,4]`},
		{"an array with few holes", "{[1] = 1, [3] = 1}", `[1,null,1]`},
		{"an array that begins at ten", "{[10] = 1}", `[null,null,null,null,null,null,null,null,null,1]`},
		{"an array that is too sparse", "{[1] = 1, [100] = 2}", "user_function:3: Cannot serialise table: excessively sparse array"},
		{"keys that are no positions", "{[1.5] = 1}", `{"1.5":1}`},
		{"nothing", "{cjson.null, true, false}", `[null,true,false]`},
		{"nested", "{x = {}}", `{"x":{}}`},
		{"escapes", `'a/b"c\\d\n\t\r\b\f\1\127\200é'`, `"a\/b\"c\\d\n\t\r\b\f\u0001\u007f` + "\xc8é\""},
		{"infinity", "1/0", "user_function:3: Cannot serialise number: must not be NaN or Inf"},
		{"a function", "{function() end}", "user_function:3: Cannot serialise function: type not supported"},
		{"a key that is none", "{[true] = 1}", "user_function:3: Cannot serialise boolean: table key must be a number or string"},
		{"too deep", "(function() local out = {} for i = 1, 1000 do out = {out} end return out end)()", "user_function:3: Cannot serialise, excessive nesting (1001)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := eval(t, "local ok, e = pcall(function() local text = cjson.encode("+c.expression+") return text end) return e")
			if got.Text != c.want {
				t.Errorf("got %q, want %q", got.Text, c.want)
			}
		})
	}
}

func TestJSONIsReadAsByCJSON(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"a number", " 1 ", "1"}, {"a fraction without digits", "1.", "1"}, {"hexadecimal", "0x10", "16"}, {"a leading zero", "01", "1"}, {"a plus", "+1", "1"},
		{"not a number", "NaN", "nan"}, {"infinity", "-inf", "-inf"}, {"too large", "1e400", "inf"}, {"nothing", "null", "userdata: (nil)"}, {"true", "true", "true"},
		{"escapes", `"\u00e9\ud83d\ude00\u0000\/\n"`, "é😀\x00/\n"}, {"control characters", "\"tab\tx\"", "tab\tx"}, {"what follows a zero byte", "1 \x00", "1"},
		{"trailing text", "1x", "Expected the end but found invalid token at character 2"},
		{"a trailing comma", "[1,2,]", "Expected value but found T_ARR_END at character 6"},
		{"no comma", "[1 2]", "Expected comma or array end but found T_NUMBER at character 4"},
		{"a trailing comma in an object", `{"a":1,}`, "Expected object key string but found T_OBJ_END at character 8"},
		{"no colon", `{"a" 1}`, "Expected colon but found T_NUMBER at character 6"},
		{"a bare key", "{a:1}", "Expected object key string but found invalid token at character 2"},
		{"half a word", "tru", "Expected value but found invalid token at character 1"},
		{"only a sign", "-", "Expected value but found invalid number at character 1"},
		{"no end of a text", `"a`, "Expected value but found unexpected end of string at character 3"},
		{"an unknown escape", `"\x"`, "Expected value but found invalid escape code at character 2"},
		{"half a pair", `"\ud83d"`, "Expected value but found invalid unicode escape code at character 2"},
		{"nothing at all", "", "Expected value but found T_END at character 1"},
		{"UTF-16", "a\x00", "JSON parser does not support UTF-16 or UTF-32"},
		{"an open object", `{"a":1`, "Expected comma or object end but found T_END at character 7"},
		{"a text after a text", `"a" "b"`, "Expected the end but found T_STRING at character 5"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := eval(t, "local ok, v = pcall(cjson.decode, args[1]) return tostring(v)", c.text)
			if got.Text != c.want {
				t.Errorf("got %q, want %q", got.Text, c.want)
			}
		})
	}
	deep := eval(t, "local ok, e = pcall(cjson.decode, ('['):rep(1001)) return e")
	if want := "Found too many nested data structures (1001) at character 1001"; deep.Text != want {
		t.Errorf("got %q, want %q", deep.Text, want)
	}
}

// FuzzJSONRoundTrip: what Go calls JSON is read, and written so that Go reads the same again.
func FuzzJSONRoundTrip(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,null,true,{"b":"c/d\u00e9"}]}`, `"\ud83d\ude00"`, `[[],{}]`, `1e3`, `{"":""}`, `[null]`, `{"a":1,"a":2}`} {
		f.Add(seed)
	}
	l := load(f, "redis.register_function('f', function(keys, args) return cjson.encode(cjson.decode(args[1])) end)")
	f.Fuzz(func(t *testing.T, text string) {
		got := l.Call(l.Functions[0], nil, []string{text}, nil)
		var want, back any
		if json.Unmarshal([]byte(text), &want) != nil || !sameInLua(want) {
			return // the C module is more liberal, or cannot say the same
		}
		if got.Kind != resp.Bulk {
			t.Fatalf("%q: %+v", text, got)
		}
		if err := json.Unmarshal([]byte(got.Text), &back); err != nil || !reflect.DeepEqual(want, back) {
			t.Fatalf("%q became %q (%v)", text, got.Text, err)
		}
	})
}

// sameInLua says whether a value survives Lua: no empty arrays, no numbers of more than 14 digits, no text that is not Unicode.
func sameInLua(v any) bool {
	switch v := v.(type) {
	case float64:
		return math.Abs(v) < 1e14 && v == math.Trunc(v) && (v != 0 || !math.Signbit(v))
	case string:
		return !strings.ContainsRune(v, utf8.RuneError)
	case []any:
		for _, item := range v {
			if !sameInLua(item) {
				return false
			}
		}
		return len(v) > 0
	case map[string]any:
		for key, item := range v {
			if !sameInLua(key) || !sameInLua(item) {
				return false
			}
		}
	}
	return true
}
