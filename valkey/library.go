package valkey

import (
	"embed"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// LibraryName is the name that FlowFabric's clients look for (spec 03a §1.1).
const LibraryName = "flowfabric"

// WireVersion is what ff_version answers: the version of the argument and reply shapes that the library has
// (spec 03a §1.2).
const WireVersion = "34"

//go:embed lua/shared/*.lua lua/functions/*.lua
var luaFiles embed.FS

// Library is the source of the function library, ready for FUNCTION LOAD: the declaration, the shared helpers with
// core.lua before the others, and the functions.
func Library() string { return library() }

var library = sync.OnceValue(func() string {
	const first = "lua/shared/core.lua"
	var b strings.Builder
	b.WriteString("#!lua name=" + LibraryName + "\n")
	b.WriteString(luaSource(first))
	for _, name := range luaNames("lua/shared") {
		if name != first {
			b.WriteString(luaSource(name))
		}
	}
	for _, name := range luaNames("lua/functions") {
		b.WriteString(luaSource(name))
	}
	return b.String()
})

// luaNames lists a folder's files in alphabetical order.
func luaNames(folder string) []string {
	entries, err := fs.ReadDir(luaFiles, folder)
	if err != nil {
		panic(err) // the folder is part of the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = path.Join(folder, e.Name())
	}
	return names
}

func luaSource(name string) string {
	b, err := luaFiles.ReadFile(name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return string(b)
}
