package script

import (
	lua "github.com/yuin/gopher-lua"

	"ffboard/valkey/embedded/internal/number"
	"ffboard/valkey/embedded/internal/resp"
)

// maxReplyDepth is how deep the tables of a reply may nest.
const maxReplyDepth = 200

// toLua is a reply as a script gets it, by the rules of protocol version 2. An error becomes a table with its message.
func toLua(L *lua.LState, v resp.Value) lua.LValue {
	switch v.Kind {
	case resp.Integer, resp.Boolean:
		return lua.LNumber(v.Int)
	case resp.Bulk, resp.Verbatim:
		return lua.LString(v.Text)
	case resp.Double:
		return lua.LString(number.Shortest(v.Number))
	case resp.Status:
		return field(L, "ok", v.Text)
	case resp.Error:
		return field(L, "err", v.Text)
	case resp.Array, resp.Map, resp.Set, resp.Push:
		t := L.CreateTable(len(v.Items), 0)
		for i, item := range v.Items {
			t.RawSetInt(i+1, toLua(L, item))
		}
		return t
	}
	return lua.LFalse
}

func field(L *lua.LState, name, value string) *lua.LTable {
	t := L.CreateTable(0, 1)
	t.RawSetString(name, lua.LString(value))
	return t
}

// fromLua is what a script returned as a reply.
func fromLua(v lua.LValue, depth int) resp.Value {
	switch v := v.(type) {
	case lua.LString:
		return resp.Text(string(v))
	case lua.LNumber:
		return resp.Int(int64(v))
	case lua.LBool:
		if v {
			return resp.Int(1)
		}
	case *lua.LTable:
		return fromTable(v, depth+1)
	}
	return resp.Nil()
}

func fromTable(t *lua.LTable, depth int) resp.Value {
	if depth > maxReplyDepth {
		return resp.Err("ERR reached lua stack limit")
	}
	if err, ok := t.RawGetString("err").(lua.LString); ok {
		return resp.Err(string(err))
	}
	if ok, is := t.RawGetString("ok").(lua.LString); is {
		return resp.Simple(string(ok))
	}
	if f, ok := t.RawGetString("double").(lua.LNumber); ok {
		return resp.Float(float64(f))
	}
	items := make([]resp.Value, 0, t.Len())
	for i := 1; ; i++ {
		item := t.RawGetInt(i)
		if item == lua.LNil {
			return resp.List(items...)
		}
		items = append(items, fromLua(item, depth))
	}
}
