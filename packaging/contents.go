package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// A file is one of a package. Those of all kinds of packages are made from the archive's, by renaming.
type file struct {
	path string // below the folder where things are installed, as /usr/local
	mode fs.FileMode
	data []byte
}

const docs = "share/doc/yjoint/"

// manuals are the manual pages of docs/man, by section.
var manuals = map[string][]string{
	"1": {"faultsink", "yjoint"},
	"7": {"faultsink-plan"},
}

// completions are where a shell looks for what completes a program's command line.
var completions = map[string]func(program string) string{
	"bash": func(program string) string { return "share/bash-completion/completions/" + program },
	"fish": func(program string) string { return "share/fish/vendor_completions.d/" + program + ".fish" },
	"zsh":  func(program string) string { return "share/zsh/site-functions/_" + program },
}

// documents are other files of the tree that are installed, as they are there, so that links among them lead somewhere.
var documents = []string{"README.md", "CHANGELOG.md", "LICENSE", "docs/*.md", "docs/examples/*"}

// sharedFiles returns what packages have for all targets. It runs the programs, for their completions.
func (r release) sharedFiles(work string) ([]file, error) {
	var files []file
	for _, pattern := range documents {
		names, err := filepath.Glob(filepath.Join(r.source, pattern))
		if err != nil || len(names) == 0 {
			return nil, &fs.PathError{Op: "find", Path: pattern, Err: fs.ErrNotExist}
		}
		for _, name := range names {
			relative, err := filepath.Rel(r.source, name)
			if err != nil {
				return nil, err
			}
			if files, err = appendFile(files, name, docs+filepath.ToSlash(relative), 0o644); err != nil {
				return nil, err
			}
		}
	}
	var err error
	for section, names := range manuals {
		for _, name := range names {
			page := name + "." + section
			source := filepath.Join(r.source, "docs/man", page)
			if files, err = appendFile(files, source, path.Join("share/man/man"+section, page), 0o644); err != nil {
				return nil, err
			}
		}
	}
	more, err := r.completionFiles(filepath.Join(work, "host"))
	return append(files, more...), err
}

// completionFiles returns what the programs print for each shell.
func (r release) completionFiles(work string) ([]file, error) {
	if err := r.build(host(), work); err != nil {
		return nil, err
	}
	var files []file
	for shell, place := range completions {
		for _, program := range programs {
			text, err := output(exec.Command(filepath.Join(work, program), "--completion", shell))
			if err != nil {
				return nil, err
			}
			files = append(files, file{place(program), 0o644, []byte(text + "\n")})
		}
	}
	return files, nil
}

// programFiles builds the target's programs below the folder.
func (r release) programFiles(t target, work string) ([]file, error) {
	dir := filepath.Join(work, strings.ReplaceAll(t.String(), "/", "-"))
	if err := r.build(t, dir); err != nil {
		return nil, err
	}
	var files []file
	for _, program := range programs {
		var err error
		if files, err = appendFile(files, filepath.Join(dir, program), "bin/"+program, 0o755); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func appendFile(files []file, source, to string, mode fs.FileMode) ([]file, error) {
	data, err := os.ReadFile(source)
	return append(files, file{to, mode, data}), err
}
