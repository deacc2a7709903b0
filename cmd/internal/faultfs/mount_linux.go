package faultfs

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
)

// Mount is a mounted file system.
type Mount struct {
	system *system
	place  place
	server *fuse.Server
	note   func(string)
	done   chan struct{} // closed when nothing is served any more
	once   sync.Once
	err    error // of the unmounting
}

// New mounts a file system on the folder, which must be empty unless the files are in another one, and returns when it is
// there. A dead mount that an earlier run has left there is cleared first. Nothing is touched if there is an error.
func New(folder string, o Options) (*Mount, error) {
	place, err := findPlace(folder, &o)
	if err != nil {
		return nil, err
	}
	s, err := newSystem(place, o)
	if err != nil {
		return nil, err
	}
	root, err := s.root(place, o)
	if err != nil {
		return nil, err
	}
	m := &Mount{system: s, place: place, note: o.note, done: make(chan struct{})}
	if m.server, err = serve(place, root); err != nil {
		return nil, err
	}
	go func() {
		m.server.Serve()
		close(m.done)
	}()
	if err := m.identify(); err != nil {
		return nil, errors.Join(err, m.Unmount())
	}
	return m, nil
}

func newSystem(p place, o Options) (*system, error) {
	s := &system{ledger: o.Ledger, folders: p.names(), discard: o.Discard, ended: make(chan struct{})}
	if s.ledger == nil {
		s.ledger = ledger.New(nil)
	}
	switch s.space.limit = o.Size; {
	case o.Size < 0:
		return nil, fmt.Errorf("%d bytes is no size of a file system", o.Size)
	case o.Size > 0:
	case o.Discard || o.Backing != "":
		s.space.limit = math.MaxInt64
	default:
		var info unix.Sysinfo_t
		if err := unix.Sysinfo(&info); err != nil {
			return nil, os.NewSyscallError("sysinfo", err)
		}
		s.space.limit = int64(uint64(info.Totalram) * uint64(info.Unit) / 2)
	}
	return s, nil
}

// root returns the root of the file system's tree.
func (s *system) root(p place, o Options) (fs.InodeEmbedder, error) {
	if o.Backing != "" {
		return newBacked(s, o.Backing)
	}
	a := attributes{mode: p.stat.Mode & permissions, uid: p.stat.Uid, gid: p.stat.Gid, mtime: time.Now()}
	a.atime, a.ctime = a.mtime, a.mtime
	return &node{system: s, links: 1, attr: a}, nil
}

// serve mounts the file system and answers the kernel's first questions.
func serve(p place, root fs.InodeEmbedder) (*fuse.Server, error) {
	// Small inode numbers, since 32-bit programs can't have others. 1 is the root's.
	options := fs.Options{NullPermissions: true, FirstAutomaticIno: 2}
	options.MountOptions = fuse.MountOptions{
		FsName: kind, Name: kind,
		MaxWrite:      MaxTransfer,
		DisableXAttrs: true,
		DisableSplice: true,
		// By the kernel, from what stat(2) says.
		Options: []string{"default_permissions"},
		Logger:  log.New(io.Discard, "", 0), // of requests whose callers have gone
		// A defect must not look like a fault.
		PanicHandler: func(v any) fuse.Status { panic(v) },
	}
	raw := fs.NewNodeFS(root, &options)
	fd, err := mountDirect(p)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return mountAsUser(p, raw, options.MountOptions)
	}
	if err != nil {
		return nil, err
	}
	server, err := fuse.NewServer(raw, fmt.Sprintf("/dev/fd/%d", fd), &options.MountOptions)
	if err != nil {
		unix.Close(fd)
		detach(p.path)
	}
	return server, err
}

// device is where the kernel asks a file system.
const device = "/dev/fuse"

// mountDirect mounts as only root can, and returns the descriptor on which the kernel asks. COMMAND must not inherit it:
// the mount would outlive this process, without anybody who answers.
func mountDirect(p place) (fd int, err error) {
	fd, err = unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("%w (the kernel's module fuse gives it)", &os.PathError{Op: "open", Path: device, Err: err})
	}
	options := fmt.Sprintf("fd=%d,rootmode=%o,user_id=%d,group_id=%d,max_read=%d,default_permissions,allow_other",
		fd, p.stat.Mode&syscall.S_IFMT, os.Geteuid(), os.Getegid(), MaxTransfer)
	if err := unix.Mount(kind, p.path, "fuse."+kind, unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		unix.Close(fd)
		return -1, &os.PathError{Op: "mount", Path: p.path, Err: err}
	}
	return fd, nil
}

// mountAsUser mounts by the helper that distributions have for it.
func mountAsUser(p place, raw fuse.RawFileSystem, options fuse.MountOptions) (*fuse.Server, error) {
	if _, err := helper(); err != nil {
		return nil, fmt.Errorf("only root may mount, others need fusermount3 (package fuse3): %w", err)
	}
	if err := unix.Access(device, unix.R_OK|unix.W_OK); err != nil {
		return nil, fmt.Errorf("%w: expected a device that all may use, as most systems have it (mode 666)",
			&os.PathError{Op: "open", Path: device, Err: err})
	}
	server, err := fuse.NewServer(raw, p.path, &options)
	if err != nil {
		return nil, &os.PathError{Op: "mount", Path: p.path, Err: errors.New(strings.TrimSpace(err.Error()))}
	}
	return server, nil
}

// identify finds out which mount it is, and sees that it answers.
func (m *Mount) identify() error {
	// Go's runtime waits for files by epoll(7), which asks this file system once whether it has poll(2): if that
	// question came when no thread is free to answer it, this process would block itself. go-fuse answers it here.
	probe, err := unix.Open(filepath.Join(m.place.path, ".go-fuse-epoll-hack"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: m.place.path, Err: err}
	}
	defer unix.Close(probe)
	unix.Poll([]unix.PollFd{{Fd: int32(probe), Events: unix.POLLIN}}, 0)
	text, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(probe))
	if err != nil {
		return err
	}
	id := fields(string(text))["mnt_id"]
	m.system.mountID.Store(&id)
	return nil
}

// Wait returns when the file system was unmounted, by whomever, and nobody uses it any more.
func (m *Mount) Wait() { <-m.done }

// Stored returns how many bytes the files hold; 0 with Backing.
func (m *Mount) Stored() int64 {
	_, used := m.system.space.state()
	return used
}

// Stop ends all stalls: the calls fail with EIO.
func (m *Mount) Stop() { m.system.stop() }

// Unmount ends all stalls and unmounts, if that wasn't done from outside. Where files are still open it notes that, and
// programs that use them get errors from then on. Further calls return what the first one did.
func (m *Mount) Unmount() error {
	m.once.Do(func() {
		m.Stop()
		m.err = m.unmount()
	})
	return m.err
}

// A mount may be busy for a moment after the last program has ended: the kernel closes files behind it.
const (
	unmountTries = 8
	firstPause   = 2 * time.Millisecond
)

func (m *Mount) unmount() error {
	pause := firstPause
	for try := 1; ; try++ {
		if !m.isMounted() {
			return nil
		}
		err := unmount(m.place.path, false)
		switch {
		case err == nil:
			<-m.done
			return nil
		case !errors.Is(err, unix.EBUSY):
			return &os.PathError{Op: "unmount", Path: m.place.path, Err: err}
		case try == unmountTries:
			m.note(fmt.Sprintf("%s is still in use: what uses it gets errors from now on", m.place.given))
			if err := detach(m.place.path); err != nil {
				return &os.PathError{Op: "unmount", Path: m.place.path, Err: err}
			}
			return nil
		}
		time.Sleep(pause)
		pause *= 2
	}
}

// isMounted reports whether the mount is where it was made. Somebody else's may be there by now.
func (m *Mount) isMounted() bool {
	id := m.system.id()
	for _, p := range mountPoints() {
		if p.path == m.place.path && (id == "" || p.id == id) {
			return true
		}
	}
	return false
}
