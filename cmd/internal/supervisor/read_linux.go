//go:build linux && (amd64 || arm64)

package supervisor

import (
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/core/fault"
)

func (c *call) read() answer { return c.readPieces(pieces{{c.args[1], c.args[2]}}, current, 0) }

func (c *call) readv() answer { return c.readVector(current, 0) }

func (c *call) pread() answer {
	if int64(c.args[3]) < 0 {
		return pass
	}
	return c.readPieces(pieces{{c.args[1], c.args[2]}}, int64(c.args[3]), 0)
}

func (c *call) preadv() answer {
	if int64(c.args[3]) < 0 {
		return pass
	}
	return c.readVector(int64(c.args[3]), 0)
}

func (c *call) preadv2() answer {
	if int64(c.args[3]) < current {
		return pass
	}
	return c.readVector(int64(c.args[3]), int(c.args[5]))
}

// recvfrom makes a call that reads from a connection; one that looks ahead, or wants to know the sender, is the kernel's.
func (c *call) recvfrom() answer {
	if c.args[3]&^unix.MSG_DONTWAIT != 0 || c.args[4] != 0 {
		return pass
	}
	flags := 0
	if c.args[3] != 0 {
		flags = unix.RWF_NOWAIT
	}
	return c.readPieces(pieces{{c.args[1], c.args[2]}}, current, flags)
}

func (c *call) readVector(offset int64, flags int) answer {
	p, errno := vector(c.thread, c.args[1], c.args[2])
	if errno != 0 {
		return pass
	}
	return c.readPieces(p, offset, flags)
}

// concernsReads reports whether a call that reads must be made here.
func (s *supervisor) concernsReads(d *description) bool { return d.stream.Entry().Has(fault.ReadAt) }

// readPieces makes a call that reads into the caller's memory. It returns what there is, as read(2) does.
func (c *call) readPieces(p pieces, offset int64, flags int) answer {
	d := c.description(0)
	defer c.s.table.release(d)
	if d == nil || !c.s.concernsReads(d) {
		return pass
	}
	return c.transfer(d, fault.OpRead, p.total(), func(n int) (int, syscall.Errno) {
		buffer := buffers.Get().(*[mostAtOnce]byte)
		defer buffers.Put(buffer)
		// The memory must be there before bytes are taken that couldn't be given back.
		if _, errno := load(c.thread, p, 0, buffer[:min(n, 1)]); errno != 0 {
			return 0, c.unreadable(errno)
		}
		got, errno := c.take(d, buffer[:n], offset, flags)
		if errno != 0 || got == 0 {
			return 0, errno
		}
		if !c.alive() {
			return got, unix.ESRCH
		}
		stored, errno := store(c.thread, p, 0, buffer[:got])
		return stored, errno
	})
}

// take reads what there is, waiting for something as the caller's own call would.
func (c *call) take(d *description, p []byte, offset int64, flags int) (int, syscall.Errno) {
	for {
		if d.kind != kindFile && len(p) > 0 && flags&unix.RWF_NOWAIT == 0 && d.flags()&unix.O_NONBLOCK == 0 {
			if errno := c.poll(d.fd, unix.POLLIN); errno != 0 {
				return 0, errno
			}
		}
		var n int
		var err error
		switch {
		case d.kind == kindSocket:
			n, _, err = unix.Recvfrom(d.fd, p, unix.MSG_DONTWAIT)
		case flags != 0:
			n, err = unix.Preadv2(d.fd, [][]byte{p}, offset, flags)
		case offset != current:
			n, err = unix.Pread(d.fd, p, offset)
		default:
			n, err = unix.Read(d.fd, p)
		}
		if err == unix.EAGAIN && flags&unix.RWF_NOWAIT == 0 && d.flags()&unix.O_NONBLOCK == 0 {
			continue
		}
		if err != unix.EINTR {
			return max(n, 0), errnoOf(err)
		}
	}
}
