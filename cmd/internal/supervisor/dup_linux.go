//go:build linux && (amd64 || arm64)

package supervisor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func pointer(groups []uint32) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(groups))) }

// dup gives a faulty description another number, which must be a watched one.
func (c *call) dup() answer { return c.another(0, 0) }

func (c *call) fcntl() answer {
	cloexec := uint32(0)
	if c.args[1] == unix.F_DUPFD_CLOEXEC {
		cloexec = unix.O_CLOEXEC
	}
	if c.fd(2) < 0 {
		return pass // the kernel refuses it
	}
	return c.another(c.fd(2), cloexec)
}

func (c *call) another(least int, cloexec uint32) answer {
	d := c.description(0)
	if d == nil {
		return pass
	}
	defer c.s.table.release(d)
	return c.give(d.fd, least, cloexec)
}

// dup2 is also dup3. The caller chooses the number: if it is not watched, the run can't go on.
func (c *call) dup2() answer {
	d := c.description(0)
	if d == nil {
		return pass
	}
	defer c.s.table.release(d)
	if !c.s.needs.watched.has(c.fd(1)) {
		return c.fatal(bypassError(c.thread, c.fd(1), d.stream.Name))
	}
	c.s.lookSoon() // what was there before may be nobody's any more
	return pass
}
