package script

import (
	"strings"
	"testing"

	"ffboard/valkey/embedded/internal/resp"
)

func load(t testing.TB, body string) *Library {
	t.Helper()
	l, err := Load("#!lua name=test\n" + body)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// eval runs a function body and gives its reply.
func eval(t testing.TB, body string, args ...string) resp.Value {
	t.Helper()
	l := load(t, "redis.register_function('f', function(keys, args)\n"+body+"\nend)")
	return l.Call(l.Functions[0], nil, args, func(command []string) resp.Value {
		switch command[0] {
		case "ECHO":
			return resp.Text(strings.Join(command[1:], " "))
		case "FAIL":
			return resp.Err("WRONGTYPE Operation against a key holding the wrong kind of value")
		case "ALL":
			return resp.List(resp.Int(7), resp.Text("b"), resp.Nil(), resp.OK, resp.Float(1.5), resp.Pairs(resp.Text("k"), resp.Text("v")))
		}
		return resp.Err("ERR Unknown command called from script")
	})
}

func TestRepliesAreConvertedBothWays(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"an integer loses its fraction", "return 3.99", ":3\r\n"},
		{"a negative one too", "return -3.99", ":-3\r\n"},
		{"true is one", "return true", ":1\r\n"},
		{"false is nothing", "return false", "$-1\r\n"},
		{"no value is nothing", "return", "$-1\r\n"},
		{"an array ends at the first nil", "return {1, 'a', nil, 4}", "*2\r\n:1\r\n$1\r\na\r\n"},
		{"arrays nest", "return {{1}, {}}", "*2\r\n*1\r\n:1\r\n*0\r\n"},
		{"a status", "return redis.status_reply('fine')", "+fine\r\n"},
		{"an error", "return {err='MYERR no'}", "-MYERR no\r\n"},
		{"an error of one word gets a code", "return redis.error_reply('x')", "-ERR x\r\n"},
		{"an error keeps its code", "return redis.error_reply('-X y')", "-X y\r\n"},
		{"a double", "return {double=3.5}", "$3\r\n3.5\r\n"},
		{"a command's reply", "return redis.call('ECHO', 'a', 1, 1.5, 1e15, 0.1, 1e100)", "$35\r\na 1 1.5 1000000000000000 0.1 1e+100\r\n"},
		{"kinds of replies", "local r = redis.call('ALL') return {type(r[1]), type(r[2]), type(r[3]), r[4].ok, r[5], r[6][1], r[6][2]}",
			"*7\r\n$6\r\nnumber\r\n$6\r\nstring\r\n$7\r\nboolean\r\n$2\r\nOK\r\n$3\r\n1.5\r\n$1\r\nk\r\n$1\r\nv\r\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := string(eval(t, c.body).Append(nil, 2)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestErrorsLookLikeValkeys(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"raised with a text", "error('boom')", "ERR user_function:3: boom script: f, on @user_function:3."},
		{"raised with a code", "error({err='MYERR hello'})", "MYERR hello script: f, on @user_function:3."},
		{"raised without a value", "error()", "ERR nil script: f, on @user_function:3."},
		{"a command's", "redis.call('FAIL')", "WRONGTYPE Operation against a key holding the wrong kind of value script: f, on @user_function:3."},
		{"an unknown command's", "redis.call('NO')", "ERR Unknown command called from script script: f, on @user_function:3."},
		{"a command of a table", "redis.call({})", "ERR Command arguments must be strings or integers script: f, on @user_function:3."},
		{"no command", "redis.call()", "ERR Please specify at least one argument for this call script: f, on @user_function:3."},
		{"a caught command's, raised again", "local ok, e = pcall(redis.call, 'FAIL') error(e)",
			"ERR user_function:3: WRONGTYPE Operation against a key holding the wrong kind of value script: f, on @user_function:3."},
		{"a new global", "x = 1", "ERR user_function:3: Attempt to modify a readonly table script: f, on @user_function:3."},
		{"an unknown global", "return x", "ERR user_function:3: Script attempted to access nonexistent global variable 'x' script: f, on @user_function:3."},
		{"bad JSON", "return cjson.decode('{x')", "ERR user_function:3: Expected object key string but found invalid token at character 2 script: f, on @user_function:3."},
		{"nothing in a text", "return 'a' .. nil", "ERR user_function:3: attempt to concatenate a nil value script: f, on @user_function:3."},
		{"a comparison", "return nil < 1", "ERR user_function:3: attempt to compare nil with number script: f, on @user_function:3."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := eval(t, c.body); got.Kind != resp.Error || got.Text != c.want {
				t.Errorf("got %c%q, want %q", got.Kind, got.Text, c.want)
			}
		})
	}
}

func TestACaughtCommandErrorIsItsMessage(t *testing.T) {
	got := eval(t, "local ok, e = pcall(redis.call, 'FAIL') local r = redis.pcall('FAIL') return {tostring(ok), e, r.err}").Strings()
	const message = "WRONGTYPE Operation against a key holding the wrong kind of value"
	if len(got) != 3 || got[0] != "false" || got[1] != message || got[2] != message {
		t.Errorf("got %q", got)
	}
}

func TestALibraryThatCannotBeLoadedSaysWhy(t *testing.T) {
	cases := []struct{ name, source, want string }{
		{"no declaration", "x", "Missing library metadata"},
		{"no name", "#!lua\n", "Library name was not given"},
		{"another engine", "#!js name=a\n", "Engine 'js' not found"},
		{"an unknown word", "#!lua name=a b=c\n", "Invalid metadata value given: b=c"},
		{"two names", "#!lua name=a name=b\n", "Invalid metadata value, name argument was given multiple times"},
		{"a name with a dash", "#!lua name=a-b\n", "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"},
		{"no functions", "#!lua name=a\n", "No functions registered"},
		{"an error", "#!lua name=a\nfoo=1", "Error registering functions: ERR user_function:2: Attempt to modify a readonly table"},
		{"no function", "#!lua name=a\nredis.register_function('f', 1)", "Error registering functions: ERR second argument to server.register_function must be a function"},
		{"a function twice", "#!lua name=a\nlocal f = function() end redis.register_function('f', f) redis.register_function('f', f)",
			"Error registering functions: ERR Function already exists in the library"},
		{"an unknown flag", "#!lua name=a\nredis.register_function{function_name='q', callback=function() end, flags={'zz'}}",
			"Error registering functions: ERR unknown flag given"},
		{"an unknown argument", "#!lua name=a\nredis.register_function{function_name='q', callback=function() end, x=1}",
			"Error registering functions: ERR unknown argument given to server.register_function"},
		{"a command while loading", "#!lua name=a\nredis.call('PING')",
			"Error registering functions: ERR server.call/pcall can only be called inside a script invocation"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Load(c.source); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Load("#!lua name=a\nlocal x = = 1"); err == nil || !strings.HasPrefix(err.Error(), "Error compiling function: ") {
		t.Errorf("a syntax error gives %v", err)
	}
}

func TestFunctionsAreRegisteredInBothForms(t *testing.T) {
	l := load(t, `redis.register_function('one', function() return 1 end)
server.register_function{function_name='two', callback=function(keys, args) return {keys[1], args[1]} end, description='d', flags={'no-writes'}}`)
	if len(l.Functions) != 2 || l.Name != "test" {
		t.Fatalf("got %+v", l)
	}
	two := l.Functions[1]
	if two.Name != "two" || two.Description != "d" || !two.Has("no-writes") || two.Has("allow-oom") {
		t.Errorf("got %+v", two)
	}
	if got := l.Call(two, []string{"k"}, []string{"a"}, nil).Strings(); len(got) != 2 || got[0] != "k" || got[1] != "a" {
		t.Errorf("got %q", got)
	}
}

func TestALibraryKeepsNothingFromCallToCall(t *testing.T) {
	l := load(t, `redis.register_function('f', function(keys, args) if args[1] then error('no') end return 1 end)`)
	for range 5000 { // more than the interpreter's stack would hold
		l.Call(l.Functions[0], nil, []string{"x"}, nil)
	}
	if got := l.Call(l.Functions[0], nil, nil, nil); got.Int != 1 {
		t.Errorf("got %+v", got)
	}
	if top := l.state.GetTop(); top != 0 {
		t.Errorf("%d values are left on the stack", top)
	}
}

func TestAPanicInACommandIsAnError(t *testing.T) {
	l := load(t, `redis.register_function('f', function() return redis.call('X') end)`)
	got := l.Call(l.Functions[0], nil, nil, func([]string) resp.Value { panic("broken") })
	if got.Kind != resp.Error || !strings.Contains(got.Text, "broken") {
		t.Errorf("got %+v", got)
	}
}
