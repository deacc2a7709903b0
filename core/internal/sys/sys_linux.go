package sys

import (
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// PipeBuf is how much a pipe takes at once when poll(2) calls it writable: PIPE_BUF, limits.h.
	PipeBuf = 4096

	msgNoSignal = unix.MSG_NOSIGNAL
)

// readNowait is read(2) as if O_NONBLOCK were set, without setting it. Offset -1 means the current position.
func readNowait(fd int, p []byte) (int, error) {
	if nowaitRefused.Load() {
		return 0, unix.EOPNOTSUPP
	}
	return retry(func() (int, error) { return unix.Preadv2(fd, [][]byte{p}, -1, unix.RWF_NOWAIT) })
}

// writeNowait is write(2) as if O_NONBLOCK were set, without setting it.
func writeNowait(fd int, p []byte) (int, error) {
	if nowaitRefused.Load() {
		return 0, unix.EOPNOTSUPP
	}
	return intercepted("pwritev2", fd, p, func(p []byte) (int, error) {
		return unix.Pwritev2(fd, [][]byte{p}, -1, unix.RWF_NOWAIT)
	})
}

// IsMemory reports whether fd is null, zero or full, devices which take or refuse everything at once.
func IsMemory(fd int) bool {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return false
	}
	switch uint64(st.Rdev) { // Documentation/admin-guide/devices.txt
	case unix.Mkdev(1, 3), unix.Mkdev(1, 5), unix.Mkdev(1, 7):
		return true
	}
	return false
}

// Unread returns how many bytes the pipe of which fd is the write end holds. It works after the reader's death too.
func Unread(fd int) (int64, error) {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ) // the same number as FIONREAD
	return int64(n), err
}

// NewPipe returns a pipe of which neither end blocks or is inherited.
func NewPipe() (r, w int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return -1, -1, err // 0 is somebody's descriptor
	}
	return p[0], p[1], nil
}

// OwnWriteEnd opens the pipe or FIFO of which fd is a write end once more, by a description that nobody shares and that
// doesn't block. It returns -1 where that fails: another user's pipe, no /proc, no reader.
func OwnWriteEnd(fd int) int {
	if reopenRefused.Load() {
		return -1
	}
	own := -1
	_, err := retry(func() (_ int, err error) {
		own, err = unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		return 0, err
	})
	if err != nil {
		return -1
	}
	return own
}
