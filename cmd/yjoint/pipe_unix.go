//go:build unix

package main

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// newPipe returns a pipe's descriptors, which no command inherits by itself. Neither is in non-blocking mode, unlike
// those of os.Pipe: the command shares the description of its end.
func newPipe() (r, w int, err error) {
	var p [2]int
	syscall.ForkLock.RLock() // nothing is started before both are marked
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(p[:]); err != nil {
		return -1, -1, err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return p[0], p[1], nil
}

func closeDescriptor(fd int) { unix.Close(fd) }
