//go:build unix

package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// terminal is standard error where that is one.
type terminal struct {
	echoed  bool           // what is typed was shown at the start
	changes chan os.Signal // its size may have changed
	stops   chan os.Signal // Ctrl-Z
}

// newTerminal returns nil if standard error is no terminal that understands more than text. From then on Ctrl-Z stops the program by
// stop alone.
func newTerminal() *terminal {
	if term := os.Getenv("TERM"); !isTerminal(2) || term == "" || term == "dumb" {
		return nil
	}
	t := &terminal{echoed: echoes(), changes: make(chan os.Signal, 1), stops: make(chan os.Signal, 1)}
	signal.Notify(t.changes, unix.SIGWINCH)
	if !signal.Ignored(unix.SIGTSTP) {
		signal.Notify(t.stops, unix.SIGTSTP)
	}
	return t
}

// size is in columns and rows, 0 if that is unknown.
func (t *terminal) size() (width, height int) {
	ws, err := unix.IoctlGetWinsize(2, unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(ws.Col), int(ws.Row)
}

// ours reports whether the program is in the terminal's foreground, and nobody asks for a password there, which is not shown.
func (t *terminal) ours() bool {
	if group, err := unix.IoctlGetInt(2, unix.TIOCGPGRP); err == nil && group != unix.Getpgrp() {
		return false
	}
	return !t.echoed || echoes()
}

func echoes() bool {
	state, err := unix.IoctlGetTermios(2, getTermios)
	return err == nil && state.Lflag&unix.ECHO != 0
}

// stop is what Ctrl-Z would have done by itself. Go can't put back a signal's default action.
func (t *terminal) stop() {
	if !orphaned() {
		unix.Kill(os.Getpid(), unix.SIGSTOP)
	}
}

// orphaned reports whether no shell of this session is there to have the program go on: then Ctrl-Z stops nobody. See
// setpgid(2) on orphaned process groups.
func orphaned() bool {
	session, err := unix.Getsid(0)
	if err != nil {
		return true
	}
	for _, pid := range ancestorsOf(os.Getpid()) {
		of, err := unix.Getsid(pid)
		if err != nil || of != session {
			return true
		}
		if group, err := unix.Getpgid(pid); err == nil && group != unix.Getpgrp() {
			return false
		}
	}
	return true
}
