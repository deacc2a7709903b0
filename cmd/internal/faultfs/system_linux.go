package faultfs

import (
	"context"
	"path"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// system is what all files of a file system share.
type system struct {
	ledger  *ledger.Ledger
	folders []string               // absolute names of the mounted folder, as it was given first
	mountID atomic.Pointer[string] // of the mount, as /proc/PID/fdinfo has it; set when it is there
	space   space
	discard bool
	handles handles

	ended chan struct{} // closed at the end of the run: all stalls end
	end   sync.Once
}

// names returns the absolute names of a file in the folder dir: those that programs may know it by, and that from the
// root of the mount.
func (s *system) names(dir *fs.Inode, name string) []string {
	below := path.Join("/", dir.Path(dir.Root()), name)
	all := make([]string, 0, len(s.folders)+1)
	for _, folder := range s.folders {
		all = append(all, path.Join(folder, below))
	}
	return append(all, below)
}

// named does what a plan says about a call that takes the name of a file.
func (s *system) named(ctx context.Context, e *ledger.Entry, op fault.Op, name, what string) syscall.Errno {
	c := call{e.Named(name), op, what, s.ended}
	return c.obey(ctx)
}

// admission is that an open was allowed: the fault that may concern it.
type admission struct {
	entry *ledger.Entry // nil: none
	name  string
	flags uint32
}

// admit does what a plan says about an open of the file with these names.
func (s *system) admit(ctx context.Context, names []string, flags uint32) (admission, syscall.Errno) {
	a := admission{s.ledger.Match(names...), names[0], flags}
	writes := flags&syscall.O_ACCMODE != syscall.O_RDONLY
	if a.entry == nil {
		if writes {
			s.ledger.Other(a.name)
		}
		return a, 0
	}
	if a.entry.Has(fault.Open) {
		if errno := s.named(ctx, a.entry, fault.OpOpen, a.name, "open"); errno != 0 {
			return a, errno
		}
	}
	if !writes && !a.entry.Has(fault.ReadAt) {
		a.entry = nil // no rule is for what can only be read
	}
	return a, 0
}

// open makes the handle of a file that was opened.
func (s *system) open(a admission, inode *fs.Inode, to storage) *opened {
	o := &opened{system: s, storage: to, handle: handle{inode.StableAttr().Ino, a.flags & syscall.O_ACCMODE}}
	if a.entry != nil {
		o.plan = newPlan(s, a.entry.Open(a.name))
	}
	s.handles.add(o.handle, 1)
	return o
}

// openFlags have the kernel hand over reads and writes as programs make them.
const openFlags = fuse.FOPEN_DIRECT_IO

// rename does what a plan says about a rename: one for the old name, or else for the new one.
func (s *system) rename(ctx context.Context, from, to []string) syscall.Errno {
	for _, names := range [][]string{from, to} {
		if e := s.ledger.Match(names...); e != nil && e.Has(fault.Rename) {
			return s.named(ctx, e, fault.OpRename, names[0], "rename")
		}
	}
	return 0
}

// id returns the number of the mount; "" while nobody knows it.
func (s *system) id() string {
	if id := s.mountID.Load(); id != nil {
		return *id
	}
	return ""
}

// stop ends all stalls, for good.
func (s *system) stop() { s.end.Do(func() { close(s.ended) }) }
