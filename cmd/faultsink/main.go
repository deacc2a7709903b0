// Faultsink makes a program's inputs and outputs fail on purpose, at an exact byte, and proves what arrived. See README.md.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() {
	debug.SetTraceback("crash") // a failure of the runtime must not look like one of the statuses
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run does what args ask for, and returns the exit status. It does not return if a plan ends the process.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(withVerb(root, args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err == nil {
		return statusOK
	}
	for _, e := range leaves(err) {
		fmt.Fprintf(stderr, "faultsink: %v\n", e)
	}
	return statusOf(err)
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
