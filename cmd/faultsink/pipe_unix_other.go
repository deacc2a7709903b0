//go:build unix && !linux

package main

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// isFull reports whether who writes to the pipe would block now; for the end that is read from it can't be known here.
func (d descriptor) isFull() bool {
	return d != stdin && d.poll(unix.POLLOUT, 0)&unix.POLLOUT == 0
}

// errHoldsMore says that the pipe can't be made smaller now.
var errHoldsMore = errors.New("the pipe holds more")

func checkCapacity(int64) error {
	return fmt.Errorf("the capacity of a pipe can't be set: not supported on %s", runtime.GOOS)
}

func (d descriptor) resize(n int64) error             { return checkCapacity(n) }
func (d descriptor) enlarge(int)                      {}
func (d descriptor) discardNow(int) (int, error)      { return 0, errors.ErrUnsupported }
func (d descriptor) readNowait(p []byte) (int, error) { return 0, errors.ErrUnsupported }
func dup(from, to int) error                          { return unix.Dup2(from, to) }
