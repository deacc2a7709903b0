//go:build unix

package main

import (
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/disposition"
)

// endingSignals are those that end a run with its report written: not those that were ignored at start, as nohup does.
func endingSignals() (all []os.Signal) {
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		if !signal.Ignored(sig) {
			all = append(all, sig)
		}
	}
	return all
}

func signalName(sig os.Signal) string {
	return strings.TrimPrefix(unix.SignalName(sig.(syscall.Signal)), "SIG")
}

// endsProcess reports whether the signal ends a process by default.
func endsProcess(name string) bool {
	switch name {
	case "STOP", "TSTP", "TTIN", "TTOU", "CONT", "CHLD", "URG", "WINCH", "INFO":
		return false
	}
	return true
}

func raise(name string) error { return unix.Kill(os.Getpid(), unix.SignalNum("SIG"+name)) }

// die ends the process by the signal, without a core file; by the status that shells show for it where the signal was ignored
// at the start and stays so.
func die(name string) {
	sig := unix.SignalNum("SIG" + name)
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	signal.Reset(sig) // what was ignored at the start it has ignored again
	ignored := !disposition.Default(sig) && signal.Ignored(sig)
	if err := unix.Kill(os.Getpid(), sig); err != nil || ignored {
		os.Exit(128 + int(sig))
	}
	sleepForever() // it may be delivered to another thread, a moment later
}

// sleepForever waits for a signal that ends the process. Go would call an empty select a deadlock.
func sleepForever() {
	for {
		unix.Poll(nil, -1)
	}
}

// isBrokenPipe reports whether err says that nobody reads the other end any more.
func isBrokenPipe(err error) bool {
	return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET)
}

// catchBrokenPipe lets a write to standard output fail with EPIPE instead of ending the process.
func catchBrokenPipe() { signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE) }
