//go:build unix

package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// point is a place in the code, with a way to make it wrong.
type point struct {
	number int // from 1; what the variable MUTANT selects
	file   string
	line   int
	code   string // the expression or statement, on one line
	change string // what becomes of it
	fun    string // the function that it is in
}

func (p point) String() string { return fmt.Sprintf("%s: %s → %s", p.fun, p.code, p.change) }

// boundary has of each comparison the one that differs where both sides are equal.
var boundary = map[token.Token]token.Token{token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR}

// arithmetic has of each operator one that takes the same operands without failing.
var arithmetic = map[token.Token]token.Token{
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.ADD, token.QUO: token.MUL, token.REM: token.MUL,
	token.AND: token.OR, token.OR: token.AND, token.SHL: token.SHR, token.SHR: token.SHL, token.AND_NOT: token.AND,
}

// assigning has of each operator with an assignment another one.
var assigning = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN, token.OR_ASSIGN: token.AND_ASSIGN, token.AND_ASSIGN: token.OR_ASSIGN,
}

func isComparison(op token.Token) bool {
	switch op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return true
	}
	return false
}

// typesOf answers questions about expressions.
type typesOf struct{ *types.Info }

// constant reports whether the compiler computes the expression: then it can't be another one in each run.
func (t typesOf) constant(e ast.Expr) bool { return t.Types[e].Value != nil }

func (t typesOf) integer(e ast.Expr) bool {
	b, ok := t.TypeOf(e).Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

func (t typesOf) boolean(e ast.Expr) bool {
	b, ok := t.TypeOf(e).(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0 && t.Types[e].IsValue()
}

// isError reports whether the expression is an error that may be nil.
func (t typesOf) isError(e ast.Expr) bool {
	return types.Identical(t.TypeOf(e), types.Universe.Lookup("error").Type())
}

// calls reports whether the expression does something, so that it must not be computed twice.
func (t typesOf) calls(e ast.Expr) (does bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			does = does || !t.Types[n.Fun].IsType() && !t.Types[n.Fun].IsBuiltin()
		case *ast.UnaryExpr:
			does = does || n.Op == token.ARROW
		case *ast.FuncLit:
			does = true
		}
		return !does
	})
	return does
}

// isPanic reports whether control ends there: the compiler relies on it.
func (t typesOf) isPanic(s *ast.ExprStmt) bool {
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "panic" && t.Types[call.Fun].IsBuiltin()
}
