// Matrix writes docs/survival-matrix.md: what yjoint and the other tees of this machine do in each scenario of faultsink trial.
//
//	go run ./docs/matrix [-version TOOL=TEXT]... [DIR]...
//
// It builds yjoint and faultsink, and looks for the others in each DIR and then in PATH: tee-gnu (a further GNU tee beside the
// tee of the system), tee-busybox or busybox, tee-toybox or toybox, tee-uutils, pee and mbuffer. All must be there. Debian has
// them in coreutils, busybox, toybox, rust-coreutils, moreutils and mbuffer.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// columns are the profiles of faultsink trial that the document has.
var columns = []string{"yjoint", "yjoint-x", "tee", "tee -p", "gnu", "gnu -p", "busybox", "toybox", "uutils", "pee", "mbuffer"}

//go:embed intro.md
var intro string

// versions are those of tools that don't tell theirs, by their profile.
type versions map[string]string

func (v versions) String() string { return "" }

func (v versions) Set(text string) error {
	tool, version, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("expected TOOL=TEXT")
	}
	v[tool] = version
	return nil
}

func main() {
	out := flag.String("o", "docs/survival-matrix.md", "write to `FILE`")
	told := versions{}
	flag.Var(told, "version", "`TOOL=TEXT`: the version of a tool that doesn't tell it, such as 'pee=moreutils 0.67'")
	flag.Parse()
	if err := write(*out, flag.Args(), told); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

// write writes the document, with the tools of these folders.
func write(out string, folders []string, told versions) error {
	programs, err := os.MkdirTemp("", "matrix")
	if err != nil {
		return err
	}
	defer os.RemoveAll(programs)
	if err := run("go", "build", "-o", programs, "./cmd/yjoint", "./cmd/faultsink"); err != nil {
		return err
	}
	search := []string{programs}
	for _, f := range folders {
		f, err := filepath.Abs(f)
		if err != nil {
			return err
		}
		search = append(search, f)
	}
	search = append(search, os.Getenv("PATH"))
	os.Setenv("PATH", strings.Join(search, string(os.PathListSeparator)))
	table := filepath.Join(programs, "table.md")
	err = run(filepath.Join(programs, "faultsink"), append([]string{"trial", "--markdown", table}, columns...)...)
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == notAsExpected {
		err = nil
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(table)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(intro+"\n"+told.enter(string(text))), 0o644)
}

// notAsExpected is faultsink's status where a tool fails in a cell.
const notAsExpected = 1

// enter puts the versions into the table of tools, where they are missing.
func (v versions) enter(text string) string {
	for tool, version := range v {
		text = strings.Replace(text, "\n| "+tool+" |  | ", "\n| "+tool+" | "+version+" | ", 1)
	}
	return text
}

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
