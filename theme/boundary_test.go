package theme

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// formatters may make Text of what they formatted themselves: digits, times, hexadecimal.
var formatters = map[string]bool{"format.go": true}

func TestNobodyElseTurnsStringsIntoText(t *testing.T) {
	for _, pattern := range []string{"../views/*.go", "../tui/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || formatters[filepath.Base(file)] {
				continue
			}
			checkConversions(t, file)
		}
	}
}

// checkConversions wants every theme.Text(…) to be of a constant.
func checkConversions(t *testing.T, file string) {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		name, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || name.Sel.Name != "Text" || !isIdent(name.X, "theme") {
			return true
		}
		if !constant(call.Args[0]) {
			t.Errorf("%s makes Text of a string without theme.Clean", set.Position(call.Pos()))
		}
		return true
	})
}

// constant tells a literal, or a word of the wire that the engine declares.
func constant(e ast.Expr) bool {
	if word, ok := e.(*ast.SelectorExpr); ok {
		return isIdent(word.X, "engine")
	}
	_, literal := e.(*ast.BasicLit)
	return literal
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
