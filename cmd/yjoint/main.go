// Yjoint copies one byte stream to many outputs. A failure of one output changes nothing for the others, and the fate of
// each is told exactly. See README.md.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"yjoint/cmd/internal/version"
	"yjoint/core"
	_ "yjoint/internal/sysmon"
)

func main() {
	// A failure of the runtime must not look like one of yjoint's statuses: Go's own is 2. With this it is SIGABRT.
	debug.SetTraceback("crash")
	if len(os.Args) > 0 && isTee(os.Args[0]) {
		os.Exit(runTee(os.Args, standardError{}))
	}
	os.Exit(run(os.Args[1:], os.Stdout, standardError{}))
}

// run does what args ask for, and returns the exit status. It does not return if a signal has ended the run.
func run(args []string, stdout, stderr io.Writer) int {
	inherited := markInherited()
	cfg, err := parseArgs(args)
	if err != nil {
		return usage(stderr, err, "yjoint --help lists the options")
	}
	switch {
	case cfg.help:
		return printed(stdout, stderr, helpText())
	case cfg.version:
		return printed(stdout, stderr, "yjoint "+version.Of()+"\n")
	case cfg.completion != "":
		return printed(stdout, stderr, completionText(cfg))
	}
	if cfg.portable, err = wantsPortable(os.Getenv(pathVariable)); err != nil {
		return usage(stderr, err, "")
	}
	// A goroutine in a system call keeps its processor until the runtime's monitor takes it away, which can be 10 ms later.
	// With one for each goroutine that waits in a call, nobody waits for that.
	waiting := len(cfg.outputs) + 2
	if cfg.digest != "" {
		waiting++ // nor for a hash
	}
	runtime.GOMAXPROCS(max(runtime.NumCPU(), waiting))
	s, err := newSession(cfg, inherited, stderr)
	if err != nil {
		return usage(stderr, err, "")
	}
	return s.run(inherited)
}

// pathVariable names the environment variable that has the portable path taken, to compare it with the system's own.
const pathVariable = "YJOINT_PATH"

func wantsPortable(path string) (bool, error) {
	if path == "" || path == core.PathPortable {
		return path != "", nil
	}
	return false, usagef("%s=%s: expected %s, or nothing for what is best here", pathVariable, quoted(path), core.PathPortable)
}

// usage tells of a command line that can't be carried out, with a hint if err has none of its own and hint isn't empty.
func usage(stderr io.Writer, err error, hint string) int {
	fmt.Fprintf(stderr, "yjoint: %v\n", err)
	var u *usageError
	if errors.As(err, &u) && u.hint != "" {
		hint = u.hint
	}
	if hint != "" {
		fmt.Fprintf(stderr, "yjoint: hint: %s\n", hint)
	}
	return statusUsage
}

// printed writes what was asked for with --help or --version. A standard output that does not take it is an error.
func printed(stdout, stderr io.Writer, text string) int {
	err := inspect(roleOutput, "-", nil).err // closed: the runtime has put the null device there
	if err == nil {
		_, err = io.WriteString(stdout, text)
	}
	if err != nil {
		fmt.Fprintf(stderr, "yjoint: standard output: %s\n", core.Describe(err))
		return statusTooFew
	}
	return statusOK
}
