package script

import (
	"testing"

	"ffboard/valkey/embedded/internal/resp"
)

// The expected texts below are what Valkey 8.0.1 answers.
func TestLuaIsAsInC(t *testing.T) {
	cases := []struct{ name, expression, want string }{
		{"large numbers", "1e15 .. ' ' .. 1e14 .. ' ' .. 123456789012345 .. ' ' .. 2^63", "1e+15 1e+14 1.2345678901234e+14 9.2233720368548e+18"},
		{"small numbers", "0.1 .. ' ' .. -1e-7 .. ' ' .. 123456.789", "0.1 -1e-07 123456.789"},
		{"stamps", "1795485088272 .. ':' .. 1795485088272 / 1000", "1795485088272:1795485088.272"},
		{"what is no number", "1/0 .. ' ' .. -1/0", "inf -inf"},
		{"tostring", "tostring(12345678901234567890) .. tostring(nil) .. tostring(true) .. tostring(cjson.null)", "1.2345678901235e+19niltrueuserdata: (nil)"},
		{"joining", "table.concat({1, 2.5, 1e15, 'x'}, ',') .. table.concat({}) .. table.concat({1, 2, 3}, '-', 2, 3)", "1,2.5,1e+15,x2-3"},
		{"one value of a call in the middle and at the end", "(function() return 'a', 'b' end)() .. (function() return 'c', 'd' end)()", "ac"},
		{"numbers in decimal", "tostring(tonumber('010')) .. tostring(tonumber(' 5 ')) .. tostring(tonumber('.5')) .. tostring(tonumber('1e3'))", "1050.51000"},
		{"numbers in hexadecimal", "tostring(tonumber('0x10')) .. tostring(tonumber('0x1p4')) .. tostring(tonumber('zz', 36))", "16161295"},
		{"no numbers", "tostring(tonumber('5x')) .. tostring(tonumber('')) .. tostring(tonumber('1_0')) .. tostring(tonumber('1e')) .. tostring(tonumber(nil))", "nilnilnilnilnil"},
		{"numbers that are none", "tostring(tonumber('inf')) .. tostring(tonumber('-nan'))", "inf-nan"},
		{"texts that are numbers", "('10' + 5) .. '|' .. ('0x10' + 0) .. '|' .. ('010' + 0) .. '|' .. (' 7 ' * 2) .. '|' .. -'3'", "15|16|10|14|-3"},
		{"division", "10 % 3 .. '|' .. -10 % 3 .. '|' .. 10 % -3 .. '|' .. 5.5 % 2 .. '|' .. 7 / 2", "1|2|-2|1.5|3.5"},
		{"mathematics", "math.floor(-0.5) .. '|' .. math.max('010', 2) .. '|' .. math.huge .. '|' .. math.fmod(-5, 3)", "-1|10|inf|-2"},
		{"finding", "table.concat({('a.b'):find('.', 1, true)}, ',') .. ' ' .. table.concat({('abc'):find('')}, ',')", "2,2 1,0"},
		{"capturing", "table.concat({('abc'):find('()b()')}, ',') .. ' ' .. table.concat({('abc'):find('(b)(c)')}, ',')", "2,2,2,3 2,3,b,c"},
		{"matching a tag", "('ff:exec:{fp:0}:x'):match('{[^}]*}') .. tostring(('abc'):match('x'))", "{fp:0}nil"},
		{"trimming", "('  trim  '):match('^%s*(.-)%s*$') .. ('x[1]'):match('%[(%d+)%]') .. ('f(a(b)c)d'):match('%b()')", "trim1(a(b)c)"},
		{"frontiers", "table.concat({('THE (quick) fox'):find('%f[%a]%a+')}, ',')", "1,3"},
		{"replacing", "('hello world'):gsub('o', '0') .. ('abc'):gsub('', '-') .. ('abc'):gsub('%w', '%0%0') .. ('abc'):gsub('(a)(b)', '%2%1') .. ('abc abc'):gsub('^abc', 'x')",
			"hell0 w0rld-a-b-c-aabbccbacx abc"},
		{"replacing by tables and functions", "('abc'):gsub('b', {b = 'X'}) .. ('abc'):gsub('b', function() return nil end) .. ('abc'):gsub('.', {a = 1, b = false})", "aXcabc1bc"},
		{"splitting", "(function() local out = {} for part in ('a,b,,c'):gmatch('([^,]*)') do out[#out + 1] = '[' .. part .. ']' end return table.concat(out) end)()", "[a][][b][][][c][]"},
		{"pairs", "(function() local out = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do out[#out + 1] = k .. v end return table.concat(out) end)()", "a1b2"},
		{"parts", "('hello'):sub(2, -2) .. '|' .. ('hello'):sub(-3) .. '|' .. ('hello'):sub(10) .. '|' .. ('hello'):sub(-100, 2) .. '|' .. ('hello'):sub(0)", "ell|llo||he|hello"},
		{"bytes", "('\\200'):byte() .. string.char(104, 105) .. ('abc'):reverse() .. ('ab'):rep(3) .. ('ab'):rep(-1)", "200hicbaababab"},
		{"letters of ASCII only", "('abc\\200\\195\\137'):upper() .. ('\\195\\137A'):lower()", "ABC\xc8\xc3\x89\xc3\x89a"},
		{"numbers as texts", "string.len(12.50) .. (5 .. ''):rep(2)", "455"},
		{"formats", "string.format('%5.1f|%-5d|%05d|%x|%X|%g|%.14g|%.17g|%c|%%', 1.25, 3, 42, 255, 255, 1e20, 0.1, 0.1, 65)",
			"  1.2|3    |00042|ff|FF|1e+20|0.1|0.10000000000000001|A|%"},
		{"more formats", "string.format('%10.4f|%-10d|%+.3e|%#x|% 5d|%.3s|%5s|%i|%u|%o', 3.14159, 42, 12345.678, 255, 7, 'abcdef', 'ab', 5, 5, 8)",
			"    3.1416|42        |+1.235e+04|0xff|    7|abc|   ab|5|5|10"},
		{"formats of texts", "string.format('%q%s%d%s', 'a\\0b\\r\\n\"\\\\', 1e15, '12', 3.0)", "\"a\\000b\\r\\\n\\\"\\\\\"1e+15123"},
		{"formats of negative and signed numbers", "string.format('%d %5d %+d %x', -3.7, -42, 5, -1)", "-3   -42 +5 ffffffffffffffff"},
		{"bits", "bit.tohex(255) .. bit.tohex(-1, 4) .. bit.tohex(10, -8) .. ' ' .. bit.bnot(0) .. ' ' .. bit.bxor(0xff, 0x0f) .. ' ' .. bit.band(0xffffffff, 0xff) .. ' ' .. bit.bor(1, 2)",
			"000000ffffff0000000A -1 240 255 3"},
		{"shifts", "bit.lshift(1, 31) .. ' ' .. bit.rshift(-1, 28) .. ' ' .. bit.arshift(-16, 2) .. ' ' .. bit.rol(1, 33) .. ' ' .. bit.ror(1, 1) .. ' ' .. bit.bswap(1) .. ' ' .. bit.tobit(2^32 + 5)",
			"-2147483648 15 -4 2 -2147483648 16777216 5"},
		{"unpacking", "select('#', unpack({1, 2, 3}, 2)) .. select(-1, 'a', 'b')", "2b"},
		{"digests", "redis.sha1hex('')", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := eval(t, "return ("+c.expression+")"); got.Kind != resp.Bulk || got.Text != c.want {
				t.Errorf("got %c%q, want %q", got.Kind, got.Text, c.want)
			}
		})
	}
}

func TestLuaFailsAsInC(t *testing.T) {
	cases := []struct{ name, expression, want string }{
		{"a text that is no number", "'x' + 1", "user_function:3: attempt to perform arithmetic on a string value"},
		{"a table in a text", "{} .. 'x'", "user_function:3: attempt to concatenate a table value"},
		{"a table to join", "table.concat({1, {}, 3})", "user_function:3: invalid value (table) at index 2 in table for 'concat'"},
		{"a format of another kind", "string.format('%d', 'x')", "user_function:3: bad argument #2 to '?' (number expected, got string)"},
		{"an unknown format", "string.format('%y', 1)", "user_function:3: invalid option '%y' to 'format'"},
		{"a byte too large", "string.char(256)", "user_function:3: bad argument #1 to '?' (invalid value)"},
		{"a broken pattern", "('a'):find('[a')", "user_function:3: malformed pattern (missing ']')"},
		{"a pattern that ends in a percent sign", "('a'):find('%')", "user_function:3: malformed pattern (ends with '%')"},
		{"a capture that is not closed", "('abc'):match('(a')", "user_function:3: unfinished capture"},
		{"a capture that there is not", "('abc'):gsub('a', '%2')", "user_function:3: invalid capture index"},
		{"too much to unpack", "unpack({}, 1, 8001)", "user_function:3: too many results to unpack"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := eval(t, "local ok, e = pcall(function() return "+c.expression+" end) return e")
			if got.Text != c.want {
				t.Errorf("got %q, want %q", got.Text, c.want)
			}
		})
	}
}

func FuzzPatterns(f *testing.F) {
	for _, seed := range [][2]string{{"{[^}]*}", "a{b}c"}, {"^%s*(.-)%s*$", " x "}, {"%b()", "((a)"}, {"(()", "a"}, {"[%a-", "a"}, {"%f[%w]", "a b"}, {"(a)%1", "aa"}} {
		f.Add(seed[0], seed[1])
	}
	l := load(f, `redis.register_function('f', function(keys, args)
		local ok, e = pcall(string.find, args[2], args[1])
		local replaced, text = pcall(string.gsub, args[2], args[1], '%%')
		return {tostring(ok), tostring(e), tostring(replaced), tostring(text)}
	end)`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 24 {
			return // backtracking takes exponential time
		}
		if got := l.Call(l.Functions[0], nil, []string{pattern, text}, nil); got.Kind != resp.Array {
			t.Fatalf("%q on %q: %+v", pattern, text, got)
		}
	})
}
