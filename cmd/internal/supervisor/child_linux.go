//go:build linux && (amd64 || arm64)

package supervisor

import (
	"encoding/json"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
)

// childName is what the process finds as its name that is to become the command.
const childName = "faultsink:child"

// Main does not return in a process that was started to become a command, or to guard one. A program calls it before all else.
func Main() {
	guard.Main()
	if os.Args[0] == childName {
		childMain(os.Args[1], os.Args[2:])
	}
}

// childMain installs the filter for this thread, hands the listener over, and becomes the command.
func childMain(path string, args []string) {
	runtime.LockOSThread()
	socket, _ := strconv.Atoi(os.Getenv(guard.ExtraVariable))
	os.Unsetenv(guard.ExtraVariable)
	unix.CloseOnExec(socket)
	tell := func(r report, listener int) {
		text, err := json.Marshal(r)
		if err != nil {
			os.Exit(1)
		}
		var oob []byte
		if listener >= 0 {
			oob = unix.UnixRights(listener)
		}
		if unix.Sendmsg(socket, text, oob, nil, 0) != nil {
			os.Exit(1) // the supervisor is gone
		}
	}
	fail := func(step string, errno syscall.Errno) {
		tell(report{step, errno}, -1)
		os.Exit(1)
	}
	buf := make([]byte, 1<<20)
	n, err := unix.Read(socket, buf)
	var o order
	if err != nil || json.Unmarshal(buf[:n], &o) != nil {
		os.Exit(1)
	}
	listener, errno := install(o.Filter)
	if errno != 0 {
		fail(stepFilter, errno)
	}
	// From here on calls may be held. Those that follow concern no watched descriptor.
	tell(report{}, listener)
	unix.CloseOnExec(listener)
	errno, _ = unix.Exec(path, args, os.Environ()).(syscall.Errno)
	fail(stepExec, errno)
}

// install has the kernel filter the calls of this thread and of what it becomes.
func install(code []unix.SockFilter) (listener int, errno syscall.Errno) {
	// Without it only root may install a filter: programs that gain rights could be misled.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return -1, readErrno(err)
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: unsafe.SliceData(code)}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, uintptr(unsafe.Pointer(&program)))
	return int(fd), errno
}
