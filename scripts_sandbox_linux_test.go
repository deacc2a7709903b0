package yjoint_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func init() { withSettings["refuse"] = refuseCall }

// refusable are the system calls that sandboxes are known to refuse and that faultsink has a use for.
var refusable = map[string]uint32{"kcmp": unix.SYS_KCMP, "process_vm_readv": unix.SYS_PROCESS_VM_READV, "seccomp": unix.SYS_SECCOMP}

// refuseCall has the kernel refuse a system call with EPERM, as a container's profile does, to this process and all that it starts.
func refuseCall(name string) error {
	number, ok := refusable[name]
	if !ok {
		return fmt.Errorf("unknown system call %q: want one of %v", name, slices.Sorted(maps.Keys(refusable)))
	}
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // seccomp_data.nr
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	runtime.LockOSThread() // the filter is for the thread that becomes the command
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: unsafe.SliceData(code)}
	if _, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return errno
	}
	return nil
}
