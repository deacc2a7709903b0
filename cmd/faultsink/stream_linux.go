package main

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// isFull reports whether who writes to the pipe would block now. For the end that is read from, a description of the other
// one is opened for that moment; where that is not allowed, what the pipe holds must do.
func (s *stream) isFull() bool {
	if s.fd != 0 {
		return pollFD(s.fd, unix.POLLOUT, 0)&unix.POLLOUT == 0
	}
	w, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", s.fd), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		held, err := unix.IoctlGetInt(s.fd, unix.TIOCINQ)
		size, err2 := unix.FcntlInt(uintptr(s.fd), unix.F_GETPIPE_SZ, 0)
		return err == nil && err2 == nil && held > size-unix.Getpagesize()
	}
	defer unix.Close(w)
	return pollFD(w, unix.POLLOUT, 0)&unix.POLLOUT == 0
}

// setPipeSize makes the pipe hold n bytes, or says why it can't.
func (s *stream) setPipeSize(n int64) error {
	if !isPipe(s.fd) {
		return fmt.Errorf("%s is no pipe", s.name)
	}
	if n > 1<<31-1 {
		return fmt.Errorf("a pipe holds less than 2GiB")
	}
	got, err := unix.FcntlInt(uintptr(s.fd), unix.F_SETPIPE_SZ, int(n))
	if err != nil {
		return fmt.Errorf("%w; /proc/sys/fs/pipe-max-size has the limit", err)
	}
	if int64(got) != n {
		return fmt.Errorf("the system makes it %d: expected a power of two, and a page at least", got)
	}
	return nil
}

func dup(from, to int) error { return unix.Dup3(from, to, 0) }

// defaultAction has the kernel do what it does by default about a signal, whatever Go's runtime has arranged for it.
func defaultAction(sig syscall.Signal) {
	var action [4]uint64 // struct sigaction of the kernel, at its longest: all zero is SIG_DFL
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
