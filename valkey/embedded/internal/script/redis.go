package script

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"ffboard/valkey/embedded/internal/number"
	"ffboard/valkey/embedded/internal/resp"
)

// install makes the redis module, which is also called server, and os.clock.
func (l *Library) install() {
	redis := module(l.state, "redis", map[string]lua.LGFunction{
		"call": l.call, "pcall": l.pcall, "sha1hex": sha1hex, "error_reply": errorReply, "status_reply": statusReply,
		"register_function": l.register,
	})
	l.state.SetGlobal("server", redis)
	module(l.state, "os", map[string]lua.LGFunction{"clock": clock})
	l.protectGlobals()
}

// seal takes away what only the loading of a library may do.
func (l *Library) seal() {
	l.state.G.Global.RawGetString("redis").(*lua.LTable).RawSetString("register_function", lua.LNil)
}

// protectGlobals has a script fail when it means a global that there is not, or makes one.
func (l *Library) protectGlobals() {
	meta := l.state.NewTable()
	meta.RawSetString("__index", l.state.NewFunction(func(L *lua.LState) int {
		raise(L, "Script attempted to access nonexistent global variable '%s'", text(L.Get(2)))
		return 0
	}))
	meta.RawSetString("__newindex", l.state.NewFunction(func(L *lua.LState) int {
		raise(L, "Attempt to modify a readonly table")
		return 0
	}))
	l.state.G.Global.Metatable = meta
}

// call runs a command and raises its error.
func (l *Library) call(L *lua.LState) int {
	reply := toLua(L, l.command(L))
	if raised(reply) {
		L.Error(reply, 1)
	}
	L.Push(reply)
	return 1
}

// pcall runs a command and returns its error as a table.
func (l *Library) pcall(L *lua.LState) int {
	L.Push(toLua(L, l.command(L)))
	return 1
}

func raised(reply lua.LValue) bool {
	t, ok := reply.(*lua.LTable)
	return ok && t.RawGetString("err") != lua.LNil
}

func (l *Library) command(L *lua.LState) resp.Value {
	if l.run == nil {
		return resp.Err("ERR server.call/pcall can only be called inside a script invocation")
	}
	if L.GetTop() == 0 {
		return resp.Err("ERR Please specify at least one argument for this call")
	}
	args := make([]string, L.GetTop())
	for i := range args {
		switch v := L.Get(i + 1).(type) {
		case lua.LString:
			args[i] = string(v)
		case lua.LNumber:
			args[i] = number.Shortest(float64(v))
		default:
			return resp.Err("ERR Command arguments must be strings or integers")
		}
	}
	return l.run(args)
}

// started is the zero of os.clock.
var started = time.Now()

func clock(L *lua.LState) int {
	L.Push(lua.LNumber(time.Since(started).Seconds()))
	return 1
}

func sha1hex(L *lua.LState) int {
	if L.GetTop() != 1 {
		L.Error(field(L, "err", "ERR wrong number of arguments"), 1)
	}
	sum := sha1.Sum([]byte(text(L.Get(1))))
	L.Push(lua.LString(hex.EncodeToString(sum[:])))
	return 1
}

// errorReply makes an error to be returned; a message of one word gets ERR.
func errorReply(L *lua.LState) int {
	message := strings.TrimPrefix(replyText(L), "-")
	if !strings.Contains(message, " ") {
		message = "ERR " + message
	}
	L.Push(field(L, "err", message))
	return 1
}

func statusReply(L *lua.LState) int {
	L.Push(field(L, "ok", replyText(L)))
	return 1
}

func replyText(L *lua.LState) string {
	if L.GetTop() != 1 || L.Get(1).Type() != lua.LTString {
		L.Error(field(L, "err", "ERR wrong number or type of arguments"), 1)
	}
	return text(L.Get(1))
}
