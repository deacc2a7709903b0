package core

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"yjoint/core/internal/sys"
)

// ErrnoName returns the symbolic name, such as "EPIPE", of the errno that err wraps, or "" if there is none.
func ErrnoName(err error) string { return sys.ErrnoName(err) }

// Describe returns what went wrong, with the errno's name behind its text where there is one: "broken pipe (EPIPE)". The
// file names that an *fs.PathError or *os.LinkError repeats are left out, since messages name the output themselves.
func Describe(err error) string {
	if err == nil {
		return ""
	}
	var path *fs.PathError
	var call *os.SyscallError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &call):
		err = call.Err
	case errors.As(err, &link):
		err = link.Err
	}
	if name := ErrnoName(err); name != "" {
		return err.Error() + " (" + name + ")"
	}
	return err.Error()
}

// IsBrokenPipe reports whether err says that nobody reads the other end any more.
func IsBrokenPipe(err error) bool {
	return sys.IsBrokenPipe(err) || errors.Is(err, io.ErrClosedPipe)
}
