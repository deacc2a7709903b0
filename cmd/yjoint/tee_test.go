package main

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIsTee(t *testing.T) {
	for arg0, want := range map[string]bool{
		"tee": true, "/usr/bin/tee": true, "./tee": true, "yjoint": false, "teehee": false, "tee/yjoint": false, "": false, "-tee": false,
	} {
		if got := isTee(arg0); got != want {
			t.Errorf("%q: %v", arg0, got)
		}
	}
}

func TestParseTee(t *testing.T) {
	for line, want := range map[string]teeOptions{
		"":                                  {},
		"a b":                               {files: []string{"a", "b"}},
		"a -a b":                            {append: true, files: []string{"a", "b"}},
		"-pia":                              {append: true, ignoreInterrupts: true, mode: teeWarnNoPipe},
		"-":                                 {files: []string{"-"}},
		"-a -- -i --":                       {append: true, files: []string{"-i", "--"}},
		"--a --i --o a":                     {append: true, ignoreInterrupts: true, mode: teeWarnNoPipe, files: []string{"a"}},
		"--output-error=warn":               {mode: teeWarn},
		"--output-error=warn-":              {mode: teeWarnNoPipe},
		"--output-error=exit -p":            {mode: teeWarnNoPipe},
		"-p --out=exit":                     {mode: teeExit},
		"--output-error=exit-nopipe --help": {mode: teeExitNoPipe, help: true},
		"--vers --nonsense":                 {version: true},
	} {
		got, err := parseTee(strings.Fields(line), false)
		if err != nil {
			t.Errorf("%q: %v", line, err)
		} else if diff := cmp.Diff(want, *got, cmp.AllowUnexported(teeOptions{})); diff != "" {
			t.Errorf("%q: -want +got\n%s", line, diff)
		}
	}
	got, err := parseTee([]string{"-i", "a", "-a", "--"}, true)
	if err != nil || got.append || !got.ignoreInterrupts || len(got.files) != 3 {
		t.Errorf("POSIXLY_CORRECT: %+v, %v", got, err)
	}
}

func TestParseTeeRefuses(t *testing.T) {
	for word, want := range map[string]string{
		"-x":                  "invalid option -- 'x'",
		"-apx":                "invalid option -- 'x'",
		"--x":                 "unrecognized option '--x'",
		"--x=y":               "unrecognized option '--x'",
		"--appendix":          "unrecognized option '--appendix'",
		"--help=me":           "option '--help' doesn't allow an argument",
		"--v=":                "option '--version' doesn't allow an argument",
		"--=":                 "option '--=' is ambiguous; possibilities: '--append' '--ignore-interrupts' '--output-error' '--help' '--version'",
		"--output-error=e":    "ambiguous argument 'e' for '--output-error'",
		"--output-error=":     "ambiguous argument '' for '--output-error'",
		"--output-error=WARN": "invalid argument 'WARN' for '--output-error'",
	} {
		_, err := parseTee([]string{"file", word}, false)
		if err == nil || !strings.HasPrefix(err.Error()+"\n", want+"\n") {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestNameQuoted: what GNU's tee prints in the C.UTF-8 locale.
func TestNameQuoted(t *testing.T) {
	for name, want := range map[string]string{
		"plain":      "plain",
		"/a/b-c_d.e": "/a/b-c_d.e",
		"é":          "é",
		"":           "''",
		"a b":        "'a b'",
		"a:b":        "'a:b'",
		"$x":         "'$x'",
		"a~#":        "a~#",
		"#a":         "'#a'",
		"~a":         "'~a'",
		"it's":       `"it's"`,
		`it's "so"`:  `'it'\''s "so"'`,
		"c\nd":       `'c'$'\n''d'`,
		"\xff":       `''$'\377'`,
		"a\x01\xe9":  `'a'$'\001\351'`,
		"a\x01b":     `'a'$'\001''b'`,
	} {
		if got := nameQuoted(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestCauseText(t *testing.T) {
	err := &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOSPC}
	if got := causeText(err); got != "No space left on device" && os.PathSeparator == '/' {
		t.Errorf("%q", got)
	}
}

// TestMayWait: who reads these may have to wait for others.
func TestMayWait(t *testing.T) {
	for kind, want := range map[string]bool{
		kindFile: false, kindDirectory: false, kindPipe: true, kindFIFO: true, kindSocket: true, kindTerminal: true, kindDevice: true,
	} {
		if got := (fileState{kind: kind}).mayWait(); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

// TestTeeHelp: the help fits a screen, and has every option and mode.
func TestTeeHelp(t *testing.T) {
	lines := strings.Split(teeHelp, "\n")
	if len(lines) > 32 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if len(line) > 80 || strings.TrimRight(line, " ") != line {
			t.Errorf("too wide, or with odd space: %q", line)
		}
	}
	for _, option := range teeLong {
		if !strings.Contains(teeHelp, "--"+option.name) {
			t.Errorf("--%s is missing", option.name)
		}
	}
	for _, mode := range teeModes {
		if !strings.Contains(teeHelp, "\n  "+mode+" ") {
			t.Errorf("%s is missing", mode)
		}
	}
}
