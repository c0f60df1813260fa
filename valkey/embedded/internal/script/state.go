package script

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// The interpreter's stacks. Values have room to grow for calls with thousands of arguments.
const (
	callDepth  = 4096
	stackStart = 4 << 10
	stackLimit = 1 << 20
	stackStep  = 4 << 10
)

// unwanted are functions of the interpreter that Valkey's scripts do not have.
var unwanted = []string{
	"dofile", "load", "loadfile", "loadstring", "module", "print", "require", "_printregs", "_GOPHER_LUA_VERSION",
}

// newState makes an interpreter with the standard library as Valkey's scripts see it.
func newState() *lua.LState {
	L := lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: callDepth,
		RegistrySize: stackStart, RegistryMaxSize: stackLimit, RegistryGrowStep: stackStep,
	})
	open(L, lua.BaseLibName, lua.OpenBase)
	open(L, lua.TabLibName, lua.OpenTable)
	open(L, lua.MathLibName, lua.OpenMath)
	open(L, lua.CoroutineLibName, lua.OpenCoroutine)
	global := L.G.Global
	for _, name := range unwanted {
		global.RawSetString(name, lua.LNil)
	}
	for name, f := range basicFunctions {
		global.RawSetString(name, L.NewFunction(f))
	}
	global.RawSetString(concatName, L.NewFunction(concat))
	global.RawGetString(lua.TabLibName).(*lua.LTable).RawSetString("concat", L.NewFunction(tableConcat))
	openMath(L, global.RawGetString(lua.MathLibName).(*lua.LTable))
	openStrings(L)
	module(L, "bit", bitFunctions)
	cjson := module(L, "cjson", map[string]lua.LGFunction{"encode": jsonEncode, "decode": jsonDecode})
	cjson.RawSetString("null", jsonNull)
	return L
}

func open(L *lua.LState, name string, f lua.LGFunction) {
	L.Push(L.NewFunction(f))
	L.Push(lua.LString(name))
	L.Call(1, 0)
}

// module makes a global table of functions.
func module(L *lua.LState, name string, functions map[string]lua.LGFunction) *lua.LTable {
	t := L.SetFuncs(L.NewTable(), functions)
	L.SetGlobal(name, t)
	return t
}

// openStrings makes the string module and the operators of strings.
func openStrings(L *lua.LState) {
	t := module(L, "string", stringFunctions)
	meta := L.NewTable()
	meta.RawSetString("__index", t)
	for event, apply := range arithmetic {
		meta.RawSetString(event, L.NewFunction(operator(apply)))
	}
	L.SetMetatable(lua.LString(""), meta)
}

// openMath lets the mathematical functions take strings by C Lua's rules for numbers.
func openMath(L *lua.LState, module *lua.LTable) {
	wrapped := map[string]*lua.LFunction{}
	module.ForEach(func(name, value lua.LValue) {
		if f, ok := value.(*lua.LFunction); ok {
			wrapped[name.String()] = L.NewFunction(numeric(f.GFunction))
		}
	})
	for name, f := range wrapped {
		module.RawSetString(name, f)
	}
	module.RawSetString("huge", lua.LNumber(math.Inf(1)))
}

func numeric(f lua.LGFunction) lua.LGFunction {
	return func(L *lua.LState) int {
		for i := 1; i <= L.GetTop(); i++ {
			if s, ok := L.Get(i).(lua.LString); ok {
				if n, ok := toNumber(s); ok {
					L.Replace(i, lua.LNumber(n))
				}
			}
		}
		return f(L)
	}
}
