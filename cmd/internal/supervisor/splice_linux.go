//go:build linux && (amd64 || arm64)

package supervisor

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"yjoint/core/fault"
)

// splicing is a call that moves bytes from one descriptor to another.
type splicing struct {
	in, out       int    // which arguments they are
	inAt, outAt   uint64 // where the caller has the offsets; 0: the descriptions' own
	length        uint64
	flags         uintptr
	number        uintptr // of the system call
	canWaitForOut bool    // by the descriptor of the other end
}

func (c *call) splice() answer {
	return c.spliced(splicing{in: 0, inAt: c.args[1], out: 2, outAt: c.args[3], length: c.args[4],
		flags: uintptr(c.args[5]), number: unix.SYS_SPLICE, canWaitForOut: true})
}

func (c *call) tee() answer {
	return c.spliced(splicing{in: 0, out: 1, length: c.args[2], flags: uintptr(c.args[3]), number: unix.SYS_TEE, canWaitForOut: true})
}

func (c *call) copyFileRange() answer {
	return c.spliced(splicing{in: 0, inAt: c.args[1], out: 2, outAt: c.args[3], length: c.args[4],
		flags: uintptr(c.args[5]), number: unix.SYS_COPY_FILE_RANGE})
}

// spliced makes such a call on the caller's behalf.
func (c *call) spliced(x splicing) answer {
	if in := c.description(x.in); in != nil {
		defer c.s.table.release(in)
		if c.s.concernsReads(in) {
			return failed(unix.EINVAL) // as for files that can't be spliced: the caller reads then
		}
	}
	d := c.description(x.out)
	if d == nil || !c.s.concernsWrites(d) {
		c.s.table.release(d)
		return pass
	}
	defer c.s.table.release(d)
	in, err := c.borrow(c.fd(x.in))
	if err != nil {
		return failed(unix.EINVAL)
	}
	defer unix.Close(in)
	inAt, errno := c.offset(x.inAt)
	outAt, errno2 := c.offset(x.outAt)
	if errno != 0 || errno2 != 0 {
		return failed(unix.EFAULT)
	}
	n := int(min(x.length, mostBytes))
	a := c.transfer(d, fault.OpWrite, n, func(n int) (int, syscall.Errno) { return c.splicePart(d, in, inAt, outAt, n, x) })
	for at, offset := range map[uint64]*int64{x.inAt: inAt, x.outAt: outAt} {
		if at != 0 && !a.pass {
			storeWord(c.thread, at, uint64(*offset))
		}
	}
	return a
}

// splicePart moves n bytes at most.
func (c *call) splicePart(d *description, in int, inAt, outAt *int64, n int, x splicing) (int, syscall.Errno) {
	wait := x.canWaitForOut && x.flags&unix.SPLICE_F_NONBLOCK == 0 && d.flags()&unix.O_NONBLOCK == 0
	if x.canWaitForOut {
		x.flags |= unix.SPLICE_F_NONBLOCK
	}
	for {
		if !c.alive() {
			return 0, unix.ESRCH
		}
		var moved uintptr
		var errno syscall.Errno
		if x.number == unix.SYS_TEE {
			moved, _, errno = unix.Syscall6(x.number, uintptr(in), uintptr(d.fd), uintptr(n), x.flags, 0, 0)
		} else {
			moved, _, errno = unix.Syscall6(x.number, uintptr(in), uintptr(unsafe.Pointer(inAt)),
				uintptr(d.fd), uintptr(unsafe.Pointer(outAt)), uintptr(n), x.flags)
		}
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN && wait:
			if errno := c.pollBoth(in, d); errno != 0 {
				return 0, errno
			}
		case errno != 0:
			c.raise(errno)
			return 0, errno
		default:
			return int(moved), 0
		}
	}
}

// pollBoth waits until in has bytes and the description room.
func (c *call) pollBoth(in int, d *description) syscall.Errno {
	if errno := c.poll(in, unix.POLLIN); errno != 0 {
		return errno
	}
	if d.kind == kindFile {
		return 0
	}
	return c.poll(d.fd, unix.POLLOUT)
}

// sendfile reads and writes, for the kernel's own would wait where it can't be left.
func (c *call) sendfile() answer {
	if in := c.description(1); in != nil {
		defer c.s.table.release(in)
		if c.s.concernsReads(in) {
			return failed(unix.EINVAL)
		}
	}
	d := c.description(0)
	if d == nil || !c.s.concernsWrites(d) {
		c.s.table.release(d)
		return pass
	}
	defer c.s.table.release(d)
	in, err := c.borrow(c.fd(1))
	if err != nil {
		return failed(unix.EINVAL)
	}
	defer unix.Close(in)
	at, errno := c.offset(c.args[2])
	if errno != 0 {
		return failed(errno)
	}
	own := at == nil
	if own { // the description's own position, which is moved by what was written only
		position, err := unix.Seek(in, 0, unix.SEEK_CUR)
		if err != nil {
			return failed(unix.EINVAL)
		}
		at = &position
	}
	a := c.transfer(d, fault.OpWrite, int(min(c.args[3], mostBytes)), func(n int) (int, syscall.Errno) {
		buffer := buffers.Get().(*[mostAtOnce]byte)
		defer buffers.Put(buffer)
		got, err := unix.Pread(in, buffer[:n], *at)
		if err != nil || !c.alive() {
			return 0, unix.EIO
		}
		written, errno := c.put(d, buffer[:got], current, 0)
		*at += int64(written)
		return written, errno
	})
	if own {
		unix.Seek(in, *at, unix.SEEK_SET)
	} else {
		storeWord(c.thread, c.args[2], uint64(*at))
	}
	return a
}

// offset returns the offset that the caller has there; nil: none.
func (c *call) offset(at uint64) (*int64, syscall.Errno) {
	if at == 0 {
		return nil, 0
	}
	w, errno := words(c.thread, at, 1)
	if errno != 0 {
		return nil, errno
	}
	offset := int64(w[0])
	return &offset, 0
}

// borrow returns a descriptor of this process for the description that the caller has as fd.
func (c *call) borrow(fd int) (int, error) {
	st, err := readStatus(c.thread)
	if err != nil {
		return -1, err
	}
	process, err := unix.PidfdOpen(st.process, 0)
	if err == nil {
		defer unix.Close(process)
		var own int
		if own, err = unix.PidfdGetfd(process, fd, 0); err == nil {
			return own, nil
		}
	}
	// Where that is refused, as in Docker by default, another description of a pipe will do.
	var file unix.Stat_t
	if unix.Stat(fdPath(c.thread, fd), &file) != nil || file.Mode&unix.S_IFMT != unix.S_IFIFO {
		return -1, err
	}
	return unix.Open(fdPath(c.thread, fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
}

// nonblock sets O_NONBLOCK on the description that the caller has as fd, and so for all who share it.
func (c *call) nonblock(fd int) error {
	own, err := c.borrow(fd)
	if err != nil {
		return fmt.Errorf("nonblock %d: %w", fd, err)
	}
	defer unix.Close(own)
	return unix.SetNonblock(own, true)
}
