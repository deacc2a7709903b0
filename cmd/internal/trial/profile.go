package trial

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Tool is what is tried.
type Tool struct {
	Name string // as the user named it
	Template
	Args []string // after "faultsink trial", to try it again
}

// toolFamily is a kind of tool that is known by name.
type toolFamily struct {
	name     string
	help     string
	programs []string // where it may be found, the first that is there is taken
	before   []string // words before the options
	after    []string // words after them: the outputs
	noStdout bool
}

var families = []toolFamily{
	{"tee", "the tee in PATH", []string{"tee"}, nil, []string{outsWord}, false},
	{"gnu", "GNU tee, where it is not the tee in PATH", []string{"tee-gnu", "gnutee", "gtee"}, nil, []string{outsWord}, false},
	// By tee(1) of FreeBSD, NetBSD and OpenBSD: tee [-ai] [file ...]. Tried with the code of OpenBSD's and FreeBSD's, built for Linux.
	{"bsd", "BSD tee", []string{"bsdtee", "tee-bsd"}, nil, []string{outsWord}, false},
	{"busybox", "BusyBox tee", []string{"tee-busybox", "busybox"}, []string{teeApplet}, []string{outsWord}, false},
	{"toybox", "toybox tee", []string{"tee-toybox", "toybox"}, []string{teeApplet}, []string{outsWord}, false},
	{"uutils", "uutils tee", []string{"tee-uutils", "uutils-tee", "/usr/lib/cargo/bin/coreutils/tee", "coreutils"}, []string{teeApplet}, []string{outsWord}, false},
	{"pee", "pee of moreutils", []string{"pee"}, nil, []string{cmdsWord}, true},
	{"mbuffer", "mbuffer", []string{"mbuffer"}, []string{"-q", "-f"}, []string{"-o", outWord, "-o", outWord, "-o", outWord, "-o", "-"}, false},
	{"yjoint", "yjoint", []string{"yjoint"}, nil, []string{"-", outsWord}, false},
	{"yjoint-x", "yjoint with commands", []string{"yjoint"}, nil, []string{"-", "-x", cmdWord, "-x", cmdWord, "-x", cmdWord}, false},
}

// teeApplet is the word by which a program that has many within is asked for its tee. It is left out where the program is tee itself.
const teeApplet = "tee"

// Profiles returns what is known by name, a line each.
func Profiles() (all []string) {
	for _, f := range families {
		all = append(all, fmt.Sprintf("%-9s %s: %s", f.name, f.help, strings.Join(slices.Concat(f.programs[:1], f.after), " ")))
	}
	return all
}

// MissingError says that a tool is not there.
type MissingError struct {
	Profile  string
	Programs []string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: no program for it was found: looked for %s", e.Profile, strings.Join(e.Programs, ", "))
}

// FindProfile returns the tool of a profile: the name of a family, or the path of a program that has such a name in it, and
// options after it, as in 'tee -p'. The error is a [*MissingError] if the tool is not there.
func FindProfile(text string) (Tool, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Tool{}, fmt.Errorf("an empty profile: expected one of %s", familyNames())
	}
	f, path, err := findFamily(words[0])
	if err != nil {
		return Tool{}, err
	}
	all := []string{path}
	for _, w := range f.before {
		if w != teeApplet || isMany(path) {
			all = append(all, w)
		}
	}
	all = slices.Concat(all, words[1:], f.after)
	t, err := ParseTemplate(all, !f.noStdout)
	return Tool{Name: text, Template: t, Args: []string{text}}, err
}

// findFamily returns the family that a word names and its program.
func findFamily(word string) (f toolFamily, path string, err error) {
	if strings.Contains(word, "/") {
		if path, err = exec.LookPath(word); err != nil {
			return f, "", &MissingError{word, []string{word}}
		}
		for _, f := range slices.Backward(families) {
			if slices.Contains(nameWords(path), f.name) {
				return f, path, nil
			}
		}
		return f, "", fmt.Errorf("%s: it is not known how its outputs are given: use a template, -- %s {out} {out}", word, word)
	}
	for _, f := range families {
		if f.name != word {
			continue
		}
		for _, program := range f.programs {
			if path, err := exec.LookPath(program); err == nil {
				return f, path, nil
			}
		}
		return f, "", &MissingError{word, f.programs}
	}
	return f, "", fmt.Errorf("unknown profile %q: expected one of %s, or a template after --", word, familyNames())
}

func familyNames() string {
	var all []string
	for _, f := range families {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

// nameWords returns the words in the last part of a path.
func nameWords(path string) []string {
	return strings.FieldsFunc(filepath.Base(path), func(r rune) bool { return !unicode.IsLetter(r) })
}

// isMany reports whether the program has a tee within beside others.
func isMany(path string) bool {
	return slices.Contains([]string{"busybox", "toybox", "coreutils"}, filepath.Base(path))
}

// versions are what a program's --version is recognised by.
var versions = []*regexp.Regexp{
	regexp.MustCompile(`[^\n]*GNU coreutils\) \S+`),
	regexp.MustCompile(`[^\n]*uutils coreutils\) \S+`),
	regexp.MustCompile(`BusyBox v\S+`),
	regexp.MustCompile(`toybox \d\S+`),
	regexp.MustCompile(`mbuffer version \S+`),
	regexp.MustCompile(`yjoint [^\n]+`),
}

// Version returns what the tool says of itself; "": nothing that is known.
func (t Tool) Version(ctx context.Context) string {
	if slices.Contains(nameWords(t.Words[0]), "pee") {
		return "" // it would run --version as a command
	}
	words := []string{t.Words[0]}
	if len(t.Words) > 1 && isMany(t.Words[0]) {
		words = append(words, t.Words[1])
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], "--version")...)
	cmd.WaitDelay = time.Second
	said, _ := cmd.CombinedOutput() // BusyBox says it with a usage error
	for _, v := range versions {
		if found := v.Find(said); found != nil {
			return string(found)
		}
	}
	return ""
}
