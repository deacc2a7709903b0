package sys

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Poller waits for many descriptors at once, by epoll(7): unlike poll(2), at a cost that doesn't grow with their number.
type Poller struct {
	fd     int
	events [64]unix.EpollEvent
}

// Interest is what a Poller waits for.
type Interest uint32

const (
	// Input is reported as long as there is something to read, be it the end.
	Input Interest = unix.EPOLLIN
	// Room is reported once when there is room again after a write that returned EAGAIN, and perhaps at other times.
	Room Interest = unix.EPOLLOUT | unix.EPOLLET
)

// Wakeup is what a Poller has seen at a descriptor.
type Wakeup struct {
	FD   int
	Gone bool // nobody reads what is written there, or an error waits; with Input, the end as well
}

// NewPoller returns an error where the process has too many open files.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &Poller{fd: fd}, nil
}

// watchRefusal is, for tests, the errno with which a kernel refuses Add, or 0.
var watchRefusal atomic.Int32

// RefuseWatch is for tests of what follows where a user has as many watches as the kernel allows (max_user_watches): see RefuseSplice.
func RefuseWatch(errno unix.Errno) (undo func()) { return refuseBy(&watchRefusal, errno) }

// Add begins to wait for fd, which must be removed before it is closed: its description may live on elsewhere.
func (p *Poller) Add(fd int, what Interest) error {
	if errno := watchRefusal.Load(); errno != 0 {
		return unix.Errno(errno)
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: uint32(what), Fd: int32(fd)})
}

// Again has it reported as well if there is room now. That is so where a call said EAGAIN and the kernel, whose edge would be waited
// for, didn't: a program may stand between.
func (p *Poller) Again(fd int, what Interest) {
	unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: uint32(what), Fd: int32(fd)})
}

// Remove ends that.
func (p *Poller) Remove(fd int) { unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, fd, nil) }

// Wait appends to found what has happened, after a wait of up to timeout, or without limit if it is negative.
func (p *Poller) Wait(found []Wakeup, timeout time.Duration) []Wakeup {
	polls.Add(1)
	deadline := time.Now().Add(timeout)
	for {
		ms := -1
		if timeout >= 0 {
			ms = int((max(time.Until(deadline), 0) + time.Millisecond - 1) / time.Millisecond)
		}
		n, err := unix.EpollWait(p.fd, p.events[:], ms)
		if err == unix.EINTR {
			continue
		}
		for _, e := range p.events[:max(n, 0)] {
			found = append(found, Wakeup{FD: int(e.Fd), Gone: e.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0})
		}
		return found
	}
}

// Close closes the poller.
func (p *Poller) Close() { unix.Close(p.fd) }
