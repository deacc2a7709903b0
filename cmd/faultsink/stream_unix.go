//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func kindOf(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return 0
	}
	return uint32(st.Mode) & unix.S_IFMT
}

func isPipe(fd int) bool       { return kindOf(fd) == unix.S_IFIFO }
func isConnection(fd int) bool { return kindOf(fd) == unix.S_IFSOCK }

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

// read reads what is there, at most p, waiting for it also where somebody has set O_NONBLOCK. 0: the end.
func (s *stream) read(p []byte) (int, error) {
	return s.retry(unix.POLLIN, func() (int, error) { return unix.Read(s.fd, p) })
}

// write writes some of p, waiting until something fits.
func (s *stream) write(p []byte) (int, error) {
	return s.retry(unix.POLLOUT, func() (int, error) { return unix.Write(s.fd, p) })
}

func (s *stream) retry(events int16, call func() (int, error)) (int, error) {
	for {
		n, err := call()
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, unix.EAGAIN):
			pollFD(s.fd, events, -1)
		case !errors.Is(err, unix.EINTR):
			return 0, err
		}
	}
}

// pollFD waits for events, an error or a hang-up, for ms milliseconds at most (-1: for ever), and returns what there is.
func pollFD(fd int, events int16, ms int) int16 {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		if _, err := unix.Poll(fds, ms); !errors.Is(err, unix.EINTR) {
			return fds[0].Revents
		}
	}
}

// gone reports, after ms milliseconds at most, whether nobody holds the other end.
func (s *stream) gone(ms int) bool {
	return pollFD(s.fd, 0, ms)&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

// waitGone waits until nobody holds the other end; for ever where this one is closed.
func (s *stream) waitGone() {
	if !s.closed && (isPipe(s.fd) || isConnection(s.fd)) {
		s.gone(-1)
		return
	}
	select {}
}

// waitFull waits until nobody could write without blocking to the pipe that is read from. There is no event for that.
func (s *stream) waitFull() error {
	for !s.isFull() {
		if s.gone(int(poll / time.Millisecond)) {
			return fmt.Errorf("the pipe was never full: nobody holds the other end any more, %d bytes were taken", s.offset())
		}
		if pollFD(s.fd, unix.POLLIN, 0)&unix.POLLIN != 0 {
			time.Sleep(poll) // poll returns at once while there is something to read
		}
	}
	return nil
}

// setNonblock sets the flag on the description of fd, which all who inherited it share.
func setNonblock(fd int) error { return unix.SetNonblock(fd, true) }

// closeFD closes fd in such a way that no other file takes its number, which others might take for what it was.
func closeFD(fd int) error {
	null, err := unix.Open("/dev/null", unix.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := dup(null, fd); err != nil {
		return err
	}
	return unix.Close(null)
}

// resetFD closes a connection so that its peer gets ECONNRESET: by lingering for no time, tcp(7).
func resetFD(fd int) error {
	if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	return closeFD(fd)
}

// endsProcess reports whether the signal ends a process by default.
func endsProcess(name string) bool {
	switch name {
	case "STOP", "TSTP", "TTIN", "TTOU", "CONT", "CHLD", "URG", "WINCH", "INFO":
		return false
	}
	return true
}

func raise(name string) error {
	return unix.Kill(os.Getpid(), unix.SignalNum("SIG"+name))
}

// die ends the process by the signal.
func die(name string) {
	sig := unix.SignalNum("SIG" + name)
	defaultAction(sig)
	signal.Reset(sig)
	if err := unix.Kill(os.Getpid(), sig); err != nil {
		os.Exit(128 + int(sig))
	}
	select {} // it may be delivered to another thread, a moment later
}

// isBrokenPipe reports whether err says that nobody reads the other end any more.
func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// catchBrokenPipe lets a write to standard output fail with EPIPE instead of ending the process.
func catchBrokenPipe() { signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE) }
