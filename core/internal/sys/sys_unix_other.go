//go:build unix && !linux

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// PipeBuf is how much a pipe takes at once when poll(2) calls it writable: _POSIX_PIPE_BUF, which every system has.
	PipeBuf = 512

	msgNoSignal = 0 // Go's runtime catches the SIGPIPE
)

func readNowait(int, []byte) (int, error)  { return 0, unix.ENOSYS }
func writeNowait(int, []byte) (int, error) { return 0, unix.ENOSYS }

// Unread is known on Linux only: elsewhere FIONREAD on a write end tells of the other direction.
func Unread(int) (int64, error) { return 0, ErrUnsupported }

// NewPipe returns a pipe of which neither end blocks or is inherited.
func NewPipe() (r, w int, err error) {
	var p [2]int
	syscall.ForkLock.RLock() // no child is started between pipe and CloseOnExec
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(p[:]); err != nil {
		return -1, -1, err
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return -1, -1, err
		}
	}
	return p[0], p[1], nil
}

// OwnWriteEnd is known on Linux only: elsewhere /dev/fd/N is another number for the same description.
func OwnWriteEnd(int) int { return -1 }

// IsMemory is as on Linux; what a device is it can't tell.
func IsMemory(int) bool { return false }
