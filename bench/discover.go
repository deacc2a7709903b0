//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// knownNames are looked up in PATH, and as words of the names in other folders.
var knownNames = []string{"tee", "uutils-tee", "busybox", "toybox", "coreutils", "pee", "mbuffer"}

// makers are what a program's --version is recognised by.
var makers = []struct {
	name    string
	version *regexp.Regexp
}{
	{"GNU tee", regexp.MustCompile(`\(GNU coreutils\) (\S+)`)},
	{"uutils tee", regexp.MustCompile(`uutils coreutils\) (\S+)|^(?:tee|coreutils) (\d[^\s(]*)`)},
	{"BusyBox tee", regexp.MustCompile(`BusyBox v(\S+)`)},
	{"toybox tee", regexp.MustCompile(`toybox (\S+)`)},
	{"mbuffer", regexp.MustCompile(`mbuffer version R?(\S+)`)},
}

var errNoReference = errors.New("there is no tee in PATH, with which all are compared")

// discover returns the tools in PATH, the reference first, and in folders. Those that can't be used are told.
func discover(ctx context.Context, folders []string, tell func(string, ...any)) ([]tool, error) {
	candidates, err := findCandidates(folders)
	if err != nil {
		return nil, err
	}
	var tools []tool
	for _, path := range candidates {
		t, err := identify(ctx, path)
		if err != nil && len(tools) == 0 {
			return nil, fmt.Errorf("the tee in PATH, %s, with which all are compared: %w", path, err)
		}
		if err != nil {
			tell("left out: %s: %v", path, err)
			continue
		}
		if slices.ContainsFunc(tools, func(o tool) bool { return o.name == t.name }) {
			t.name += " (" + path + ")"
		}
		tools = append(tools, t)
	}
	return tools, nil
}

func findCandidates(folders []string) ([]string, error) {
	var found []string
	reference, err := exec.LookPath("tee")
	if err != nil {
		return nil, errNoReference
	}
	found = append(found, reference)
	for _, name := range knownNames[1:] {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, fmt.Errorf("-peers: %w", err)
		}
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if kindOf(e.Name()) != "" && isExecutable(path) {
				found = append(found, path)
			}
		}
	}
	return distinct(found), nil
}

// distinct leaves out what is the same file under the same name.
func distinct(paths []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(paths, func(p string) bool {
		real, err := filepath.EvalSymlinks(p)
		if err != nil {
			real = p
		}
		key := kindOf(filepath.Base(p)) + " " + real
		defer func() { seen[key] = true }()
		return seen[key]
	})
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// kindOf returns how the program of that name is called: as tee, or as the program that has a tee within.
func kindOf(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, kind := range knownNames {
		if slices.Contains(words, kind) {
			return kind
		}
	}
	return ""
}

// identify asks the program at path what it is.
func identify(ctx context.Context, path string) (tool, error) {
	t := tool{path: path, outputs: asTee}
	switch kindOf(filepath.Base(path)) {
	case "pee":
		t.name, t.outputs = "pee", asPee
		t.note = "pee: its processor time is with that of its commands, `cat`, without which it has no outputs"
		return t, nil // it would run --version
	case "mbuffer":
		t.outputs, t.blocks = asMbuffer, true
	case "busybox", "toybox", "coreutils":
		t.leading = []string{"tee"}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append(slices.Clone(t.leading), "--version")...)
	cmd.WaitDelay = lingering
	said, _ := cmd.CombinedOutput() // BusyBox says it with a usage error
	for _, m := range makers {
		if found := m.version.FindSubmatch(said); found != nil {
			t.name = m.name + " " + string(slices.Concat(found[1:]...))
			return t, nil
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	return t, fmt.Errorf("its --version is of no tee that is known: %q", line)
}
