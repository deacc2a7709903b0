//go:build linux

package yjoint_test

import (
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var suiteTee = flag.String("suitetee", "yjoint", "what TestTeeSuites runs under the name tee")

// What a suiteCase says of an output, beside its very content.
const (
	whole = "\x00whole" // what came in, all of it
	part  = "\x00part"  // a beginning of it, or all
)

// suiteCase is a fact that the tests of other tees hold true.
type suiteCase struct {
	suites string // whose
	fact   string
	run    teeCase
	end    string            // exit status or signal
	stdout string            // where there is a reader
	files  map[string]string // their contents; others are not looked at
	said   string            // part of standard error; "" means that there is nothing
}

// teeSuites are the cases of BusyBox (testsuite/tee), toybox (tests/tee.test), uutils (tests/by-util/test_tee.rs), FreeBSD
// (usr.bin/tee/tests), u-root (cmds/core/tee) and posixutils-rs; NetBSD and OpenBSD have none. Those of FreeBSD with a terminal
// are in tee_terminal.txtar.
var teeSuites = []suiteCase{
	{"toybox, posixutils", "without files standard output has everything", teeCase{in: aPipe, out: toReader}, "status 0", whole, nil, ""},
	{"toybox", "a last line without a newline stays so", teeCase{in: unended, out: toReader}, "status 0", whole, nil, ""},
	{"toybox", "with the operand - standard output has everything once", teeCase{args: words("-"), in: aPipe, out: toReader}, "status 0",
		whole, nil, ""},
	{"uutils", "- is a file", teeCase{args: words("-"), in: aPipe, out: toReader}, "status 0", whole, files("-", whole), ""},
	{"toybox, BusyBox", "standard output may be a file", teeCase{args: words("new"), in: aPipe, out: toFile}, "status 0", "",
		files("new", whole, "output", whole), ""},
	{"FreeBSD, posixutils", "one file", teeCase{args: words("new"), in: aPipe, out: toReader}, "status 0", whole, files("new", whole), ""},
	{"FreeBSD, posixutils, u-root, uutils", "two files", teeCase{args: words("1 2"), in: aPipe, out: toReader}, "status 0", whole,
		files("1", whole, "2", whole), ""},
	{"uutils", "twelve files", teeCase{args: words("1 2 3 4 5 6 7 8 9 10 11 12"), in: aPipe, out: toReader}, "status 0", whole,
		files("1", whole, "7", whole, "12", whole), ""},
	{"uutils", "thirteen files", teeCase{args: words("1 2 3 4 5 6 7 8 9 10 11 12 13"), in: aPipe, out: toReader}, "status 0", whole,
		files("1", whole, "7", whole, "12", whole, "13", whole), ""},
	{"FreeBSD", "a device, which is standard error", teeCase{args: words("/dev/stderr"), in: aPipe, out: toReader}, "status 0", whole, nil,
		"some bytes"},
	{"FreeBSD, posixutils", "a file that is there is emptied", teeCase{args: words("old"), in: aPipe, out: toReader}, "status 0", whole,
		files("old", whole), ""},
	{"FreeBSD, BusyBox, uutils, u-root, posixutils", "-a adds to it", teeCase{args: words("-a old"), in: aPipe, out: toReader}, "status 0",
		whole, files("old", old+"some bytes\n"), ""},
	{"u-root", "-a and -i as two words", teeCase{args: words("-a -i old"), in: aPipe, out: toReader}, "status 0", whole,
		files("old", old+"some bytes\n"), ""},
	{"u-root", "-i by its long name, without a file", teeCase{args: words("--ignore-interrupts"), in: aPipe, out: toReader}, "status 0",
		whole, nil, ""},

	{"uutils", "an option that there is not", teeCase{args: words("--not-an-option new"), in: aPipe, out: toReader}, "status 1", "", nil,
		"unrecognized option '--not-an-option'"},
	{"uutils", "-h prints the help there; neither GNU's tee nor this one has it", teeCase{args: words("-h"), in: aPipe, out: toReader},
		"status 1", "", nil, "invalid option -- 'h'"},
	{"uutils", "--help prints to standard output", teeCase{args: words("--help"), in: nothing, out: toFull}, "status 1", "", nil,
		"No space left on device"},

	{"uutils", "a full device beside a file", teeCase{args: words("/dev/full new"), in: aPipe, out: toReader}, "status 1", whole,
		files("new", whole), "/dev/full: No space left on device"},
	{"uutils", "a full device as standard output", teeCase{args: words("1 2"), in: aPipe, out: toFull}, "status 1", "",
		files("1", whole, "2", whole), "'standard output': No space left on device"},
	{"uutils", "a file that may not be written", teeCase{args: words("readonly new"), in: aPipe, out: toReader}, "status 1", whole,
		files("readonly", old, "new", whole), "readonly: Permission denied"},
	{"uutils", "a folder", teeCase{args: words("dir"), in: aPipe, out: toReader}, "status 1", whole, nil, "dir: Is a directory"},
	{"uutils", "--output-error where nothing fails", teeCase{args: words("--output-error new"), in: aPipe, out: toReader}, "status 0", whole,
		files("new", whole), ""},

	{"uutils", "nobody reads, without a file", teeCase{in: much, out: toNobody}, "SIGPIPE", "", nil, ""},
	{"uutils", "nobody reads", teeCase{args: words("new"), in: much, out: toNobody}, "SIGPIPE", "", files("new", part), ""},
	{"uutils", "nobody reads, and nothing comes", teeCase{args: words("-p"), in: silent, out: toNobody}, "status 0", "", nil, ""},

	{"no suite", "nobody reads a socket", teeCase{args: words("new"), in: much, out: toSocket}, "SIGPIPE", "", files("new", part), ""},
	{"no suite", "nobody reads the help", teeCase{args: words("--help"), in: nothing, out: toNobody}, "SIGPIPE", "", nil, ""},
	{"no suite", "nobody reads it, SIGPIPE ignored", teeCase{args: words("--help"), in: nothing, out: toNobody, ignorePipe: true}, "status 1", "",
		nil, "write error: Broken pipe"},
	{"no suite", "a descriptor for reading that can't be opened for writing", teeCase{args: words("/dev/stdout new"), in: aPipe, out: readOnly},
		"status 1", "", files("new", whole), "/dev/stdout: Permission denied"},
}

// suiteModes has, for each way of saying --output-error, what uutils expects of a standard output that nobody reads, and of a full
// device beside one that is read. A tee that exits has written a beginning to the others, which there must not be all, and here may be:
// outputs can be further apart.
var suiteModes = []struct{ option, unread, full string }{
	{"-p", "status 0", "status 1"},
	{"--output-error", "status 0", "status 1"},
	{"--output-error=warn-nopipe", "status 0", "status 1"},
	{"--output-error=warn-", "status 0", "status 1"},
	{"--output-error=warn", "Broken pipe", "status 1"},
	{"--output-error=exit", "Broken pipe, exit", "exit"},
	{"--output-error=exit-nopipe", "status 0", "exit"},
	{"--output-error=exit-nop", "status 0", "exit"},
}

func words(text string) []string { return strings.Fields(text) }

// files makes a map of pairs.
func files(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// modeCases are the cases of suiteModes.
func modeCases() (all []suiteCase) {
	for _, m := range suiteModes {
		c := suiteCase{"uutils", "nobody reads, " + m.option, teeCase{args: []string{m.option, "new"}, in: much, out: toNobody}, "status 0", "",
			files("new", whole), ""}
		if m.unread != "status 0" {
			c.end, c.said = "status 1", "'standard output': Broken pipe"
		}
		if strings.HasSuffix(m.unread, "exit") {
			c.files["new"] = part
		}
		all = append(all, c)
		c = suiteCase{"uutils", "a full device, " + m.option, teeCase{args: []string{m.option, "new", "/dev/full"}, in: much, out: toReader},
			"status 1", whole, files("new", whole), "/dev/full: No space left on device"}
		if m.full == "exit" {
			c.stdout, c.files["new"] = part, part
		}
		all = append(all, c)
		if m.unread == "status 0" && m.full == "status 1" {
			c.fact, c.run.out, c.stdout = "the same, and nobody reads", toNobody, ""
			all = append(all, c)
		}
	}
	return all
}

// TestTeeSuites runs yjoint under the name tee on the cases that other tees are tested with.
func TestTeeSuites(t *testing.T) {
	program, err := exec.LookPath(*suiteTee)
	if err != nil {
		t.Fatal(err)
	}
	work, tee := teeFolder(t, program)
	for i, c := range append(modeCases(), teeSuites...) {
		t.Run(c.suites+": "+c.fact, func(t *testing.T) {
			res := runTwin(t, filepath.Join(work, fmt.Sprint(i)), tee, c.run)
			if res.End != c.end {
				t.Errorf("%s, want %s", res.End, c.end)
			}
			c.compare(t, "standard output", res.Stdout, c.stdout)
			for name, want := range c.files {
				got, there := res.Files[name]
				if !there {
					t.Errorf("%s is missing", name)
				}
				c.compare(t, name, got, want)
			}
			said := strings.Join(res.Said, "\n")
			if c.said == "" && said != "" || !strings.Contains(said, c.said) {
				t.Errorf("it says %q, want %q", said, c.said)
			}
		})
	}
}

func (c suiteCase) compare(t *testing.T, name, got, want string) {
	t.Helper()
	came := c.run.in.content()
	switch {
	case want == part && strings.HasPrefix(came, got), want == whole && got == came, want == got:
		return
	case want == whole, want == part:
		t.Errorf("%s has %d bytes, of %d that came; the first: %.40q", name, len(got), len(came), got)
	default:
		t.Errorf("%s has %.60q, want %.60q", name, got, want)
	}
}
