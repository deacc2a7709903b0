package faultfs

import (
	"context"
	"math"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// blockSize is what files say of themselves, and in which df(1) counts.
const blockSize = 4096

// fill sets out to what stat(2) tells of the file.
func (n *node) fill(out *fuse.Attr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := &n.attr
	out.Mode = n.Mode() | a.mode
	out.Owner = fuse.Owner{Uid: a.uid, Gid: a.gid}
	out.Rdev = a.rdev
	out.Nlink = n.links
	out.Blksize = blockSize
	out.SetTimes(&a.atime, &a.mtime, &a.ctime)
	switch {
	case n.content != nil:
		size, filled := n.content.stat()
		out.Size, out.Blocks = uint64(size), uint64(filled+511)/512
	case n.target != "":
		out.Size = uint64(len(n.target))
	}
}

// Getattr implements fs.NodeGetattrer.
func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.fill(&out.Attr)
	return 0
}

// Setattr implements fs.NodeSetattrer.
func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	now := time.Now()
	if size, ok := in.GetSize(); ok && n.content != nil {
		n.content.truncate(int64(size))
		n.wrote()
	}
	n.mu.Lock()
	if mode, ok := in.GetMode(); ok {
		n.attr.mode = mode & permissions
	}
	if uid, ok := in.GetUID(); ok {
		n.attr.uid = uid
	}
	if gid, ok := in.GetGID(); ok {
		n.attr.gid = gid
	}
	if t, ok := in.GetATime(); ok {
		n.attr.atime = t
	}
	if t, ok := in.GetMTime(); ok {
		n.attr.mtime = t
	}
	n.attr.ctime = now
	n.mu.Unlock()
	n.fill(&out.Attr)
	return 0
}

// wrote notes that the file's bytes have changed.
func (n *node) wrote() { n.changed() }

// Statfs implements fs.NodeStatfser.
func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	limit, used := n.system.space.state()
	out.Bsize, out.Frsize, out.NameLen = blockSize, blockSize, 255
	out.Blocks = uint64(limit) / blockSize
	out.Bfree = uint64(limit-used) / blockSize
	out.Bavail = out.Bfree
	out.Files, out.Ffree = math.MaxInt32, math.MaxInt32
	return 0
}

// openedNode is an open file in memory.
type openedNode struct {
	*opened
	node *node
}

var (
	_ fs.FileLseeker   = (*openedNode)(nil)
	_ fs.FileAllocater = (*openedNode)(nil)
	_ storage          = (*node)(nil)
)

// Lseek implements fs.FileLseeker.
func (o *openedNode) Lseek(_ context.Context, off uint64, whence uint32) (uint64, syscall.Errno) {
	if off > math.MaxInt64 {
		return 0, syscall.EINVAL
	}
	at, errno := o.node.content.seek(int64(off), whence)
	return uint64(at), errno
}

// Allocate implements fs.FileAllocater, for what posix_fallocate(3) asks alone.
func (o *openedNode) Allocate(_ context.Context, off, size uint64, mode uint32) syscall.Errno {
	if mode != 0 {
		return syscall.EOPNOTSUPP
	}
	if off > math.MaxInt64 || size > math.MaxInt64-off {
		return syscall.EFBIG
	}
	return o.node.content.allocate(int64(off), int64(off+size))
}

func (n *node) readAt(p []byte, off int64) (int, syscall.Errno) { return n.content.readAt(p, off), 0 }

func (n *node) writeAt(p []byte, off int64) (int, syscall.Errno) {
	done, errno := n.content.writeAt(p, off)
	n.wrote()
	return done, errno
}

func (n *node) sync(context.Context) syscall.Errno  { return 0 }
func (n *node) flush(context.Context) syscall.Errno { return 0 }
func (n *node) release(context.Context)             { n.closed() }

// Readdir implements fs.NodeReaddirer.
func (n *node) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	_, parent := n.Parent()
	if parent == nil {
		parent = &n.Inode
	}
	all := []fuse.DirEntry{
		{Name: ".", Mode: syscall.S_IFDIR, Ino: n.StableAttr().Ino},
		{Name: "..", Mode: syscall.S_IFDIR, Ino: parent.StableAttr().Ino},
	}
	for name, child := range n.Children() {
		all = append(all, fuse.DirEntry{Name: name, Mode: child.Mode(), Ino: child.StableAttr().Ino})
	}
	slices.SortFunc(all[2:], func(a, b fuse.DirEntry) int { return strings.Compare(a.Name, b.Name) })
	return fs.NewListDirStream(all), 0
}
