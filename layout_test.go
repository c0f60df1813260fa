package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which top-level packages of the module each one may use: dependencies point one way only.
var mayImport = map[string][]string{
	"main":   {"tui", "views", "theme", "engine", "valkey"},
	"tui":    {"tui", "views", "theme", "engine"},
	"views":  {"views", "theme", "engine"},
	"theme":  {"theme"},
	"engine": {"engine"},
	"valkey": {"valkey", "engine"},
}

// folders that hold no code of the program.
var notCode = map[string]bool{"screenshots": true, "docs": true, ".ci": true, ".git": true}

func TestDependenciesPointOneWayOnly(t *testing.T) {
	for dir, allowed := range mayImport {
		root := dir
		if dir == "main" {
			root = "."
		}
		for path, imports := range importsBelow(t, root, dir == "main") {
			for _, imported := range imports {
				top, ok := strings.CutPrefix(imported, "ffboard/")
				if !ok {
					continue
				}
				top, _, _ = strings.Cut(top, "/")
				if !slices.Contains(allowed, top) {
					t.Errorf("%s imports %s: %s may import only %v", path, imported, dir, allowed)
				}
			}
		}
	}
}

func TestNoOtherTopLevelFolderHoldsCode(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && mayImport[e.Name()] == nil && !notCode[e.Name()] {
			t.Errorf("unexpected top-level folder %s", e.Name())
		}
	}
}

// importsBelow reads the import lines of the Go files in a folder; flat stays in the folder itself.
func importsBelow(t *testing.T, root string, flat bool) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if path != root && flat {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[path] = append(found[path], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no Go files below %s", root)
	}
	return found
}
