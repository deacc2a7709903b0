//go:build unix

package main

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// errLoop is the error of too many symbolic links.
const errLoop = unix.ELOOP

// statPath looks at the file that path leads to.
func statPath(path string) (fileState, error) {
	var st unix.Stat_t
	if err := retryInterrupted(func() error { return unix.Stat(path, &st) }); err != nil {
		return fileState{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return stateOf(&st, kindFIFO), nil
}

// statDescriptor looks at what descriptor fd is open on.
func statDescriptor(fd int) (fileState, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fileState{}, err
	}
	state := stateOf(&st, kindPipe)
	if state.kind == kindDevice && isTerminal(fd) {
		state.kind = kindTerminal
	}
	return state, nil
}

func stateOf(st *unix.Stat_t, pipe string) fileState {
	// The conversions are needed where the fields are narrower.
	s := fileState{kind: kindFile, exclusive: true, id: identity{known: true, dev: uint64(st.Dev), ino: uint64(st.Ino)}}
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFIFO:
		s.kind = pipe
	case unix.S_IFSOCK:
		s.kind, s.exclusive = kindSocket, false
	case unix.S_IFDIR:
		s.kind, s.exclusive = kindDirectory, false
	case unix.S_IFCHR:
		s.kind, s.exclusive = kindDevice, false
		s.null = isNull(st)
	case unix.S_IFBLK:
		s.kind = kindDevice
		s.id = identity{known: true, dev: uint64(st.Rdev), block: true}
	}
	return s
}

func isNull(st *unix.Stat_t) bool {
	var null unix.Stat_t
	return unix.Stat("/dev/null", &null) == nil && null.Rdev == st.Rdev && null.Mode&unix.S_IFMT == st.Mode&unix.S_IFMT
}

// isTerminal reports whether fd is a terminal: only they have a window size, be it unknown.
func isTerminal(fd int) bool {
	_, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	return err == nil
}

// retryInterrupted calls f until it is not interrupted by a signal, as the runtime's own often does.
func retryInterrupted(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
