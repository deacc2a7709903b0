package faultfs

import (
	"context"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// node is a file or folder in memory. Its place in the tree is kept by go-fuse; the kernel makes no two changes in one
// folder at the same time.
type node struct {
	fs.Inode
	system  *system
	target  string   // of a symbolic link
	content *content // of a regular file

	mu    sync.Mutex // guards the fields below
	attr  attributes
	links uint32 // names that it has
	opens int    // open files
}

// attributes are those that chmod(2) and so on change.
type attributes struct {
	mode         uint32 // permissions
	uid, gid     uint32
	rdev         uint32
	atime, mtime time.Time
	ctime        time.Time
}

var (
	_ fs.NodeGetattrer  = (*node)(nil)
	_ fs.NodeSetattrer  = (*node)(nil)
	_ fs.NodeCreater    = (*node)(nil)
	_ fs.NodeOpener     = (*node)(nil)
	_ fs.NodeMkdirer    = (*node)(nil)
	_ fs.NodeMknoder    = (*node)(nil)
	_ fs.NodeSymlinker  = (*node)(nil)
	_ fs.NodeReadlinker = (*node)(nil)
	_ fs.NodeLinker     = (*node)(nil)
	_ fs.NodeUnlinker   = (*node)(nil)
	_ fs.NodeRmdirer    = (*node)(nil)
	_ fs.NodeRenamer    = (*node)(nil)
	_ fs.NodeStatfser   = (*node)(nil)
)

// permissions are the bits of a mode that chmod(2) can set.
const permissions = 0o7777

// add makes a file of that mode for the folder n. Who made the call owns it.
func (n *node) add(ctx context.Context, mode, rdev uint32, target string, out *fuse.EntryOut) *node {
	now := time.Now()
	child := &node{system: n.system, target: target, links: 1,
		attr: attributes{mode: mode & permissions, rdev: rdev, atime: now, mtime: now, ctime: now}}
	if caller, ok := fuse.FromContext(ctx); ok {
		child.attr.uid, child.attr.gid = caller.Uid, caller.Gid
	}
	n.mu.Lock()
	if n.attr.mode&syscall.S_ISGID != 0 {
		child.attr.gid = n.attr.gid
		if mode&syscall.S_IFMT == syscall.S_IFDIR {
			child.attr.mode |= syscall.S_ISGID
		}
	}
	n.attr.mtime, n.attr.ctime = now, now
	n.mu.Unlock()
	if mode&syscall.S_IFMT == syscall.S_IFREG {
		child.content = &content{space: &n.system.space, discard: n.system.discard}
	}
	n.NewPersistentInode(ctx, child, fs.StableAttr{Mode: mode & syscall.S_IFMT})
	child.fill(&out.Attr)
	return child
}

// Create implements fs.NodeCreater.
func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	a, errno := n.system.admit(ctx, n.system.names(&n.Inode, name), flags)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	child := n.add(ctx, syscall.S_IFREG|mode&permissions, 0, "", out)
	return &child.Inode, child.open(a), openFlags, 0
}

// Open implements fs.NodeOpener.
func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	a, errno := n.system.admit(ctx, n.system.names(&n.Inode, ""), flags)
	if errno != 0 {
		return nil, 0, errno
	}
	return n.open(a), openFlags, 0
}

func (n *node) open(a admission) fs.FileHandle {
	n.mu.Lock()
	n.opens++
	n.mu.Unlock()
	return &openedNode{n.system.open(a, &n.Inode, n), n}
}

// Mkdir implements fs.NodeMkdirer.
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return &n.add(ctx, syscall.S_IFDIR|mode&permissions, 0, "", out).Inode, 0
}

// Mknod implements fs.NodeMknoder. The kernel serves what is no regular file.
func (n *node) Mknod(ctx context.Context, name string, mode, rdev uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if mode&syscall.S_IFMT == 0 {
		mode |= syscall.S_IFREG
	}
	return &n.add(ctx, mode, rdev, "", out).Inode, 0
}

// Symlink implements fs.NodeSymlinker.
func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return &n.add(ctx, syscall.S_IFLNK|0o777, 0, target, out).Inode, 0
}

// Readlink implements fs.NodeReadlinker.
func (n *node) Readlink(context.Context) ([]byte, syscall.Errno) { return []byte(n.target), 0 }

// Link implements fs.NodeLinker.
func (n *node) Link(_ context.Context, target fs.InodeEmbedder, _ string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	file, ok := target.(*node)
	if !ok {
		return nil, syscall.EXDEV
	}
	n.changed()
	file.mu.Lock()
	file.links++
	file.attr.ctime = time.Now()
	file.mu.Unlock()
	file.fill(&out.Attr)
	return &file.Inode, 0
}

// Unlink implements fs.NodeUnlinker.
func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	child := n.child(name)
	if child == nil {
		return syscall.ENOENT
	}
	n.changed()
	child.unlinked()
	return 0
}

// Rmdir implements fs.NodeRmdirer.
func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	if child := n.child(name); child != nil && len(child.Children()) > 0 {
		return syscall.ENOTEMPTY
	}
	return n.Unlink(ctx, name)
}

// Rename implements fs.NodeRenamer. The kernel has checked what can be checked by the names.
func (n *node) Rename(ctx context.Context, name string, newParent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	to, ok := newParent.(*node)
	if !ok {
		return syscall.EXDEV
	}
	if flags&^uint32(unix.RENAME_NOREPLACE|unix.RENAME_EXCHANGE) != 0 {
		return syscall.EINVAL
	}
	replaced := to.child(newName)
	if flags&unix.RENAME_EXCHANGE != 0 {
		replaced = nil
	}
	if replaced != nil && len(replaced.Children()) > 0 {
		return syscall.ENOTEMPTY
	}
	if errno := n.system.rename(ctx, n.system.names(&n.Inode, name), n.system.names(&to.Inode, newName)); errno != 0 {
		return errno
	}
	if replaced != nil {
		replaced.unlinked()
	}
	n.changed()
	to.changed()
	return 0
}

// child returns the file of that name; nil: there is none.
func (n *node) child(name string) *node {
	inode := n.GetChild(name)
	if inode == nil {
		return nil
	}
	return inode.Operations().(*node)
}

// changed notes that what is in the folder has changed.
func (n *node) changed() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.attr.mtime = time.Now()
	n.attr.ctime = n.attr.mtime
}

// unlinked notes that the file has lost a name. What it holds goes with the last one, or with the last open file.
func (n *node) unlinked() {
	n.mu.Lock()
	n.links--
	n.attr.ctime = time.Now()
	last := n.links == 0
	gone := last && n.opens == 0
	n.mu.Unlock()
	if gone {
		n.empty()
	}
	if last {
		n.ForgetPersistent()
	}
}

// closed notes that an open file has been released.
func (n *node) closed() {
	n.mu.Lock()
	n.opens--
	gone := n.links == 0 && n.opens == 0
	n.mu.Unlock()
	if gone {
		n.empty()
	}
}

func (n *node) empty() {
	if n.content != nil {
		n.content.truncate(0)
	}
}
