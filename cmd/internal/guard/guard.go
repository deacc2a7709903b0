// Package guard runs a command so that nothing which it starts outlives the run, whichever process is killed: this one, the
// command, or the guardian between them.
//
// The guardian is this program once more, in a process of its own. It is the command's parent and adopts the orphans of its
// tree. It kills all of them when it is told to, and when the process that has started it is gone. A program that uses this
// package calls [Main] before anything else. Linux only.
package guard

import "os"

// Command is what is to be run.
type Command struct {
	Path string   // of the program
	Args []string // its arguments, the name first
	Env  []string // nil: this process's

	// Files are the command's descriptors 0, 1, 2 and so on, as numbers of this process's; below 0: closed. nil: those that this
	// process has inherited, under their numbers. A program may find closed ones of 0, 1 and 2 open, on the null device.
	Files []int

	// Stderr is the command's standard error; nil: that of Files.
	Stderr *os.File

	// Extra is a further file that the program gets, as the descriptor whose number is the value of ExtraVariable in its
	// environment; nil: none. That number is 100 or more. The file stays the caller's.
	Extra *os.File

	// Sole says that this process has no other children and won't have any. If the guardian is killed, it kills all that are
	// left to it then; otherwise only the command itself dies with the guardian.
	Sole bool
}

// ExtraVariable is the environment variable that has the number of [Command.Extra].
const ExtraVariable = "FAULTSINK_GUARD_EXTRA"
