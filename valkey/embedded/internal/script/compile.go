package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// chunkName is what Valkey calls a library in error messages.
const chunkName = "user_function"

// concatName is the global that holds concat. It is no identifier, so that no script can mean it.
const concatName = "(concat)"

// compile parses Lua source. The interpreter prints numbers in its own way when .. joins them, so each chain of .. becomes
// one call of concat, which prints them as C Lua does.
func compile(source string) (*lua.FunctionProto, error) {
	chunk, err := parse.Parse(strings.NewReader(source), chunkName)
	if err != nil {
		return nil, err
	}
	statements(chunk)
	return lua.Compile(chunk, chunkName)
}

func statements(list []ast.Stmt) {
	for _, s := range list {
		statement(s)
	}
}

func statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		expressions(s.Lhs)
		expressions(s.Rhs)
	case *ast.LocalAssignStmt:
		expressions(s.Exprs)
	case *ast.FuncCallStmt:
		rewrite(&s.Expr)
	case *ast.DoBlockStmt:
		statements(s.Stmts)
	case *ast.WhileStmt:
		rewrite(&s.Condition)
		statements(s.Stmts)
	case *ast.RepeatStmt:
		rewrite(&s.Condition)
		statements(s.Stmts)
	case *ast.IfStmt:
		rewrite(&s.Condition)
		statements(s.Then)
		statements(s.Else)
	case *ast.NumberForStmt:
		rewrite(&s.Init)
		rewrite(&s.Limit)
		rewrite(&s.Step)
		statements(s.Stmts)
	case *ast.GenericForStmt:
		expressions(s.Exprs)
		statements(s.Stmts)
	case *ast.FuncDefStmt:
		statements(s.Func.Stmts)
	case *ast.ReturnStmt:
		expressions(s.Exprs)
	}
}

func expressions(list []ast.Expr) {
	for i := range list {
		rewrite(&list[i])
	}
}

// rewrite replaces the concatenations in an expression, which may be absent.
func rewrite(at *ast.Expr) {
	switch e := (*at).(type) {
	case *ast.StringConcatOpExpr:
		*at = concatenation(e)
	case *ast.AttrGetExpr:
		rewrite(&e.Object)
		rewrite(&e.Key)
	case *ast.TableExpr:
		for _, field := range e.Fields {
			rewrite(&field.Key)
			rewrite(&field.Value)
		}
	case *ast.FuncCallExpr:
		rewrite(&e.Func)
		rewrite(&e.Receiver)
		expressions(e.Args)
	case *ast.LogicalOpExpr:
		rewrite(&e.Lhs)
		rewrite(&e.Rhs)
	case *ast.RelationalOpExpr:
		rewrite(&e.Lhs)
		rewrite(&e.Rhs)
	case *ast.ArithmeticOpExpr:
		rewrite(&e.Lhs)
		rewrite(&e.Rhs)
	case *ast.UnaryMinusOpExpr:
		rewrite(&e.Expr)
	case *ast.UnaryNotOpExpr:
		rewrite(&e.Expr)
	case *ast.UnaryLenOpExpr:
		rewrite(&e.Expr)
	case *ast.FunctionExpr:
		statements(e.Stmts)
	}
}

func concatenation(e *ast.StringConcatOpExpr) ast.Expr {
	function := &ast.IdentExpr{Value: concatName}
	call := &ast.FuncCallExpr{Func: function, Args: operands(e, nil), AdjustRet: true}
	expressions(call.Args)
	for _, arg := range call.Args {
		oneValue(arg)
	}
	for _, node := range []ast.PositionHolder{function, call} {
		node.SetLine(e.Line())
		node.SetLastLine(e.LastLine())
	}
	return call
}

// operands flattens a chain of concatenations from left to right.
func operands(e ast.Expr, list []ast.Expr) []ast.Expr {
	chain, ok := e.(*ast.StringConcatOpExpr)
	if !ok {
		return append(list, e)
	}
	return operands(chain.Rhs, operands(chain.Lhs, list))
}

// oneValue keeps a call or ... at the end of an operand list from giving more than its first value.
func oneValue(e ast.Expr) {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
}
