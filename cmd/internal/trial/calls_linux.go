//go:build linux && (amd64 || arm64)

package trial

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// callNames are the system calls in which tools are usually found.
var callNames = map[int]string{
	unix.SYS_READ: "read", unix.SYS_READV: "readv", unix.SYS_WRITE: "write", unix.SYS_WRITEV: "writev", unix.SYS_SPLICE: "splice",
	unix.SYS_TEE: "tee", unix.SYS_SENDFILE: "sendfile", unix.SYS_COPY_FILE_RANGE: "copy_file_range", unix.SYS_PPOLL: "poll",
	unix.SYS_PSELECT6: "select", unix.SYS_EPOLL_PWAIT: "epoll_wait", unix.SYS_FUTEX: "futex", unix.SYS_WAIT4: "wait",
	unix.SYS_WAITID: "wait", unix.SYS_OPENAT: "open", unix.SYS_NANOSLEEP: "sleep", unix.SYS_CLOCK_NANOSLEEP: "sleep",
	unix.SYS_CLOSE: "close", unix.SYS_FSYNC: "fsync",
}

// usesFD are those whose first argument is the descriptor of interest.
var usesFD = map[string]bool{"read": true, "readv": true, "write": true, "writev": true, "close": true, "fsync": true}

func init() {
	for n, name := range legacyCallNames {
		callNames[n] = name
	}
}

func callName(n int) string {
	if name, ok := callNames[n]; ok {
		return name
	}
	return fmt.Sprintf("system call %d", n)
}
