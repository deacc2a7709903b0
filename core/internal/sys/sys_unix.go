//go:build unix

package sys

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// FD returns f's descriptor without touching its mode; (*os.File).Fd would reset O_NONBLOCK of a description that may be
// shared. It is valid until f is closed.
func FD(f *os.File) (int, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	if err := conn.Control(func(v uintptr) { fd = int(v) }); err != nil {
		return -1, os.ErrClosed // the only reason; the runtime's own error for it is private
	}
	return fd, nil
}

// KindOf tells what fd refers to.
func KindOf(fd int) (Kind, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Plain, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
		return Pipe, nil
	case unix.S_IFSOCK:
		return Socket, nil
	case unix.S_IFCHR:
		return Device, nil
	}
	return File, nil
}

// IsStream reports whether the socket fd is a stream of bytes.
func IsStream(fd int) bool {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_STREAM
}

// Read reads from fd, and may block. EINTR is retried: the runtime interrupts often.
func Read(fd int, p []byte) (int, error) {
	return retry(func() (int, error) { return unix.Read(fd, p) })
}

// Write writes to fd, and may block. It may write less than all of p.
func Write(fd int, p []byte) (int, error) {
	return intercepted("write", fd, p, func(p []byte) (int, error) { return unix.Write(fd, p) })
}

// TryRead reads what is there, or returns EAGAIN. At the end of the stream it returns 0 and no error.
// Only where another process reads from the same pipe or terminal at the same moment it may block.
func TryRead(fd int, kind Kind, p []byte) (int, error) {
	switch kind {
	case File:
		return Read(fd, p)
	case Socket:
		return retry(func() (int, error) {
			n, _, err := unix.Recvfrom(fd, p, unix.MSG_DONTWAIT)
			return n, err
		})
	case Pipe:
		if n, err := readNowait(fd, p); !refused(err) {
			return n, err
		}
	}
	if !Ready(fd, unix.POLLIN) {
		return 0, unix.EAGAIN
	}
	return Read(fd, p)
}

// TryWrite writes what fd, a Pipe or Socket, takes at once, or returns EAGAIN. It never blocks; ErrRefused, for pipes:
// it can't be had (Linux before 6.5, other systems).
func TryWrite(fd int, kind Kind, p []byte) (int, error) {
	if kind == Socket {
		return intercepted("sendmsg", fd, p, func(p []byte) (int, error) {
			return unix.SendmsgN(fd, p, nil, nil, unix.MSG_DONTWAIT|msgNoSignal)
		})
	}
	n, err := writeNowait(fd, p)
	if refused(err) {
		return 0, ErrRefused
	}
	return n, err
}

// Close closes fd, of which only pipes and private descriptions come here: there is no error to tell.
func Close(fd int) { unix.Close(fd) }

// Polls counts the calls of poll(2), for tests that a wait doesn't spin: CPU time tells that on an idle machine only.
func Polls() int64 { return polls.Load() }

var polls atomic.Int64

// What a kernel is made to look like for tests.
var (
	nowaitRefused atomic.Bool // no RWF_NOWAIT
	reopenRefused atomic.Bool // no way to open a pipe once more
)

// RefuseNowait is for tests of what older kernels need; reopen says whether OwnWriteEnd fails too, as it does for another
// user's pipe. It returns a function that undoes it.
func RefuseNowait(reopen bool) (undo func()) {
	nowaitRefused.Store(true)
	reopenRefused.Store(reopen)
	return func() {
		nowaitRefused.Store(false)
		reopenRefused.Store(false)
	}
}

// refused reports whether the kernel doesn't know RWF_NOWAIT, or not for this kind of file.
func refused(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL)
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return 0, err
		}
	}
}

// Ready asks, without waiting, whether fd has one of events, an error, or a hang-up.
func Ready(fd int, events int16) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	Poll(fds, 0)
	return fds[0].Revents != 0
}

// Poll waits until one of fds has an event, or for timeout (negative: for ever). It returns false when the time is over.
func Poll(fds []unix.PollFd, timeout time.Duration) bool {
	deadline := time.Now().Add(timeout)
	for {
		ms := -1
		if timeout >= 0 {
			// Rounded up, or a wait of less than a millisecond would spin.
			ms = int((max(time.Until(deadline), 0) + time.Millisecond - 1) / time.Millisecond)
		}
		polls.Add(1)
		n, err := unix.Poll(fds, ms)
		if n > 0 {
			return true
		}
		if err == nil && ms >= 0 {
			return false
		}
		if err != nil && !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.EAGAIN) {
			// EINVAL (more descriptors than RLIMIT_NOFILE allows) and EFAULT can't be waited out.
			panic("poll: " + err.Error())
		}
	}
}

// HangUp is the error of a descriptor of which poll(2) says that its other end is gone.
func HangUp(fd int, kind Kind) error {
	switch kind {
	case Device:
		return unix.EIO
	case Socket:
		if code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err == nil && code != 0 {
			return unix.Errno(code)
		}
	}
	return unix.EPIPE
}

// IsAgain reports whether err says that the call would have blocked.
func IsAgain(err error) bool { return errors.Is(err, unix.EAGAIN) }

// IsBrokenPipe reports whether err says that nobody reads the other end.
func IsBrokenPipe(err error) bool { return errors.Is(err, unix.EPIPE) }

// ErrnoName returns the symbolic name of the errno that err wraps, or "".
func ErrnoName(err error) string {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	return unix.ErrnoName(errno)
}
