//go:build unix

package main

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// hasDescriptorPaths: files such as /dev/fd/3 stand for descriptors.
	hasDescriptorPaths = true
	// errNotOpen is the error of a descriptor that is not open, or not for what it is to be used for.
	errNotOpen = unix.EBADF
	// firstPrivate is the lowest number that descriptors are copied to. Shells keep those below for the user.
	firstPrivate = 10
	// mostDescriptors bounds the search for inherited descriptors where the system doesn't list them.
	mostDescriptors = 1 << 16
)

// markInherited marks all descriptors from 3 on that the program was started with as close-on-exec, so that no command
// keeps an output's pipe open unless it is given it on purpose. It returns their numbers in ascending order. It must be
// called before the program opens anything that is not close-on-exec itself.
func markInherited() []int {
	var inherited []int
	for _, fd := range openDescriptors() {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if fd < 3 || err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue // those of the runtime are close-on-exec; inherited ones can't be
		}
		unix.CloseOnExec(fd)
		inherited = append(inherited, fd)
	}
	return inherited
}

// openDescriptors returns numbers in ascending order, among them those of all open descriptors.
func openDescriptors() []int {
	var fds []int
	// /dev/fd would not do: some BSDs list no more than 0 to 2 there.
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil && len(entries) > 0 {
		for _, e := range entries {
			if fd, err := strconv.Atoi(e.Name()); err == nil {
				fds = append(fds, fd)
			}
		}
		slices.Sort(fds)
		return fds
	}
	most := uint64(mostDescriptors)
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		most = min(most, uint64(limit.Cur))
	}
	for fd := range int(most) {
		fds = append(fds, fd)
	}
	return fds
}

func accessMode(fd int) int {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return -1
	}
	return flags & unix.O_ACCMODE
}

func openBothWays(fd int) bool   { return accessMode(fd) == unix.O_RDWR }
func openForReading(fd int) bool { return openBothWays(fd) || accessMode(fd) == unix.O_RDONLY }
func openForWriting(fd int) bool { return openBothWays(fd) || accessMode(fd) == unix.O_WRONLY }

// privateCopy returns a copy of fd, under a number of its own, that no command inherits. It shares offset and flags with
// fd and whoever else has the description. Invariant: nobody changes those flags, also not by (*os.File).Fd, which may
// clear O_NONBLOCK.
func privateCopy(fd int, name string) (*os.File, error) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstPrivate)
	if err == unix.EINVAL { // no number from there on is allowed
		err = unix.EMFILE
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(n), name), nil
}

// release closes fd. Numbers 0 to 2 are never left free, for the next file that is opened to take them: they become the
// null device, opened one way only, since both ways is how a Go program finds a closed one. Where there is no null device,
// they stay as they are.
func release(fd int) {
	if fd > 2 {
		unix.Close(fd)
		return
	}
	mode := unix.O_WRONLY
	if fd == 0 {
		mode = unix.O_RDONLY
	}
	null, err := unix.Open("/dev/null", mode|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(null)
	_ = retryInterrupted(func() error { return unix.Dup2(null, fd) })
}
