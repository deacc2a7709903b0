package faultfs

import (
	"context"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// storage is where the bytes of an open file go.
type storage interface {
	readAt(p []byte, off int64) (int, syscall.Errno)
	writeAt(p []byte, off int64) (int, syscall.Errno)
	sync(ctx context.Context) syscall.Errno
	flush(ctx context.Context) syscall.Errno
	release(ctx context.Context)
}

// opened is an open file, as go-fuse calls it.
type opened struct {
	system  *system
	storage storage
	handle  handle
	plan    *plan     // nil: no rule concerns it
	gone    sync.Once // it counts no more in handles
}

// handle is what open files have in common of which the kernel doesn't tell which one a process has.
type handle struct {
	inode  uint64
	access uint32 // O_RDONLY, O_WRONLY or O_RDWR
}

// plan is what a plan does to an open file.
type plan struct {
	writes, reads transfer
	fsync, close  call
}

// newPlan begins the account of a file that was opened. stream is nil if no rule concerns it.
func newPlan(s *system, stream *ledger.Stream) *plan {
	if stream == nil {
		return nil
	}
	on := func(op fault.Op, name string) call { return call{stream, op, name, s.ended} }
	return &plan{
		writes: transfer{call: on(fault.OpWrite, "write"), next: -1},
		reads:  transfer{call: on(fault.OpRead, "read"), next: -1},
		fsync:  on(fault.OpFsync, "fsync"),
		close:  on(fault.OpClose, "close"),
	}
}

var (
	_ fs.FileReader   = (*opened)(nil)
	_ fs.FileWriter   = (*opened)(nil)
	_ fs.FileFsyncer  = (*opened)(nil)
	_ fs.FileFlusher  = (*opened)(nil)
	_ fs.FileReleaser = (*opened)(nil)
)

// Write implements fs.FileWriter.
func (o *opened) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	move := func(from, to int) (int, syscall.Errno) { return o.storage.writeAt(data[from:to], off+int64(from)) }
	n, errno := 0, syscall.Errno(0)
	if o.plan == nil {
		n, errno = move(0, len(data))
	} else {
		n, errno = o.plan.writes.run(ctx, off, len(data), move)
	}
	return uint32(n), errno
}

// Read implements fs.FileReader.
func (o *opened) Read(ctx context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	move := func(from, to int) (int, syscall.Errno) { return o.storage.readAt(dest[from:to], off+int64(from)) }
	n, errno := 0, syscall.Errno(0)
	if o.plan == nil {
		n, errno = move(0, len(dest))
	} else {
		n, errno = o.plan.reads.run(ctx, off, len(dest), move)
	}
	if errno != 0 {
		return nil, errno // go-fuse looks at the result first
	}
	return fuse.ReadResultData(dest[:n]), 0
}

// Fsync implements fs.FileFsyncer.
func (o *opened) Fsync(ctx context.Context, _ uint32) syscall.Errno {
	if o.plan != nil {
		if errno := o.plan.fsync.obey(ctx); errno != 0 {
			return errno
		}
	}
	return o.storage.sync(ctx)
}

// Flush implements fs.FileFlusher: a descriptor of the open file was closed.
func (o *opened) Flush(ctx context.Context) syscall.Errno {
	errno := o.storage.flush(ctx)
	if o.plan != nil && o.plan.close.Entry().Has(fault.Close) && o.closed(thread(ctx)) {
		if planned := o.plan.close.obey(ctx); planned != 0 {
			return planned
		}
	}
	return errno
}

// closed reports whether the thread has called close(2), and its process has no duplicate of the descriptor.
func (o *opened) closed(thread int) bool {
	by := closingOf(thread)
	if by == byExec {
		return false // whoever had started the process has the file open still
	}
	// With two such open files, the descriptor that is left may be for the other one.
	if by == byCall && o.system.handles.count(o.handle) <= 1 && holds(thread, o.system.id(), o.handle.inode, o.handle.access) {
		return false
	}
	o.leave() // the release may come a good while later
	return by == byCall
}

func (o *opened) leave() { o.gone.Do(func() { o.system.handles.add(o.handle, -1) }) }

// Release implements fs.FileReleaser: no descriptor of the open file is left.
func (o *opened) Release(ctx context.Context) syscall.Errno {
	if o.plan != nil {
		o.plan.writes.Progressed()
	}
	o.leave()
	o.storage.release(ctx)
	return 0
}

// handles counts open files, until a process has closed them.
type handles struct {
	mu   sync.Mutex
	open map[handle]int
}

func (h *handles) add(of handle, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open == nil {
		h.open = map[handle]int{}
	}
	if h.open[of] += n; h.open[of] == 0 {
		delete(h.open, of)
	}
}

func (h *handles) count(of handle) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open[of]
}
