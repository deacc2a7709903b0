//go:build linux || solaris || aix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// statusSignals ask for a status line per output.
var statusSignals = []os.Signal{unix.SIGUSR1}
