package sys

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// spliceRefusal and teeRefusal are, for tests, the errnos with which a kernel refuses splice(2) and tee(2), or 0.
var spliceRefusal, teeRefusal atomic.Int32

// RefuseSplice and RefuseTee are for tests of what kernels and sandboxes without these calls need (gVisor, seccomp profiles),
// from the beginning or from some time on. They return a function that undoes it.
func RefuseSplice(errno unix.Errno) (undo func()) { return refuseBy(&spliceRefusal, errno) }

// RefuseTee: see RefuseSplice.
func RefuseTee(errno unix.Errno) (undo func()) { return refuseBy(&teeRefusal, errno) }

func refuseBy(refusal *atomic.Int32, errno unix.Errno) (undo func()) {
	refusal.Store(int32(errno))
	return func() { refusal.Store(0) }
}

// Splice moves up to n bytes from the pipe of which from is the read end into the one of which to is the write end, without
// a copy. It never blocks, whatever the modes of both: EAGAIN if the first is empty or the second full, 0 at the end.
func Splice(from, to int, n int64) (int64, error) {
	if errno := spliceRefusal.Load(); errno != 0 {
		return 0, unix.Errno(errno)
	}
	const most = 1 << 30 // fits int on every platform
	moved, err := retry(func() (int, error) {
		n, err := intercept("splice", to, n)
		if err != nil {
			return 0, err
		}
		moved, err := unix.Splice(from, nil, to, nil, int(min(n, most)), unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		return int(moved), err
	})
	return int64(moved), err
}

// Tee makes up to n of the bytes that the pipe from holds appear in the pipe to as well, sharing their pages. It never blocks.
func Tee(from, to int, n int64) (int64, error) {
	if errno := teeRefusal.Load(); errno != 0 {
		return 0, unix.Errno(errno)
	}
	const most = 1 << 30
	shared, err := retry(func() (int, error) {
		n, err := intercept("tee", to, n)
		if err != nil {
			return 0, err
		}
		shared, err := unix.Tee(from, to, int(min(n, most)), unix.SPLICE_F_NONBLOCK)
		return int(shared), err
	})
	return int64(shared), err
}

// SpliceRefused reports whether err says that these two descriptors, or this system, have no splice.
func SpliceRefused(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM)
}

// ProbeSplice moves a byte through pipes of its own to find out whether tee and splice work here. An error other than a
// refusal (too many open files) says nothing about that, but that it would not be of use now.
func ProbeSplice() error {
	var fds []int
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	for range 2 {
		r, w, err := NewPipe()
		if err != nil {
			return err
		}
		fds = append(fds, r, w)
	}
	if _, err := Write(fds[1], []byte{0}); err != nil {
		return err
	}
	if _, err := Tee(fds[0], fds[3], 1); err != nil {
		return err
	}
	_, err := Splice(fds[0], fds[3], 1)
	return err
}

// DefaultPipeSize is the capacity in bytes of a pipe that nobody has changed: PIPE_DEF_BUFFERS of 16 pages, which were 4 KiB
// each when pipe(7) was written.
func DefaultPipeSize() int { return 16 * os.Getpagesize() }

// PipeSize returns the capacity, in bytes, of the pipe that fd is an end of.
func PipeSize(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0) }

// SetPipeSize changes it, and returns what it has become: at least size. It fails where the user holds too much already
// (EPERM), and where the pipe holds more than that (EBUSY).
func SetPipeSize(fd, size int) (int, error) {
	return unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, size)
}

// DescriptorLimit returns how many descriptors the process may have, all smaller than that.
func DescriptorLimit() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30))
}

// PipeLimits returns how many bytes one pipe may hold and all pipes of a user together, the latter 0 without a limit, as
// pipe(7) describes them. Where they can't be read they are the kernel's defaults.
func PipeLimits() (each, together int64) {
	each = limit("/proc/sys/fs/pipe-max-size", 1<<20)
	pages := limit("/proc/sys/fs/pipe-user-pages-soft", 16384)
	return each, pages * int64(os.Getpagesize())
}

func limit(file string, otherwise int64) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return otherwise
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// Widen enlarges the pipe that fd is an end of to size bytes, if its capacity is still the default: one that somebody has
// chosen is left alone. It returns whether the pipe holds more now.
func Widen(fd, size int) bool {
	old, err := PipeSize(fd)
	if err != nil || old != DefaultPipeSize() || size <= old {
		return false
	}
	now, err := SetPipeSize(fd, size)
	return err == nil && now > old
}

// MaxPipe is the largest capacity, in bytes, that pipes are given: larger ones are no faster, and most systems don't allow
// them to ordinary users.
const MaxPipe = 1 << 20

// PipeSizes returns what the pipes of a run with so many outputs may be enlarged to, in bytes: outer, the source's and the
// outputs', and private, one of the run's own for each output and one more. Together they are no more than half of what the
// user may hold; what the readers find at once matters more than the queue before it. 0: not even the default.
func PipeSizes(outputs int) (outer, private int) {
	return pipeSizes(outputs, PipeLimits)
}

func pipeSizes(outputs int, limits func() (each, together int64)) (outer, private int) {
	each, together := limits()
	n := int64(1 + outputs)
	fits := func(size, private int64) bool {
		return size <= each && (together == 0 || n*(size+private) <= together/2)
	}
	for size := int64(MaxPipe); size >= int64(DefaultPipeSize()); size /= 2 {
		switch {
		case fits(size, size):
			return int(size), int(size)
		case fits(size, size/2) && size/2 >= int64(DefaultPipeSize()):
			return int(size), int(size / 2)
		}
	}
	return 0, 0
}
