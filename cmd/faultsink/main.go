// Faultsink makes a program's inputs and outputs fail on purpose, at an exact byte, and proves what arrived. See README.md.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"yjoint/cmd/internal/supervisor"
	"yjoint/cmd/internal/trial"
	_ "yjoint/internal/sysmon"
)

func main() {
	supervisor.Main()           // this process may be one that exec has started
	trial.Main()                // … or that a tool has started which is tried
	debug.SetTraceback("crash") // a failure of the runtime must not look like one of the statuses
	os.Exit(run(os.Args[1:], standardOutput{}, os.Stderr))
}

// run does what args ask for, and returns the exit status. It does not return if the process is to end by a signal.
func run(args []string, stdout, stderr io.Writer) int {
	err := obey(args, stdout, stderr)
	var planned *ending
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &planned):
		return planned.perform()
	}
	complain(stderr, err)
	return statusOf(err)
}

// obey has the verb run that args name, or prints what they ask for.
func obey(args []string, stdout, stderr io.Writer) error {
	if shell, words, wanted := completionWanted(args); wanted {
		return printCompletion(shell, words, stdout)
	}
	root := newRoot()
	root.SetArgs(withVerb(root, args))
	out := &watchedWriter{to: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	if err := root.Execute(); err != nil {
		return err
	}
	return out.err
}

// standardOutput is what the process has as such.
type standardOutput struct{}

func (standardOutput) Write(p []byte) (int, error) {
	if stdout.wasClosed() {
		return 0, errors.New("standard output is closed")
	}
	n, err := stdout.Write(p)
	if err != nil {
		err = fmt.Errorf("standard output: %w", err)
	}
	return n, err
}

// watchedWriter remembers an error that who wrote didn't care for.
type watchedWriter struct {
	to  io.Writer
	err error // the first
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// complain prints a line for each error that is joined in err.
func complain(stderr io.Writer, err error) {
	for _, e := range leaves(err) {
		fmt.Fprintf(stderr, "faultsink: %v\n", e)
	}
}

// leaves returns the errors that are joined in err.
func leaves(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}
