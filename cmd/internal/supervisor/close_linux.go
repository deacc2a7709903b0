//go:build linux && (amd64 || arm64)

package supervisor

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/core/fault"
)

// close counts when no other number of the process has the description: a shell's way of moving one to standard output is
// no closing of the file.
func (c *call) close() answer {
	d := c.description(0)
	if d == nil {
		return pass
	}
	defer c.s.lookSoon()
	defer c.s.table.release(d)
	if !d.stream.Entry().Has(fault.Close) || c.hasOther(d) {
		return pass
	}
	a := c.simple(d.stream, fault.OpClose)
	if a.pass || a.errno == restart {
		return a
	}
	// It fails, and closes all the same.
	parked, err := c.s.park()
	if err == nil {
		err = c.s.listener.add(c.id, parked, c.fd(0), unix.O_CLOEXEC)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		c.s.fail(err)
	}
	return a
}

// hasOther reports whether another number of the process has the description as well.
func (c *call) hasOther(d *description) bool {
	for _, fd := range openNumbers(c.thread) {
		if fd != c.fd(0) && c.s.needs.watched.has(fd) && c.s.table.isSame(d, c.thread, fd) {
			return true
		}
	}
	return false
}

// park returns a description that stands where one was closed whose closing failed: the answer of a call can't be an error
// and have an effect as well.
func (s *supervisor) park() (int, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.parked < 0 {
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return -1, err
		}
		s.parked = fd
	}
	return s.parked, nil
}

func (c *call) fsync() answer {
	d := c.description(0)
	defer c.s.table.release(d)
	if d == nil {
		return pass
	}
	return c.simple(d.stream, fault.OpFsync)
}

// rename has its names in the caller's folder.
func (c *call) rename() answer {
	return c.renameNames([]place{{unix.AT_FDCWD, c.args[0]}, {unix.AT_FDCWD, c.args[1]}})
}

// renameat is also renameat2.
func (c *call) renameat() answer {
	return c.renameNames([]place{{c.fd(0), c.args[1]}, {c.fd(2), c.args[3]}})
}

// place is a name in a caller's memory, from a folder of the caller's on.
type place struct {
	dir int
	at  uint64
}

// renameNames makes a call that renames: a fault for the old name or for the new one concerns it.
func (c *call) renameNames(places []place) answer {
	for _, p := range places {
		name, errno := c.path(p.at)
		if errno != 0 {
			return pass
		}
		names := c.names(p.dir, name)
		entry := c.s.ledger.Match(names...)
		if entry == nil || !entry.Has(fault.Rename) {
			continue
		}
		return c.simple(entry.Named(names[0]), fault.OpRename)
	}
	return pass
}

// clone refuses to share blocks with another file, as file systems do that can't: the caller copies the bytes then.
func (c *call) clone() answer {
	d := c.description(0)
	defer c.s.table.release(d)
	if d == nil || !c.s.concernsWrites(d) {
		return pass
	}
	return c.refuse(d, unix.EOPNOTSUPP, "sharing of blocks (FICLONE)")
}

// mmap refuses a mapping through which bytes would pass unseen, as devices do that have no memory: the caller reads or writes them then.
func (c *call) mmap() answer {
	if c.args[3]&unix.MAP_ANONYMOUS != 0 { // the descriptor means nothing
		return pass
	}
	d := c.description(4)
	defer c.s.table.release(d)
	switch {
	case d == nil:
		return pass
	case c.args[2]&unix.PROT_WRITE != 0 && c.args[3]&unix.MAP_SHARED != 0 && c.s.concernsWrites(d):
		return c.refuse(d, unix.ENODEV, "a writable shared mapping")
	case c.s.concernsReads(d):
		return c.refuse(d, unix.ENODEV, "a mapping")
	}
	return pass
}

func (c *call) refuse(d *description, errno syscall.Errno, what string) answer {
	c.s.note("%s: %s was refused with %s: its bytes would not be seen", d.stream.Name, what, unix.ErrnoName(errno))
	return failed(errno)
}

// ioUring refuses what would make calls that nobody holds.
func (c *call) ioUring() answer {
	c.s.note("io_uring was refused to %s with ENOSYS: its calls would not be seen", commandName(c.thread))
	return failed(unix.ENOSYS)
}
