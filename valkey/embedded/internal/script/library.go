// Package script runs function libraries as Valkey's FUNCTION and FCALL do, on an interpreter written in Go. What a
// library can tell apart is made the same as on a real server: the redis, cjson and bit modules, the string library, how
// numbers become text, and what an error looks like.
package script

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"ffboard/valkey/embedded/internal/resp"
)

// Library is a loaded function library. Its methods are for one caller at a time.
type Library struct {
	Name      string
	Source    string
	Functions []*Function

	state *lua.LState
	run   Caller // of the call that is going on; nil between calls
}

// Function is one registered function.
type Function struct {
	Name        string
	Description string
	Flags       []string

	body *lua.LFunction
}

// Has says whether the function was registered with a flag.
func (f *Function) Has(flag string) bool {
	for _, have := range f.Flags {
		if have == flag {
			return true
		}
	}
	return false
}

// Caller runs a command for a script.
type Caller func(args []string) resp.Value

// Load compiles a library and runs its body, which registers its functions. The error's text is what FUNCTION LOAD
// answers, without its ERR.
func Load(source string) (*Library, error) {
	name, body, err := splitMetadata(source)
	if err != nil {
		return nil, err
	}
	proto, err := compile(body)
	if err != nil {
		return nil, failure("Error compiling function: %s", strings.TrimSpace(err.Error()))
	}
	l := &Library{Name: name, Source: source, state: newState()}
	l.install()
	chunk := l.state.NewFunctionFromProto(proto)
	l.state.Push(chunk)
	if err := l.state.PCall(0, 0, nil); err != nil {
		l.Close()
		return nil, failure("Error registering functions: %s", message(err))
	}
	if len(l.Functions) == 0 {
		l.Close()
		return nil, failure("No functions registered")
	}
	l.seal()
	return l, nil
}

// Close frees the interpreter.
func (l *Library) Close() { l.state.Close() }

// Call runs one function of the library and gives its reply, which is an error when the function raised one.
func (l *Library) Call(f *Function, keys, args []string, run Caller) resp.Value {
	l.run = run
	defer func() {
		l.run = nil
		l.state.SetTop(0)
	}()
	l.state.Push(f.body)
	l.state.Push(stringTable(l.state, keys))
	l.state.Push(stringTable(l.state, args))
	if err := l.state.PCall(2, 1, nil); err != nil {
		return resp.Err(fmt.Sprintf("%s script: %s, on @%s:%s.", message(err), f.Name, chunkName, raisedAt(err)))
	}
	return fromLua(l.state.Get(-1), 0)
}

func stringTable(L *lua.LState, values []string) *lua.LTable {
	t := L.CreateTable(len(values), 0)
	for _, v := range values {
		t.Append(lua.LString(v))
	}
	return t
}

// message is an error in the words of a reply: a server's error keeps its code, a script's gets ERR.
func message(err error) string {
	raised, ok := err.(*lua.ApiError)
	if !ok {
		return "ERR " + err.Error()
	}
	if t, ok := raised.Object.(*lua.LTable); ok {
		if text := text(t.RawGetString("err")); text != "" {
			return text
		}
		return "ERR unknown error"
	}
	if isText(raised.Object) {
		return "ERR " + text(raised.Object)
	}
	return "ERR " + raised.Object.String()
}

// raisedAt is the line of the library in which an error was raised, read off the traceback.
func raisedAt(err error) string {
	raised, ok := err.(*lua.ApiError)
	if !ok {
		return "?"
	}
	_, rest, found := strings.Cut(raised.StackTrace, chunkName+":")
	line, _, ended := strings.Cut(rest, ":")
	if !found || !ended {
		return "?"
	}
	return line
}

// splitMetadata reads the first line of a library, which must be #!lua name=<name>. The body keeps an empty line in its
// place, so that line numbers are those of the source.
func splitMetadata(source string) (name, body string, err error) {
	rest, ok := strings.CutPrefix(source, "#!")
	if !ok {
		return "", "", failure("Missing library metadata")
	}
	line, body, ok := strings.Cut(rest, "\n")
	if !ok {
		return "", "", failure("Invalid library metadata")
	}
	words := strings.Fields(line)
	if len(words) == 0 || !strings.EqualFold(words[0], "lua") {
		engine := ""
		if len(words) > 0 {
			engine = words[0]
		}
		return "", "", failure("Engine '%s' not found", engine)
	}
	for _, word := range words[1:] {
		value, ok := strings.CutPrefix(word, "name=")
		switch {
		case !ok:
			return "", "", failure("Invalid metadata value given: %s", word)
		case name != "":
			return "", "", failure("Invalid metadata value, name argument was given multiple times")
		}
		name = value
	}
	if name == "" {
		return "", "", failure("Library name was not given")
	}
	if !validName(name) {
		return "", "", errInvalidName
	}
	return name, "\n" + body, nil
}

var errInvalidName = failure("Library names can only contain letters, numbers, or underscores(_) and must be at least one character long")

func validName(name string) bool {
	for _, c := range []byte(name) {
		if !isAlpha(c) && !isDigit(c) && c != '_' {
			return false
		}
	}
	return name != ""
}
