//go:build !unix

package sys

import (
	"errors"
	"io"
)

// IsAgain reports false: nothing here returns EAGAIN.
func IsAgain(error) bool { return false }

// IsBrokenPipe reports whether err says that nobody reads the other end.
func IsBrokenPipe(err error) bool { return errors.Is(err, io.ErrClosedPipe) }

// ErrnoName returns "": this platform's errors have no symbolic names.
func ErrnoName(error) string { return "" }
