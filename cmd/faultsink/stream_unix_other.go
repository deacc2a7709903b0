//go:build unix && !linux

package main

import (
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// isFull reports whether who writes to the pipe would block now; for the end that is read from it can't be known here.
func (s *stream) isFull() bool {
	return s.fd != 0 && pollFD(s.fd, unix.POLLOUT, 0)&unix.POLLOUT == 0
}

func (s *stream) setPipeSize(int64) error {
	return fmt.Errorf("the capacity of a pipe can't be set on %s", runtime.GOOS)
}

func dup(from, to int) error { return unix.Dup2(from, to) }

// defaultAction: signal.Reset does.
func defaultAction(syscall.Signal) {}
