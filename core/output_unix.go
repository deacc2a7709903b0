//go:build unix

package core

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// maxDeviceWrite is how much a terminal or device, unless it is memory, is given at once. A terminal's write returns when all of
// it has gone down the line, and only then counts as progress: 4 s at 9600 baud.
const maxDeviceWrite = 4 << 10

// fileOutput is a descriptor. Pipes and sockets are written without blocking, in the sink's goroutine, and can be left
// at any time; a file or device may block that goroutine for ever.
type fileOutput struct {
	sink     *sink
	file     *os.File // owned; closed by close
	fd       int
	kind     sys.Kind
	refused  bool // the kernel knows no call that doesn't block for fd
	memory   bool // it is a device that never waits, such as /dev/null
	own      int  // where refused: the same pipe through a non-blocking description that nobody shares, or -1
	widened  bool // the pipe has been enlarged, or can't be
	reopened bool // own was tried for
}

func newFileOutput(s *sink, f *os.File) (output, error) {
	fd, err := sys.FD(f)
	if err != nil {
		return nil, err
	}
	kind, err := sys.KindOf(fd)
	if err != nil {
		return nil, err
	}
	o := &fileOutput{sink: s, file: f, fd: fd, kind: kind, memory: sys.IsMemory(fd), own: -1}
	if kind != sys.File && !s.run.pump.carries(o) {
		o.watch()
	}
	return o, nil
}

// watch has it noticed that the output's reader is gone while there is nothing to write.
func (o *fileOutput) watch() {
	if !o.sink.spec.Unwatched {
		o.sink.run.watch.add(o.sink.cur, o.fd)
	}
}

func (o *fileOutput) write(p []byte) (int, error) {
	var why error // why this is the last attempt, or nil
	for {
		n, err := o.try(p)
		if !sys.IsAgain(err) {
			return n, err
		}
		if o.widen() {
			continue
		}
		if why != nil {
			return 0, why
		}
		// A stalled output gets one more attempt: it may have been emptied between the wait and the verdict, and a
		// socket may take a few bytes long before poll calls it writable.
		if why = o.wait(unix.POLLOUT); why != nil && o.sink.run.halted() {
			return 0, why
		}
	}
}

// try writes some of p, or returns EAGAIN.
func (o *fileOutput) try(p []byte) (int, error) {
	if !o.kind.Pollable() {
		if o.kind == sys.Device && !o.memory {
			p = p[:min(len(p), maxDeviceWrite)]
		}
		return o.block(p) // EAGAIN where a sibling has set O_NONBLOCK
	}
	if !o.refused {
		if n, err := o.tryWrite(p); !o.refused {
			return n, err
		}
	}
	if o.reopen() {
		return sys.Write(o.own, p)
	}
	if !sys.Ready(o.fd, unix.POLLOUT) {
		return 0, unix.EAGAIN
	}
	// A pipe that poll calls writable has room for PIPE_BUF bytes, unless another process is quicker to fill it.
	return o.block(p[:min(len(p), sys.PipeBuf)])
}

// reopen reports whether o.own can be had.
func (o *fileOutput) reopen() bool {
	if !o.reopened {
		o.own, o.reopened = sys.OwnWriteEnd(o.fd), true
	}
	return o.own >= 0
}

// widen enlarges a pipe when it is found full for the first time: most of what its reader's and the run's turns cost is
// saved by that. It returns whether there is more room now.
func (o *fileOutput) widen() bool {
	if o.widened || o.kind != sys.Pipe {
		return false
	}
	o.widened = true
	return sys.Widen(o.fd, o.sink.run.pipeSize)
}

// tryWrite writes what fits, or returns EAGAIN. If the kernel has no such call, o.refused is set.
func (o *fileOutput) tryWrite(p []byte) (int, error) {
	n, err := sys.TryWrite(o.fd, o.kind, p)
	o.refused = err == sys.ErrRefused
	return n, err
}

// block writes some of p in a call that can't be left.
func (o *fileOutput) block(p []byte) (n int, err error) {
	defer o.sink.blocking()()
	err = o.sink.call(OpWrite, func() (err error) {
		n, err = sys.Write(o.fd, p)
		return err
	})
	return n, err
}

// wait returns nil when fd has one of events, an error or a hang-up, and otherwise why the sink must not wait longer.
func (o *fileOutput) wait(events int16) error {
	s := o.sink
	defer s.blocking()()
	fds := []unix.PollFd{{Fd: int32(o.fd), Events: events}, {Fd: int32(s.run.halt.fd()), Events: unix.POLLIN}}
	for {
		if err := s.interrupted(); err != nil {
			return err
		}
		if sys.Poll(fds, s.run.slice()) && fds[0].Revents != 0 {
			return nil
		}
	}
}

// drain waits until the pipe is empty. The kernel has no event for that, so it is asked, at growing intervals; that its
// reader is gone is an event. Bytes that another writer put into the same pipe are waited for too: they can't be told apart.
func (o *fileOutput) drain() error {
	s := o.sink
	fds := []unix.PollFd{{Fd: int32(o.fd)}, {Fd: int32(s.run.halt.fd()), Events: unix.POLLIN}}
	const longest = 50 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		gone := fds[0].Revents != 0
		left, known := o.unread()
		if !known || left == 0 {
			return nil
		}
		if gone {
			return o.hungUp()
		}
		s.drained(left)
		if err := s.interrupted(); err != nil {
			return err
		}
		done := s.blocking()
		sys.Poll(fds, pause)
		done()
	}
}

func (o *fileOutput) unread() (int64, bool) {
	if o.kind != sys.Pipe {
		return 0, false
	}
	n, err := sys.Unread(o.fd)
	return n, err == nil
}

func (o *fileOutput) hungUp() error { return sys.HangUp(o.fd, o.kind) }

func (o *fileOutput) release() {
	o.sink.run.watch.remove(o.fd)
	if o.own >= 0 {
		sys.Close(o.own)
	}
}

func (o *fileOutput) sync() error {
	if o.kind != sys.File {
		return nil
	}
	return o.file.Sync()
}

func (o *fileOutput) close() error { return o.file.Close() }
