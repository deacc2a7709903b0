//go:build !unix

package fault

import "syscall"

// platformErrnos has those that Go knows everywhere and that writing can give.
func platformErrnos() map[string]syscall.Errno {
	return map[string]syscall.Errno{
		"EACCES": syscall.EACCES, "EAGAIN": syscall.EAGAIN, "EBADF": syscall.EBADF, "EBUSY": syscall.EBUSY,
		"ECONNRESET": syscall.ECONNRESET, "EDQUOT": syscall.EDQUOT, "EEXIST": syscall.EEXIST, "EFBIG": syscall.EFBIG,
		"EINTR": syscall.EINTR, "EINVAL": syscall.EINVAL, "EIO": syscall.EIO, "EISDIR": syscall.EISDIR,
		"EMFILE": syscall.EMFILE, "ENFILE": syscall.ENFILE, "ENOENT": syscall.ENOENT, "ENOSPC": syscall.ENOSPC,
		"ENOTDIR": syscall.ENOTDIR, "ENXIO": syscall.ENXIO, "EPERM": syscall.EPERM, "EPIPE": syscall.EPIPE,
		"EROFS": syscall.EROFS, "ESTALE": syscall.ESTALE, "ETIMEDOUT": syscall.ETIMEDOUT, "EXDEV": syscall.EXDEV,
	}
}

// SignalNumber returns the platform's number of the signal with that name: here only KILL and INT exist.
func SignalNumber(name string) (n int, ok bool) {
	switch name {
	case "KILL":
		return int(syscall.SIGKILL), true
	case "INT":
		return int(syscall.SIGINT), true
	}
	return 0, false
}

func signalNames() []string { return []string{"INT", "KILL"} }
