//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/disposition"
)

// catchTeeSignals has signals do to tee what they do to a program that doesn't care for them, which is not what Go's runtime
// does: it survives some, and takes no notice of what was ignored at the start. SIGINT and SIGHUP are well served by it.
func catchTeeSignals(ignoreInterrupts bool) {
	if ignoreInterrupts {
		signal.Ignore(unix.SIGINT)
	}
	// Thrown away: a write gets its error instead, EPIPE or EFBIG.
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE, unix.SIGXFSZ)
	fatal := make(chan os.Signal, 8)
	signal.Notify(fatal, unix.SIGTERM, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGVTALRM, unix.SIGXCPU)
	go func() {
		for sig := range fatal {
			if number := sig.(syscall.Signal); !disposition.IgnoredAtStart(number) {
				endTeeBy(number)
			}
		}
	}()
}

// ignoresBrokenPipes reports whether tee was started with SIGPIPE ignored.
func ignoresBrokenPipes() bool { return disposition.IgnoredAtStart(unix.SIGPIPE) }

// endTeeByPipe ends tee as a write to a pipe without a reader does.
func endTeeByPipe() { endTeeBy(unix.SIGPIPE) }

func endTeeBy(sig syscall.Signal) {
	if disposition.Default(sig) {
		unix.Kill(os.Getpid(), sig)
		time.Sleep(time.Second) // it may be delivered to another thread, a moment later
	}
	os.Exit(statusSignalled + int(sig)) // as shells show it
}
