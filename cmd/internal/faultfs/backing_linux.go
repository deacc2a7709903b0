package faultfs

import (
	"context"
	"path/filepath"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// backed is a file or folder of another file system.
type backed struct {
	*fs.LoopbackNode
	system *system
}

var (
	_ fs.NodeWrapChilder    = (*backed)(nil)
	_ fs.NodeCreater        = (*backed)(nil)
	_ fs.NodeOpener         = (*backed)(nil)
	_ fs.NodeRenamer        = (*backed)(nil)
	_ fs.NodeCopyFileRanger = (*backed)(nil)
)

// newBacked returns the root of a file system whose files are really in the folder.
func newBacked(s *system, folder string) (fs.InodeEmbedder, error) {
	root, err := fs.NewLoopbackRoot(folder)
	if err != nil {
		return nil, err
	}
	loopback := root.(*fs.LoopbackNode)
	b := &backed{loopback, s}
	loopback.RootData.RootNode = b
	return b, nil
}

// WrapChild implements fs.NodeWrapChilder.
func (b *backed) WrapChild(_ context.Context, ops fs.InodeEmbedder) fs.InodeEmbedder {
	return &backed{ops.(*fs.LoopbackNode), b.system}
}

// path returns where the file name of the folder b really is.
func (b *backed) path(name string) string {
	return filepath.Join(b.RootData.Path, b.Path(b.Root()), name)
}

// Create implements fs.NodeCreater.
func (b *backed) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	a, errno := b.system.admit(ctx, b.system.names(b.EmbeddedInode(), name), flags)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	inode, file, _, errno := b.LoopbackNode.Create(ctx, name, flags&^syscall.O_DIRECT, mode, out)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	b.setMode(name, mode)
	return inode, b.open(a, inode, file.(*fs.LoopbackFile)), openFlags, 0
}

// setMode sets the permissions that the program asked for, from which the kernel has taken its umask: this process's own
// one took more.
func (b *backed) setMode(name string, mode uint32) {
	unix.Fchmodat(unix.AT_FDCWD, b.path(name), mode&permissions, 0) // where that can't be, the file has less
}

// Open implements fs.NodeOpener.
func (b *backed) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	a, errno := b.system.admit(ctx, b.system.names(b.EmbeddedInode(), ""), flags)
	if errno != 0 {
		return nil, 0, errno
	}
	file, _, errno := b.LoopbackNode.Open(ctx, flags&^syscall.O_DIRECT) // this process's memory may not be aligned
	if errno != 0 {
		return nil, 0, errno
	}
	return b.open(a, b.EmbeddedInode(), file.(*fs.LoopbackFile)), openFlags, 0
}

func (b *backed) open(a admission, inode *fs.Inode, file *fs.LoopbackFile) fs.FileHandle {
	return &openedBacked{file, b.system.open(a, inode, backedStorage{file})}
}

// Mkdir implements fs.NodeMkdirer.
func (b *backed) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	inode, errno := b.LoopbackNode.Mkdir(ctx, name, mode, out)
	if errno == 0 {
		b.setMode(name, mode)
	}
	return inode, errno
}

// Mknod implements fs.NodeMknoder.
func (b *backed) Mknod(ctx context.Context, name string, mode, rdev uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	inode, errno := b.LoopbackNode.Mknod(ctx, name, mode, rdev, out)
	if errno == 0 {
		b.setMode(name, mode)
	}
	return inode, errno
}

// Rename implements fs.NodeRenamer.
func (b *backed) Rename(ctx context.Context, name string, newParent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	from := b.system.names(b.EmbeddedInode(), name)
	to := b.system.names(newParent.EmbeddedInode(), newName)
	if errno := b.system.rename(ctx, from, to); errno != 0 {
		return errno
	}
	return b.LoopbackNode.Rename(ctx, name, newParent, newName, flags)
}

// CopyFileRange implements fs.NodeCopyFileRanger: the kernel reads and writes instead, so that the bytes are counted.
func (b *backed) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.ENOSYS
}

// openedBacked is an open file of another file system: what is no matter of a plan goes there as it is.
type openedBacked struct {
	*fs.LoopbackFile
	*opened
}

var _ fs.FilePassthroughFder = (*openedBacked)(nil)

// The calls that a plan decides on, and which both sides have.

func (o *openedBacked) Read(ctx context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	return o.opened.Read(ctx, dest, off)
}

func (o *openedBacked) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	return o.opened.Write(ctx, data, off)
}

func (o *openedBacked) Fsync(ctx context.Context, flags uint32) syscall.Errno {
	return o.opened.Fsync(ctx, flags)
}

func (o *openedBacked) Flush(ctx context.Context) syscall.Errno   { return o.opened.Flush(ctx) }
func (o *openedBacked) Release(ctx context.Context) syscall.Errno { return o.opened.Release(ctx) }

// PassthroughFd implements fs.FilePassthroughFder: the kernel must not read and write by itself.
func (o *openedBacked) PassthroughFd() (int, bool) { return 0, false }

// backedStorage is an open file of another file system.
type backedStorage struct{ file *fs.LoopbackFile }

func (s backedStorage) readAt(p []byte, off int64) (int, syscall.Errno) {
	result, errno := s.file.Read(context.Background(), p, off)
	if errno != 0 {
		return 0, errno
	}
	defer result.Done()
	got, status := result.Bytes(p)
	return len(got), syscall.Errno(status)
}

func (s backedStorage) writeAt(p []byte, off int64) (int, syscall.Errno) {
	n, errno := s.file.Write(context.Background(), p, off)
	if errno != 0 {
		n = 0
	}
	return int(n), errno
}

func (s backedStorage) sync(ctx context.Context) syscall.Errno  { return s.file.Fsync(ctx, 0) }
func (s backedStorage) flush(ctx context.Context) syscall.Errno { return s.file.Flush(ctx) }
func (s backedStorage) release(ctx context.Context)             { s.file.Release(ctx) }
