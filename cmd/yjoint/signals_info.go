//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// statusSignals ask for a status line per output; SIGINFO is what Ctrl-T sends.
var statusSignals = []os.Signal{unix.SIGUSR1, unix.SIGINFO}
