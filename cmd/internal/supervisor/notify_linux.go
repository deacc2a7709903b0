//go:build linux && (amd64 || arm64)

package supervisor

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What seccomp_unotify(2) defines and golang.org/x/sys does not: the structures of <linux/seccomp.h>.

// notification is struct seccomp_notif: a call that waits for an answer.
type notification struct {
	id     uint64
	thread uint32 // of the caller, as this process's name space numbers it
	_      uint32
	data   callData
}

// callData is struct seccomp_data.
type callData struct {
	nr   int32
	arch uint32
	_    uint64 // instruction pointer
	args [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	val   int64
	err   int32 // negative errno
	flags uint32
}

// addition is struct seccomp_notif_addfd.
type addition struct {
	id       uint64
	flags    uint32
	source   uint32
	number   uint32
	newFlags uint32 // O_CLOEXEC or 0
}

// The requests, as _IOWR('!', nr, struct) and _IOW make them; both architectures have asm-generic's encoding.
const (
	ioctlReceive  = 0xc0000000 | uint(unsafe.Sizeof(notification{}))<<16 | '!'<<8
	ioctlSend     = 0xc0000000 | uint(unsafe.Sizeof(response{}))<<16 | '!'<<8 | 1
	ioctlValid    = 0x40000000 | 8<<16 | '!'<<8 | 2
	ioctlAdd      = 0x40000000 | uint(unsafe.Sizeof(addition{}))<<16 | '!'<<8 | 3
	ioctlSetFlags = 0x40000000 | 8<<16 | '!'<<8 | 4
)

const (
	respContinue = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
	addSet       = 1 // SECCOMP_ADDFD_FLAG_SETFD
	syncWakeUp   = 1 // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, Linux 6.6: the caller runs on where the answer was given
)

// listener is the descriptor from which calls are received.
type listener int

func (l listener) ioctl(request uint, arg unsafe.Pointer) syscall.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(l), uintptr(request), uintptr(arg))
	return errno
}

// quicken lets callers be woken where that is quicker.
func (l listener) quicken() {
	unix.Syscall(unix.SYS_IOCTL, uintptr(l), uintptr(ioctlSetFlags), syncWakeUp) // older kernels refuse; it is as right without
}

// receive waits for a call.
func (l listener) receive(n *notification) syscall.Errno {
	*n = notification{} // the kernel insists
	return l.ioctl(ioctlReceive, unsafe.Pointer(n))
}

// valid reports whether the caller still waits; it was killed otherwise, and its number may be another's.
func (l listener) valid(id uint64) bool {
	for {
		if errno := l.ioctl(ioctlValid, unsafe.Pointer(&id)); errno != unix.EINTR {
			return errno == 0
		}
	}
}

// send answers a call. That the caller is gone doesn't matter any more.
func (l listener) send(r response) {
	for l.ioctl(ioctlSend, unsafe.Pointer(&r)) == unix.EINTR {
	}
}

// add puts the description of source at that number of the caller, in place of what is there. The answer isn't sent with it
// (SECCOMP_ADDFD_FLAG_SEND): a signal that comes between takes the descriptor back when the caller has been answered.
func (l listener) add(id uint64, source, number int, flags uint32) error {
	a := addition{id: id, flags: addSet, source: uint32(source), number: uint32(number), newFlags: flags}
	for {
		switch errno := l.ioctl(ioctlAdd, unsafe.Pointer(&a)); {
		case errno == 0:
			return nil
		case !errors.Is(errno, unix.EINTR):
			return errno
		}
	}
}
