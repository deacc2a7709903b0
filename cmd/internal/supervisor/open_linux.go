//go:build linux && (amd64 || arm64)

package supervisor

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// openHow is struct open_how, for openat2(2).
type openHow = unix.OpenHow

func (c *call) open() answer {
	return c.openAt(unix.AT_FDCWD, c.args[0], lenient(c.args[1], c.args[2]))
}

func (c *call) creat() answer {
	return c.openAt(unix.AT_FDCWD, c.args[0], lenient(unix.O_CREAT|unix.O_WRONLY|unix.O_TRUNC, c.args[1]))
}

func (c *call) openat() answer {
	return c.openAt(c.fd(0), c.args[1], lenient(c.args[2], c.args[3]))
}

// knownFlags are those that open(2) and openat(2) look at. They ignore all others, which openat2(2) refuses.
const knownFlags = unix.O_ACCMODE | unix.O_CREAT | unix.O_EXCL | unix.O_NOCTTY | unix.O_TRUNC | unix.O_APPEND | unix.O_NONBLOCK |
	unix.O_DSYNC | unix.O_SYNC | unix.O_ASYNC | unix.O_DIRECT | unix.O_LARGEFILE | unix.O_DIRECTORY | unix.O_NOFOLLOW |
	unix.O_NOATIME | unix.O_CLOEXEC | unix.O_PATH | unix.O_TMPFILE

// lenient returns what the older calls make of their arguments. GNU dd has flags of its own among them.
func lenient(flags, mode uint64) openHow {
	return openHow{Flags: flags & knownFlags, Mode: mode & 0o7777}
}

func (c *call) openat2() answer {
	buf := make([]byte, 24) // as far as Linux has it; what is longer must be zero
	if n, errno := load(c.thread, pieces{{c.args[2], min(c.args[3], 24)}}, 0, buf[:min(c.args[3], 24)]); errno != 0 || n < 24 {
		return pass // the kernel says what is wrong
	}
	how := openHow{Flags: binary.NativeEndian.Uint64(buf), Mode: binary.NativeEndian.Uint64(buf[8:]), Resolve: binary.NativeEndian.Uint64(buf[16:])}
	return c.openAt(c.fd(0), c.args[1], how)
}

// openAt makes a call that opens a file, if a fault is for it.
func (c *call) openAt(dir int, at uint64, how openHow) answer {
	name, errno := c.path(at)
	if errno != 0 || how.Flags&unix.O_PATH != 0 || how.Flags&unix.O_DIRECTORY != 0 {
		return pass
	}
	names := c.names(dir, name)
	entry := c.s.ledger.Match(names...)
	mayWrite := how.Flags&unix.O_ACCMODE != unix.O_RDONLY
	if entry == nil {
		if mayWrite {
			c.s.ledger.Other(names[0])
		}
		return pass
	}
	if a := c.simple(entry.Named(names[0]), fault.OpOpen); !a.pass {
		return a
	}
	if !c.s.concerns(entry, mayWrite, how.Flags&unix.O_ACCMODE != unix.O_WRONLY) {
		return pass
	}
	return c.openFor(entry, names[0], dir, name, how)
}

// concerns reports whether an open in that mode is to be followed.
func (s *supervisor) concerns(e *ledger.Entry, mayWrite, mayRead bool) bool {
	return mayWrite && (s.trace != nil || e.Has(fault.At, fault.Across, fault.Every, fault.Call, fault.Close, fault.Fsync)) ||
		mayRead && e.Has(fault.ReadAt)
}

// path returns a file's name in the caller's memory.
func (c *call) path(at uint64) (string, syscall.Errno) {
	name, errno := text(c.thread, at)
	if errno == unix.EPERM && c.alive() {
		c.s.note("%v: what it opens and renames is not seen", memoryError(c.thread))
	}
	return name, errno
}

// names returns the absolute name of a file: as the caller has it, and where its folder really is.
func (c *call) names(dir int, name string) []string {
	full := name
	if !strings.HasPrefix(name, "/") {
		base := procPath(c.thread, "cwd")
		if dir != unix.AT_FDCWD {
			base = fdPath(c.thread, dir)
		}
		if folder, err := os.Readlink(base); err == nil {
			full = folder + "/" + name
		}
	}
	full = filepath.Clean(full)
	names := []string{full}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil {
		if real := filepath.Join(folder, filepath.Base(full)); real != full {
			names = append(names, real)
		}
	}
	return names
}

// openFor opens the file here and gives the caller the description.
func (c *call) openFor(entry *ledger.Entry, full string, dir int, name string, how openHow) answer {
	st, err := readStatus(c.thread)
	if err != nil {
		return pass
	}
	cloexec := uint32(how.Flags & unix.O_CLOEXEC)
	fd, errno := c.openHere(dir, name, how, st)
	if errno != 0 {
		return failed(errno)
	}
	d, err := newDescription(fd, entry.Open(full))
	if err != nil {
		unix.Close(fd)
		return failed(readErrno(err))
	}
	c.s.warn(d)
	c.s.table.add(d)
	defer c.s.table.release(d)
	return c.give(d.fd, 0, cloexec)
}

// give puts a description of this process at a number of the caller's that is watched, which is no less than least.
func (c *call) give(fd, least int, cloexec uint32) answer {
	c.s.opening.Lock()
	defer c.s.opening.Unlock()
	number := lowest(c.thread)
	if number < least || !c.s.needs.watched.has(number) {
		var err error
		if number, err = c.s.span.free(c.thread, least); err != nil {
			return failed(unix.EMFILE)
		}
	}
	if err := c.s.listener.add(c.id, fd, number, cloexec); err != nil {
		if errors.Is(err, unix.EBADF) {
			err = unix.EMFILE // the caller has a lower limit
		}
		return failed(readErrno(err))
	}
	return answer{value: int64(number)}
}

// openHere opens a file as the caller would.
func (c *call) openHere(dir int, name string, how openHow, st status) (fd int, errno syscall.Errno) {
	how.Flags |= unix.O_CLOEXEC | unix.O_NOCTTY
	if how.Flags&unix.O_CREAT != 0 || how.Flags&unix.O_TMPFILE == unix.O_TMPFILE {
		how.Mode &^= uint64(st.umask)
	} else {
		how.Mode = 0
	}
	base, name, errno := c.base(dir, name)
	if errno != 0 {
		return -1, errno
	}
	if base >= 0 {
		defer unix.Close(base)
	} else {
		base = unix.AT_FDCWD
	}
	return c.openWaiting(base, name, how, st)
}

// base returns where the name begins, and the name from there. base is -1 for one that begins at the root.
func (c *call) base(dir int, name string) (base int, rest string, errno syscall.Errno) {
	own := strconv.Itoa(c.thread)
	if strings.HasPrefix(name, "/") {
		for _, prefix := range []string{"/proc/self/", "/proc/thread-self/"} {
			if after, ok := strings.CutPrefix(name, prefix); ok {
				return -1, "/proc/" + own + "/" + after, 0
			}
		}
		switch alias, after, _ := strings.Cut(strings.TrimPrefix(name, "/dev/"), "/"); {
		case !strings.HasPrefix(name, "/dev/"):
		case alias == "fd":
			return -1, procPath(c.thread, "fd/"+after), 0
		case alias == "stdin" || alias == "stdout" || alias == "stderr":
			return -1, procPath(c.thread, "fd/"+map[string]string{"stdin": "0", "stdout": "1", "stderr": "2"}[alias]), 0
		}
		if root, err := os.Readlink(procPath(c.thread, "root")); err != nil || root == c.s.root {
			return -1, name, 0
		}
		name = "." + name
		dir = -1
	}
	path := procPath(c.thread, "cwd")
	switch dir {
	case unix.AT_FDCWD:
	case -1:
		path = procPath(c.thread, "root")
	default:
		path = fdPath(c.thread, dir)
	}
	base, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return base, name, errnoOf(err)
}

// openWaiting opens, and waits for a reader as opening a FIFO for writing does.
func (c *call) openWaiting(base int, name string, how openHow, st status) (int, syscall.Errno) {
	waits := how.Flags&(unix.O_ACCMODE|unix.O_NONBLOCK) == unix.O_WRONLY
	var file unix.Stat_t
	if waits && unix.Fstatat(base, name, &file, 0) == nil && file.Mode&unix.S_IFMT == unix.S_IFIFO {
		how.Flags |= unix.O_NONBLOCK
	} else {
		waits = false
	}
	for {
		var fd int
		var err error
		as(st, func() { fd, err = unix.Openat2(base, name, &how) })
		switch {
		case err == nil && waits:
			return fd, errnoOf(unix.SetNonblock(fd, false))
		case err == unix.ENXIO && waits:
			if errno := c.pause(attention); errno != 0 {
				return -1, errno
			}
		case err != unix.EINTR:
			return fd, errnoOf(err)
		}
	}
}
