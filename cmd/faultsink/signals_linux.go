package main

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// defaultAction has the kernel do what it does by default about a signal, whatever Go's runtime has arranged for it.
func defaultAction(sig syscall.Signal) {
	var action [4]uint64 // struct sigaction of the kernel, at its longest: all zero is SIG_DFL
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
