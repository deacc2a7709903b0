//go:build !unix

package main

import (
	"os"
	"os/signal"
)

func catchTeeSignals(ignoreInterrupts bool) {
	if ignoreInterrupts {
		signal.Ignore(os.Interrupt)
	}
}

// ignoresBrokenPipes reports false: there is no SIGPIPE on GOOS.
func ignoresBrokenPipes() bool { return false }

// endTeeByPipe exits: there is no SIGPIPE on GOOS.
func endTeeByPipe() { os.Exit(statusTeeFailed) }
