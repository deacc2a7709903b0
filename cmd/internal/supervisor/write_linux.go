//go:build linux && (amd64 || arm64)

package supervisor

import (
	"fmt"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/core/fault"
)

// current is the offset of a call that goes on at the description's own position.
const current = -1

func (c *call) write() answer { return c.writePieces(pieces{{c.args[1], c.args[2]}}, current, 0) }

func (c *call) writev() answer { return c.writeVector(c.args[1], c.args[2], current, 0) }

func (c *call) vmsplice() answer {
	flags := 0
	if c.args[3]&unix.SPLICE_F_NONBLOCK != 0 {
		flags = unix.RWF_NOWAIT
	}
	// The bytes are copied, where the kernel would lend out the caller's pages: whoever changes them before they are read
	// would not see that. They are as they were when the call was made.
	return c.writeVector(c.args[1], c.args[2], current, flags)
}

func (c *call) pwrite() answer {
	if int64(c.args[3]) < 0 {
		return pass // the kernel refuses it
	}
	return c.writePieces(pieces{{c.args[1], c.args[2]}}, int64(c.args[3]), 0)
}

func (c *call) pwritev() answer {
	if int64(c.args[3]) < 0 {
		return pass
	}
	return c.writeVector(c.args[1], c.args[2], int64(c.args[3]), 0)
}

func (c *call) pwritev2() answer {
	if int64(c.args[3]) < current {
		return pass
	}
	return c.writeVector(c.args[1], c.args[2], int64(c.args[3]), int(c.args[5]))
}

func (c *call) writeVector(at, n uint64, offset int64, flags int) answer {
	p, errno := vector(c.thread, at, n)
	if errno != 0 {
		return pass // the kernel says what is wrong with it
	}
	return c.writePieces(p, offset, flags)
}

// writePieces makes a call that writes the caller's memory.
func (c *call) writePieces(p pieces, offset int64, flags int) answer {
	d := c.description(0)
	defer c.s.table.release(d)
	if d == nil || !c.s.concernsWrites(d) {
		return pass
	}
	return c.transfer(d, fault.OpWrite, p.total(), c.writer(d, p, offset, flags))
}

// concernsWrites reports whether a call that writes must be made here.
func (s *supervisor) concernsWrites(d *description) bool {
	return d.writes && (s.trace != nil || d.stream.Entry().Has(fault.At, fault.Across, fault.Every, fault.Call))
}

// buffers are for the bytes of one call, mostAtOnce each.
var buffers = sync.Pool{New: func() any { return new([mostAtOnce]byte) }}

// writer returns what writes pieces of the caller's memory to the description.
func (c *call) writer(d *description, p pieces, offset int64, flags int) mover {
	done := 0
	return func(n int) (int, syscall.Errno) {
		buffer := buffers.Get().(*[mostAtOnce]byte)
		defer buffers.Put(buffer)
		got, errno := load(c.thread, p, done, buffer[:n])
		if errno != 0 {
			return 0, c.unreadable(errno)
		}
		if !c.alive() { // then it was somebody else's memory
			return 0, unix.ESRCH
		}
		at := offset
		if at != current {
			at += int64(done)
		}
		written, errno := c.put(d, buffer[:got], at, flags)
		done += written
		if errno == 0 && got < n && written == got {
			errno = unix.EFAULT
		}
		return written, errno
	}
}

// unreadable returns the errno of a call whose memory can't be read.
func (c *call) unreadable(errno syscall.Errno) syscall.Errno {
	if errno == unix.EPERM {
		return c.fatal(memoryError(c.thread)).errno
	}
	return errno
}

func memoryError(thread int) error {
	return fmt.Errorf("the memory of process %d (%s) can't be read: it is another user's, or protects itself (PR_SET_DUMPABLE)",
		thread, commandName(thread))
}

// put writes p to the description as the caller's own call would: all of it, unless there is an error, a signal, or
// O_NONBLOCK.
func (c *call) put(d *description, p []byte, offset int64, flags int) (done int, errno syscall.Errno) {
	if d.kind == kindFile {
		return c.putFile(d, p, offset, flags)
	}
	wait := d.flags()&unix.O_NONBLOCK == 0 && flags&unix.RWF_NOWAIT == 0
	for {
		n, errno := d.try(p[done:])
		done += n
		switch {
		case errno == unix.EPIPE:
			c.raise(errno)
			return done, errno
		case errno == 0 && (done == len(p) || !wait):
			return done, 0
		case errno == unix.EAGAIN && !wait, errno != 0 && errno != unix.EAGAIN:
			return done, errno
		case errno == unix.EAGAIN:
			if errno := c.poll(d.fd, unix.POLLOUT); errno != 0 {
				return done, errno
			}
		}
	}
}

// tryAtOnce is how much is written to what may block once it has said that it is ready: PIPE_BUF fits into a pipe then, and
// a terminal that is not stopped takes it.
const tryAtOnce = 4096

// try writes some of p without waiting: EAGAIN if nothing can be taken now.
func (d *description) try(p []byte) (int, syscall.Errno) {
	for {
		n, err := d.tryOnce(p)
		if err != unix.EINTR {
			return max(n, 0), errnoOf(err)
		}
	}
}

func (d *description) tryOnce(p []byte) (int, error) {
	switch {
	case d.kind == kindSocket:
		return unix.SendmsgN(d.fd, p, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	case d.own >= 0:
		return unix.Write(d.own, p)
	}
	fds := []unix.PollFd{{Fd: int32(d.fd), Events: unix.POLLOUT}}
	if n, err := unix.Poll(fds, 0); n == 0 || err != nil {
		if err == nil {
			err = unix.EAGAIN
		}
		return 0, err
	}
	return unix.Write(d.fd, p[:min(len(p), tryAtOnce)])
}

func errnoOf(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	return readErrno(err)
}

// putFile writes to a regular file or a device.
func (c *call) putFile(d *description, p []byte, offset int64, flags int) (int, syscall.Errno) {
	p, errno := c.limited(d, p, offset)
	if errno != 0 {
		return 0, errno
	}
	for {
		var n int
		var err error
		switch {
		case flags != 0:
			n, err = unix.Pwritev2(d.fd, [][]byte{p}, offset, flags)
		case offset != current:
			n, err = unix.Pwrite(d.fd, p, offset)
		default:
			n, err = unix.Write(d.fd, p)
		}
		if err != unix.EINTR {
			return max(n, 0), errnoOf(err)
		}
	}
}

// limited returns what of p the caller's limit on the size of files allows (RLIMIT_FSIZE), as the kernel does.
func (c *call) limited(d *description, p []byte, offset int64) ([]byte, syscall.Errno) {
	var limit unix.Rlimit
	st, err := readLimit(c.thread)
	if err != nil || st.Cur == unix.RLIM_INFINITY {
		return p, 0
	}
	limit = st
	var file unix.Stat_t
	if unix.Fstat(d.fd, &file) != nil || file.Mode&unix.S_IFMT != unix.S_IFREG {
		return p, 0
	}
	if offset == current {
		offset, _ = unix.Seek(d.fd, 0, unix.SEEK_CUR)
	}
	if d.flags()&unix.O_APPEND != 0 {
		offset = file.Size
	}
	switch left := int64(limit.Cur) - offset; {
	case left <= 0 && len(p) > 0:
		c.raise(unix.EFBIG)
		return nil, unix.EFBIG
	case left < int64(len(p)):
		p = p[:left]
	}
	return p, 0
}

func readLimit(thread int) (limit unix.Rlimit, err error) {
	err = unix.Prlimit(thread, unix.RLIMIT_FSIZE, nil, &limit)
	return limit, err
}
