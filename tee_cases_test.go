//go:build linux

package yjoint_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// teeInput is what a tee of TestTeeTwins has for standard input.
type teeInput string

// teeOutput is what it has for standard output.
type teeOutput string

const (
	nothing   teeInput = "nothing"    // /dev/null
	aFile     teeInput = "a file"     // of a few bytes
	aPipe     teeInput = "a pipe"     // with a few bytes
	much      teeInput = "much"       // by a pipe that can't hold it
	directory teeInput = "a folder"   // a read error
	writeOnly teeInput = "write-only" // another one
	unended   teeInput = "no newline" // at the end of a few bytes, by a pipe
	silent    teeInput = "silence"    // a pipe that stays open, and through which nothing comes

	toFile   teeOutput = "a file"
	toReader teeOutput = "a reader"        // of everything
	toNobody teeOutput = "nobody"          // a pipe whose reader has gone before the start
	toSocket teeOutput = "a deaf socket"   // whose other end is closed
	toLeaver teeOutput = "one who leaves"  // a pipe whose reader goes after leaverTakes bytes; with much input
	toFull   teeOutput = "a full device"   //
	readOnly teeOutput = "a reading place" // a descriptor that can't be written
)

// leaverTakes is how much the reader takes that leaves.
const leaverTakes = 5000

// teeCase is one command line of TestTeeTwins, and what surrounds it.
type teeCase struct {
	args       []string
	in         teeInput
	out        teeOutput
	ignorePipe bool // SIGPIPE is ignored at the start
	posixly    bool // POSIXLY_CORRECT is set
}

func (c teeCase) String() string {
	text := fmt.Sprintf("tee %q <%s >%s", c.args, c.in, c.out)
	if c.ignorePipe {
		text += ", SIGPIPE ignored"
	}
	if c.posixly {
		text += ", POSIXLY_CORRECT"
	}
	return text
}

// The words that command lines are made of. Those of a list are equally likely.
var (
	teeFiles = []string{
		"new", "new", "other", "old", "old", "with space", "-", "dir", "dir/inner", "missing/file", "readonly", "/dev/null",
		"/dev/full", "it's", "#hash", "",
	}
	teeOptions = []string{
		"-a", "-i", "-p", "-ai", "-pa", "--append", "--app", "--ignore-interrupts", "--i", "--output-error", "--out",
		"--output-error=warn", "--output-error=warn-nopipe", "--output-error=exit", "--output-error=exit-nopipe",
		"--output=warn-n", "--o=exit-n", "--output-error=warn-",
	}
	teeRefused = []string{
		"-x", "-ax", "--nonsense", "--append=yes", "--a=", "--=", "--output-error=w", "--output-error=", "--output-error=never",
		"--help", "--h", "--version", "--vers",
	}
	teeInputs  = []teeInput{nothing, aFile, aPipe, much, directory, writeOnly}
	teeOutputs = []teeOutput{toFile, toReader, toNobody, toSocket, toLeaver, toFull, readOnly}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// oneIn is true once in n times.
func oneIn(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// randomTee makes a command line, for which what comes of it is certain.
func randomTee(r *rand.Rand) teeCase {
	c := teeCase{in: aPipe, out: toReader, ignorePipe: oneIn(r, 3), posixly: oneIn(r, 8)}
	if oneIn(r, 2) {
		c.in = pick(r, teeInputs)
	}
	if oneIn(r, 2) {
		c.out = pick(r, teeOutputs)
	}
	if c.out == toLeaver {
		c.in = much
	}
	for range r.IntN(4) {
		c.args = append(c.args, pick(r, teeFiles))
	}
	if oneIn(r, 20) {
		for i := range 13 + r.IntN(5) {
			c.args = append(c.args, fmt.Sprint("many", i))
		}
	}
	if oneIn(r, 10) && (c.out == toFile || c.in != much) && c.out != toSocket {
		c.args = append(c.args, "/dev/stdout")
	}
	for range r.IntN(4) {
		c.insert(r, pick(r, teeOptions))
	}
	if oneIn(r, 12) {
		c.insert(r, pick(r, teeRefused))
	}
	if oneIn(r, 10) {
		c.args = append(c.args, "--", "-dash", "--append")
	}
	if c.twiceAtTheEnd() {
		return randomTee(r)
	}
	return c
}

func (c *teeCase) insert(r *rand.Rand, word string) {
	c.args = slices.Insert(c.args, r.IntN(len(c.args)+1), word)
}

// twiceAtTheEnd reports whether two outputs take turns at the end of one file, in an order that nobody has promised.
func (c teeCase) twiceAtTheEnd() bool {
	appends := slices.ContainsFunc(c.args, func(word string) bool {
		return strings.HasPrefix(word, "-a") || strings.HasPrefix(word, "--a") || word == "-pa"
	})
	if !appends {
		return false
	}
	named := map[string]int{}
	for _, word := range c.args {
		if named[word]++; named[word] > 1 && (c.in == much || c.cutShort()) && (word == "-" || !strings.HasPrefix(word, "-")) {
			return true
		}
	}
	return named["/dev/stdout"] > 0 && c.out == toFile
}

// mode is GNU's --output-error that is in force, "" without, as far as it has been said in a way that is understood.
func (c teeCase) mode() (mode string) {
	for _, word := range c.args {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case word == "--":
			return mode
		case word == "-p", word == "-pa", word == "--output-error", word == "--out":
			mode = "warn-nopipe"
		case strings.HasPrefix(name, "--o"):
			for _, m := range []string{"exit-nopipe", "exit", "warn-nopipe", "warn"} {
				if strings.HasPrefix(m, value) {
					mode = m
				}
			}
		case c.posixly && !strings.HasPrefix(word, "-") || word == "-":
			if c.posixly {
				return mode
			}
		}
	}
	return mode
}

// cutShort reports whether the run may end before the end of its input, so that it is left to chance how much of what was read
// the outputs have got.
func (c teeCase) cutShort() bool {
	broken := c.out == toNobody || c.out == toSocket || c.out == toLeaver
	switch mode := c.mode(); {
	case c.in == nothing || c.in == directory || c.in == writeOnly:
		return false
	case mode == "":
		return broken && !c.ignorePipe
	case strings.HasPrefix(mode, "exit"):
		return broken && mode == "exit" || c.out == toFull || c.out == readOnly || slices.Contains(c.args, "/dev/full")
	}
	return false
}
