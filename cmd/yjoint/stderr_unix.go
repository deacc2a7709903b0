//go:build unix

package main

import (
	"errors"

	"golang.org/x/sys/unix"
)

// standardError writes to descriptor 2 as it is: os.Stderr would raise SIGPIPE when its reader is gone, and fail when
// somebody has set O_NONBLOCK on the description.
type standardError struct{}

func (standardError) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(2, p[written:])
		switch {
		case errors.Is(err, unix.EAGAIN):
			unix.Poll([]unix.PollFd{{Fd: 2, Events: unix.POLLOUT}}, -1)
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return written, err
		default:
			written += n
		}
	}
	return written, nil
}
