//go:build unix

package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// rewriter writes a file anew with all its mutants in it, each of which is off until mutated says otherwise. So a package is
// compiled once for all of them.
type rewriter struct {
	fset   *token.FileSet
	types  typesOf
	pkg    *types.Package
	file   string
	src    []byte
	points *[]point

	imports []string          // paths that the file imports
	fun     string            // the function that is being written
	made    map[ast.Node]bool // statements that are in a list of statements, where there may be more than one
	told    map[string]int    // the numbers of points by place and change: an expression may be written several times
}

// rewriteFile returns the text of the file with its mutants, which it adds to points.
func (r *rewriter) rewriteFile(f *ast.File) string {
	var out bytes.Buffer
	at := f.FileStart
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		r.fun = fn.Name.Name
		if fn.Recv != nil {
			r.fun = "(" + r.source(fn.Recv.List[0].Type) + ")." + r.fun
		}
		r.listed(fn.Body)
		out.Write(r.between(at, fn.Body.Pos()))
		out.WriteString(r.text(fn.Body))
		at = fn.Body.End()
	}
	out.Write(r.between(at, f.FileEnd))
	return out.String()
}

// listed notes which statements stand in lists.
func (r *rewriter) listed(body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		for _, s := range list {
			r.made[s] = true
		}
		return true
	})
}

func (r *rewriter) between(from, to token.Pos) []byte {
	base := r.fset.File(from).Base()
	return r.src[int(from)-base : int(to)-base]
}

func (r *rewriter) source(n ast.Node) string { return string(r.between(n.Pos(), n.End())) }

// text returns the node with all its mutants.
func (r *rewriter) text(n ast.Node) string {
	if s, ok := r.mutant(n); ok {
		return s
	}
	return r.inner(n)
}

// inner returns the node with the mutants of what is in it.
func (r *rewriter) inner(n ast.Node) string { return r.spliced(n, r.mutant) }

// spliced returns the node with other text for those nodes in it for which there is one.
func (r *rewriter) spliced(n ast.Node, other func(ast.Node) (string, bool)) string {
	var out strings.Builder
	at := n.Pos()
	ast.Inspect(n, func(c ast.Node) bool {
		if c == nil || c == n {
			return c != nil
		}
		if e, ok := c.(ast.Expr); ok && r.types.Types[e].IsType() {
			return false
		}
		s, ok := other(c)
		if !ok {
			return true
		}
		out.Write(r.between(at, c.Pos()))
		out.WriteString(s)
		at = c.End()
		return false
	})
	out.Write(r.between(at, n.End()))
	return out.String()
}

// on returns the condition under which the mutant is there.
func (r *rewriter) on(n ast.Node, change string) string {
	code := strings.Join(strings.Fields(r.source(n)), " ")
	place := fmt.Sprint(r.file, n.Pos(), n.End(), change)
	if r.told[place] == 0 {
		number := len(*r.points) + 1
		*r.points = append(*r.points, point{number: number, file: r.file, line: r.fset.Position(n.Pos()).Line, code: code, change: change, fun: r.fun})
		r.told[place] = number
	}
	return fmt.Sprintf("mutated(%d)", r.told[place])
}

// mutant returns the node with a mutant, if there is one of this kind of node.
func (r *rewriter) mutant(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return r.binary(n)
	case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr, *ast.UnaryExpr:
		return "", false // conditions: see condition
	case *ast.IfStmt:
		if s, ok := r.condition(n.Cond); ok {
			return r.replaced(n, n.Cond, s), true
		}
	case *ast.ForStmt:
		if n.Cond != nil {
			if s, ok := r.condition(n.Cond); ok {
				return r.replaced(n, n.Cond, s), true
			}
		}
	case *ast.IncDecStmt:
		if r.made[n] {
			other := map[token.Token]string{token.INC: "--", token.DEC: "++"}[n.Tok]
			x := r.inner(n.X)
			return fmt.Sprintf("if %s { %s%s } else { %s%s }", r.on(n, r.source(n.X)+other), x, other, x, n.Tok), true
		}
	case *ast.AssignStmt:
		return r.assign(n)
	case *ast.ExprStmt:
		if r.made[n] && !r.types.isPanic(n) {
			return fmt.Sprintf("if !%s { %s }", r.on(n, "nothing"), r.inner(n)), true
		}
	case *ast.SendStmt:
		if r.made[n] {
			return fmt.Sprintf("if !%s { %s }", r.on(n, "nothing"), r.inner(n)), true
		}
	case *ast.ReturnStmt:
		return r.returned(n)
	}
	return "", false
}

// replaced returns the statement with its condition written as s.
func (r *rewriter) replaced(n ast.Stmt, cond ast.Expr, s string) string {
	return r.spliced(n, func(c ast.Node) (string, bool) {
		if c == cond {
			return s, true
		}
		return r.mutant(c)
	})
}

// condition returns a condition that is no comparison, with its opposite.
func (r *rewriter) condition(e ast.Expr) (string, bool) {
	if _, ok := e.(*ast.BinaryExpr); ok || !r.types.boolean(e) || r.types.constant(e) {
		return "", false
	}
	return fmt.Sprintf("%s != (%s)", r.on(e, "the opposite"), r.inner(e)), true
}

func (r *rewriter) binary(n *ast.BinaryExpr) (string, bool) {
	if r.types.constant(n) {
		return "", false
	}
	x, y := r.text(n.X), r.text(n.Y)
	whole := fmt.Sprintf("(%s) %s (%s)", x, n.Op, y)
	switch {
	case n.Op == token.LAND || n.Op == token.LOR:
		other := map[token.Token]string{token.LAND: "||", token.LOR: "&&"}[n.Op]
		m := r.on(n, other)
		return fmt.Sprintf("(%s && ((%s) %s (%s)) || !%s && (%s))", m, x, other, y, m, whole), true
	case isComparison(n.Op):
		if op, ok := boundary[n.Op]; ok {
			m := r.on(n, op.String())
			whole = fmt.Sprintf("%s && (%s) %s (%s) || !%s && %s", m, x, op, y, m, whole)
		}
		return fmt.Sprintf("(%s != (%s))", r.on(n, "the opposite"), whole), true
	case arithmetic[n.Op] != 0 && r.types.integer(n) && !r.types.calls(n):
		t, ok := r.typeName(r.types.TypeOf(n))
		if !ok {
			return "", false
		}
		op := arithmetic[n.Op]
		return fmt.Sprintf("pick[%s](%s, (%s) %s (%s), %s)", t, r.on(n, op.String()), x, op, y, whole), true
	}
	return "", false
}

// typeName returns how the type is written in this file, if it can be.
func (r *rewriter) typeName(t types.Type) (string, bool) {
	ok := true
	name := types.TypeString(t, func(p *types.Package) string {
		if p == r.pkg {
			return ""
		}
		ok = ok && slices.Contains(r.imports, p.Path())
		return p.Name()
	})
	return name, ok
}

func (r *rewriter) assign(n *ast.AssignStmt) (string, bool) {
	if !r.made[n] || n.Tok == token.DEFINE {
		return "", false
	}
	if len(n.Lhs) == 1 {
		if id, ok := n.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
			return "", false
		}
	}
	whole := fmt.Sprintf("if !%s { %s }", r.on(n, "nothing"), r.inner(n))
	if op, ok := assigning[n.Tok]; ok && r.types.integer(n.Lhs[0]) {
		x, y := r.inner(n.Lhs[0]), r.text(n.Rhs[0])
		whole = fmt.Sprintf("if %s { %s %s %s } else %s", r.on(n, op.String()), x, op, y, whole)
	}
	return whole, true
}

// returned lets a function say the opposite, or that nothing went wrong.
func (r *rewriter) returned(n *ast.ReturnStmt) (string, bool) {
	var words []string
	changed := false
	for _, e := range n.Results {
		word := r.text(e)
		_, isBinary := e.(*ast.BinaryExpr)
		switch {
		case isBinary || r.types.Types[e].Value == nil && r.types.Types[e].IsNil():
		case r.types.constant(e) && r.types.boolean(e):
			word, changed = fmt.Sprintf("%s != %s", r.on(e, "the opposite"), word), true
		case r.types.constant(e):
		case r.types.boolean(e):
			word, changed = fmt.Sprintf("%s != (%s)", r.on(e, "the opposite"), word), true
		case r.types.isError(e):
			word, changed = fmt.Sprintf("pick[error](%s, nil, %s)", r.on(e, "nil"), word), true
		}
		words = append(words, word)
	}
	if !changed {
		return "", false
	}
	return "return " + strings.Join(words, ", "), true
}

// switchFile is the file that is added to the package. Each run of the tests has one mutant, MUTANT; in the file TOUCHED it notes
// those that the tests come by.
func switchFile(pkg string, count int) string {
	text := fmt.Sprintf(`package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var (
	mutantNumber, _ = strconv.Atoi(os.Getenv("MUTANT"))
	mutantsTouched  = openTouched()
	mutantsSeen     [%d]atomic.Bool
)

// openTouched opens the file before a test counts descriptors, or has as many as it may.
func openTouched() *os.File {
	f, err := os.OpenFile(os.Getenv("TOUCHED"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil
	}
	return f
}

func mutated(n int) bool {
	if mutantsTouched != nil && !mutantsSeen[n].Swap(true) {
		mutantsTouched.WriteString(strconv.Itoa(n) + "\n")
	}
	return n == mutantNumber
}

func pick[T any](other bool, a, b T) T {
	if other {
		return a
	}
	return b
}
`, pkg, count+1)
	b, err := format.Source([]byte(text))
	if err != nil {
		panic(err)
	}
	return string(b)
}
