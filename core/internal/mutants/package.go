//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// pkg is a package with all its mutants.
type pkg struct {
	path   string
	folder string
	tags   string
	points []point
	files  map[string]string // the text of each file with mutants, by its path
}

// load reads a package of this module, as it is with those build tags, and writes its mutants.
func load(path, tags string) (*pkg, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	context := build.Default
	context.BuildTags = strings.FieldsFunc(tags, func(r rune) bool { return r == ',' })
	found, err := context.Import(path, here, 0)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range found.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(found.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	checked, err := (&types.Config{Importer: importer.ForCompiler(fset, "source", nil)}).Check(found.ImportPath, fset, files, info)
	if err != nil {
		return nil, err
	}
	p := &pkg{path: path, folder: found.Dir, tags: tags, files: map[string]string{}}
	for i, f := range files {
		name := filepath.Join(found.Dir, found.GoFiles[i])
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		r := &rewriter{fset: fset, types: typesOf{info}, pkg: checked, file: found.GoFiles[i], src: src,
			points: &p.points, made: map[ast.Node]bool{}, told: map[string]int{}}
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				r.imports = append(r.imports, path)
			}
		}
		p.files[name] = r.rewriteFile(f)
	}
	p.files[filepath.Join(p.folder, "mutants_of_package.go")] = switchFile(found.Name, len(p.points))
	return p, nil
}

// build compiles the tests of the package with all mutants, and returns the binary, in the folder.
func (p *pkg) build(folder string) (string, error) {
	replace := map[string]string{}
	for name, text := range p.files {
		written := filepath.Join(folder, filepath.Base(name))
		if err := os.WriteFile(written, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[name] = written
	}
	overlay := filepath.Join(folder, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(overlay, text, 0o600)
	}
	if err != nil {
		return "", err
	}
	binary := filepath.Join(folder, "mutants.test")
	cmd := exec.Command("go", "test", "-c", "-tags", p.tags, "-overlay", overlay, "-o", binary, p.path)
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(strings.TrimSpace(string(said))))
	}
	return binary, nil
}
