//go:build unix

package main

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// descriptor is a file as it was inherited. It is used by its number, since Go's files don't expect that somebody else
// sets O_NONBLOCK on the description that they share.
type descriptor int

const (
	stdin  descriptor = 0
	stdout descriptor = 1
)

func (d descriptor) mode() uint32 {
	var st unix.Stat_t
	if unix.Fstat(int(d), &st) != nil {
		return 0
	}
	return uint32(st.Mode) & unix.S_IFMT
}

func (d descriptor) isPipe() bool       { return d.mode() == unix.S_IFIFO }
func (d descriptor) isConnection() bool { return d.mode() == unix.S_IFSOCK }

func (d descriptor) isOpen() bool {
	_, err := unix.FcntlInt(uintptr(d), unix.F_GETFD, 0)
	return err == nil
}

// wasClosed reports whether d was closed when the process was started: Go's runtime has put the null device there, opened
// both ways, which nobody else does.
func (d descriptor) wasClosed() bool {
	var st, null unix.Stat_t
	flags, err := unix.FcntlInt(uintptr(d), unix.F_GETFL, 0)
	if err != nil || unix.Fstat(int(d), &st) != nil {
		return true
	}
	return flags&unix.O_ACCMODE == unix.O_RDWR && unix.Stat("/dev/null", &null) == nil &&
		st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == null.Rdev
}

// Read implements io.Reader. It waits for bytes also where somebody has set O_NONBLOCK.
func (d descriptor) Read(p []byte) (int, error) {
	n, err := d.retry(unix.POLLIN, func() (int, error) { return unix.Read(int(d), p) })
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// awaitInput waits until there are bytes, or the end, or an error.
func (d descriptor) awaitInput() { d.poll(unix.POLLIN, -1) }

// readNow is Read, of a pipe or a connection, that doesn't wait: errWouldBlock. errors.ErrUnsupported: it can't.
func (d descriptor) readNow(p []byte) (int, error) {
	n, err := tryOnce(func() (int, error) { return d.readNowait(p) })
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// tryOnce makes a call that doesn't block.
func tryOnce(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, unix.EAGAIN):
			return 0, errWouldBlock
		case !errors.Is(err, unix.EINTR):
			return 0, err
		}
	}
}

// writeSome writes some of p, waiting until something fits.
func (d descriptor) writeSome(p []byte) (int, error) {
	return d.retry(unix.POLLOUT, func() (int, error) { return unix.Write(int(d), p) })
}

// Write implements io.Writer.
func (d descriptor) Write(p []byte) (done int, err error) {
	for done < len(p) && err == nil {
		var n int
		n, err = d.writeSome(p[done:])
		done += n
	}
	return done, err
}

func (d descriptor) retry(events int16, call func() (int, error)) (int, error) {
	for {
		n, err := call()
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, unix.EAGAIN):
			d.poll(events, -1)
		case !errors.Is(err, unix.EINTR):
			return 0, err
		}
	}
}

// poll waits for events, an error or a hang-up, for ms milliseconds at most (-1: for ever), and returns what there is.
func (d descriptor) poll(events int16, ms int) int16 {
	fds := []unix.PollFd{{Fd: int32(d), Events: events}}
	for {
		if _, err := unix.Poll(fds, ms); !errors.Is(err, unix.EINTR) {
			return fds[0].Revents
		}
	}
}

// gone reports, after the time at most, whether nobody holds the other end.
func (d descriptor) gone(atMost time.Duration) bool {
	return d.poll(0, int(atMost/time.Millisecond))&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

// setNonblock sets O_NONBLOCK on the description, and so for all who share it.
func (d descriptor) setNonblock() error { return unix.SetNonblock(int(d), true) }

// close closes d in such a way that no other file takes its number, which others might take for what it was.
func (d descriptor) close() error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := dup(null, int(d)); err != nil {
		return err
	}
	return unix.Close(null)
}

// reset closes a connection so that its peer gets ECONNRESET: by lingering for no time, tcp(7).
func (d descriptor) reset() error {
	if err := unix.SetsockoptLinger(int(d), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	return d.close()
}
