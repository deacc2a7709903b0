// Package supervisor runs a command and lets system calls of its processes fail as plans say, by seccomp user notification
// (seccomp_unotify(2)): no rights are needed, and the programs may be static, since nothing is put into them.
//
// A filter has the kernel hold those calls that concern a watched descriptor. The supervisor makes them in the caller's place,
// as far as the plan lets it, and answers. A file for which there is a fault is opened by the supervisor, which hands the
// description to the caller under a number of a reserved range, so that calls for all other files are never held. Which of the
// descriptions a number stands for is asked of the kernel at each call (kcmp(2)), so nothing need be known of how it was
// duplicated, inherited, or handed down.
//
// Linux 5.19 or later, on amd64 and arm64.
package supervisor

import (
	"os"

	"yjoint/cmd/internal/ledger"
)

// Options are what a run needs.
type Options struct {
	Path string   // of the program
	Args []string // the name first
	Env  []string // nil: this process's

	// Ledger has the faults, and is told what becomes of them.
	Ledger *ledger.Ledger
	// Watch are further numbers that descriptors with faults may get by dup2(2); 0, 1, 2 and those with faults at the start are
	// watched anyway. Each costs calls that have nothing to do with faults some time.
	Watch []int
	// Files are the command's descriptors 0, 1, 2 and so on, as numbers of this process's; nil: those that it has inherited. Targets
	// such as stdout mean those.
	Files []int
	// Stderr is the command's standard error; nil: that of Files.
	Stderr *os.File
	// Sole says that this process has no other children and won't have any: if the run's guardian is killed, it kills all that
	// are left to it then.
	Sole bool
	// Trace is told of all that was written to files with faults; nil: nobody. It may be called from several goroutines.
	Trace func(Write)
}

// Write is a number of bytes that were accepted by one call, or a part of it.
type Write struct {
	Name  string // of the file
	Call  string // of the system
	At    int64  // byte of the stream
	Bytes int
}

// UnsupportedError says why nothing can be supervised here. The command was not started.
type UnsupportedError struct {
	Reason string
	Remedy string // what can be done about it, if anything
	Err    error
}

func (e *UnsupportedError) Error() string {
	text := e.Reason
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	if e.Remedy != "" {
		text += ": " + e.Remedy
	}
	return text
}

func (e *UnsupportedError) Unwrap() error { return e.Err }

// StartError says that the command itself can't be run.
type StartError struct {
	Path string
	Err  error
}

func (e *StartError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }
