//go:build linux && (amd64 || arm64)

package supervisor

import "golang.org/x/sys/unix"

// trap is a system call that is received, if it is made for a watched descriptor.
type trap struct {
	nr     int32
	name   string
	when   condition
	handle func(*call) answer
}

// condition is when a call is received.
type condition int

const (
	whenPath    condition = iota // always, if there are patterns
	whenRename                   // always, if a pattern has a rule for "rename"
	whenFD0                      // the descriptor that is argument 0 is watched
	whenFD0or1                   // one of two
	whenFD0or2                   //
	whenDup                      // fcntl(2) duplicates a watched descriptor
	whenClone                    // ioctl(2) makes a watched descriptor share another file's blocks
	whenMap                      // mmap(2) for writing, shared; any, if there are rules for "read at"
	whenReadFD0                  // as whenFD0, if there are rules for "read at"
	whenAlways
)

// traps are all calls by which bytes get into an open file, or by which it gets a number, is closed, synced or renamed.
var traps = append([]trap{
	{unix.SYS_WRITE, "write", whenFD0, (*call).write},
	{unix.SYS_WRITEV, "writev", whenFD0, (*call).writev},
	{unix.SYS_PWRITE64, "pwrite64", whenFD0, (*call).pwrite},
	{unix.SYS_PWRITEV, "pwritev", whenFD0, (*call).pwritev},
	{unix.SYS_PWRITEV2, "pwritev2", whenFD0, (*call).pwritev2},
	{unix.SYS_VMSPLICE, "vmsplice", whenFD0, (*call).vmsplice},
	{unix.SYS_SENDTO, "sendto", whenFD0, (*call).sendto},
	{unix.SYS_SENDMSG, "sendmsg", whenFD0, (*call).sendmsg},
	{unix.SYS_SENDMMSG, "sendmmsg", whenFD0, (*call).sendmmsg},
	{unix.SYS_SPLICE, "splice", whenFD0or2, (*call).splice},
	{unix.SYS_TEE, "tee", whenFD0or1, (*call).tee},
	{unix.SYS_SENDFILE, "sendfile", whenFD0or1, (*call).sendfile},
	{unix.SYS_COPY_FILE_RANGE, "copy_file_range", whenFD0or2, (*call).copyFileRange},

	{unix.SYS_READ, "read", whenReadFD0, (*call).read},
	{unix.SYS_READV, "readv", whenReadFD0, (*call).readv},
	{unix.SYS_PREAD64, "pread64", whenReadFD0, (*call).pread},
	{unix.SYS_PREADV, "preadv", whenReadFD0, (*call).preadv},
	{unix.SYS_PREADV2, "preadv2", whenReadFD0, (*call).preadv2},
	{unix.SYS_RECVFROM, "recvfrom", whenReadFD0, (*call).recvfrom},

	{unix.SYS_CLOSE, "close", whenFD0, (*call).close},
	{unix.SYS_FSYNC, "fsync", whenFD0, (*call).fsync},
	{unix.SYS_FDATASYNC, "fdatasync", whenFD0, (*call).fsync},
	{unix.SYS_DUP, "dup", whenFD0, (*call).dup},
	{unix.SYS_DUP3, "dup3", whenFD0, (*call).dup2},
	{unix.SYS_FCNTL, "fcntl", whenDup, (*call).fcntl},
	{unix.SYS_IOCTL, "ioctl", whenClone, (*call).clone},
	{unix.SYS_MMAP, "mmap", whenMap, (*call).mmap},

	{unix.SYS_OPENAT, "openat", whenPath, (*call).openat},
	{unix.SYS_OPENAT2, "openat2", whenPath, (*call).openat2},
	{unix.SYS_RENAMEAT, "renameat", whenRename, (*call).renameat},
	{unix.SYS_RENAMEAT2, "renameat2", whenRename, (*call).renameat},
	{unix.SYS_IO_URING_SETUP, "io_uring_setup", whenAlways, (*call).ioUring},
}, legacy...)

// trapOf finds a call's trap by its number. It is made by init, since handlers start workers, which look into it.
var trapOf = map[int32]*trap{}

func init() {
	for i := range traps {
		trapOf[traps[i].nr] = &traps[i]
	}
}
