//go:build linux && (amd64 || arm64)

package trial

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// reader is at the other end of an output that is a pipe. It takes its steps and then all that is left.
type reader struct {
	actor
	x      *run
	index  int
	number int    // of the tool's descriptor
	socket string // where a command hands over what it reads
	buf    []byte

	listener *net.UnixListener
	conn     *net.UnixConn // to the command

	got      atomic.Int64 // bytes consumed
	verifier *pattern.Verifier
	kept     []byte // all that was consumed, where outputs are compared
	blocked  bool   // the tool waits for room in the pipe, for nothing was taken since
	left     bool
	ended    bool  // the end was seen
	err      error // why it could not be read to the end

	mu sync.Mutex // guards fd
	fd int        // -1: closed
}

// blockSize is how much is read or written at once.
const blockSize = 64 << 10

// block is blockSize, or as much as a pipe holds where there is much to be moved.
func (x *run) block() int {
	if x.c.isBig() {
		return bigPipe
	}
	return blockSize
}

func newReader(x *run, index, fd int) *reader {
	return &reader{x: x, index: index, fd: fd, verifier: pattern.NewVerifier(x.c.Seed), buf: make([]byte, x.block())}
}

func (r *reader) perform() {
	defer r.finish()
	if r.listener != nil && !r.accept() {
		return
	}
	for _, s := range r.x.c.Outputs[r.index].Steps {
		if !r.step(s) {
			break
		}
		r.x.moves.Add(1)
	}
	if !r.left {
		r.take(-1)
		r.close(0)
	}
}

// step makes one step. It returns false if that can't be.
func (r *reader) step(s Step) bool {
	switch s.Op {
	case Take:
		return r.take(s.N) || r.x.missed(&r.actor, "it ended before byte %d of output %d", s.N, r.index+1)
	case AwaitFull:
		return r.awaitFull()
	case Trickle:
		for range s.N {
			if !r.awaitFullPipe() || !r.take(r.got.Load()+4096) {
				return r.x.missed(&r.actor, "the pipe of output %d was not full", r.index+1)
			}
		}
	case Leave:
		return r.leave(s.N)
	case Nonblock:
		r.x.setNonblock()
	case Fired:
		r.x.recorder.mark(r.index, r.got.Load())
		r.x.fired.Add(1)
	default:
		return r.x.step(&r.actor, s)
	}
	return true
}

// leave closes the pipe while the tool has something to write to it.
func (r *reader) leave(status int64) bool {
	switch {
	case r.x.hasExited():
		return r.x.missed(&r.actor, "the tool had ended before the reader of output %d left", r.index+1)
	case !r.blocked && isClosed(r.x.gaveUp) && r.restFits():
		// A tool that holds bytes back has had to be given more, and may have written the last one.
		return r.x.missedAll(&r.actor, "the tool had to be given more before the reader of output %d left: it holds bytes back", r.index+1)
	}
	r.left = true
	starting.Lock()
	defer starting.Unlock()
	r.close(status)
	return true
}

// restFits reports whether all that is still to come may be in the pipe already, so that no write would fail.
func (r *reader) restFits() bool {
	size, err := unix.FcntlInt(uintptr(r.fd), unix.F_GETPIPE_SZ, 0)
	return err != nil || r.x.c.Size-r.got.Load() <= int64(size)
}

// awaitFull waits until the tool waits for room in the pipe.
func (r *reader) awaitFull() bool {
	w := sleepWatch{x: r.x}
	r.blocked = r.x.until(&r.actor, func() bool { return r.isFull() && w.asleep() })
	return r.blocked || r.x.missed(&r.actor, "the pipe of output %d was never full with the tool asleep", r.index+1)
}

func (r *reader) awaitFullPipe() bool { return r.x.until(&r.actor, r.isFull) }

// isFull reports whether who writes to the pipe would block: whether all its slots are taken, however little is in them.
func (r *reader) isFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fd < 0 {
		return false
	}
	w, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", r.fd), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(w)
	return !ready(w, unix.POLLOUT, 0)
}

// take consumes until there were to bytes in all; below 0: to the end. It returns false at an earlier end.
func (r *reader) take(to int64) bool {
	for to < 0 || r.got.Load() < to {
		r.blocked = false
		r.state.Store(onTool)
		if !ready(r.fd, unix.POLLIN, attention) {
			if r.x.isGone() && !ready(r.fd, unix.POLLIN, 0) { // nobody can write any more
				r.ended = true
				return false
			}
			continue
		}
		r.state.Store(busy)
		p := r.buf
		if to >= 0 {
			p = p[:min(int64(len(p)), to-r.got.Load())]
		}
		n, err := unix.Read(r.fd, p)
		switch {
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
		case n <= 0:
			r.ended, r.err = true, err
			return false
		default:
			r.verifier.Write(p[:n])
			if r.x.c.Alike {
				r.kept = append(r.kept, p[:n]...)
			}
			r.x.recorder.note(r.index, r.got.Add(int64(n)))
		}
	}
	r.state.Store(busy)
	return true
}

// close closes the pipe, and lets a command end with that status, or die if it is below 0.
func (r *reader) close(status int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fd >= 0 {
		unix.Close(r.fd)
		r.fd = -1
	}
	if r.conn != nil {
		r.conn.Write([]byte{byte(status)})
		r.conn.Close()
		r.conn = nil
	}
	if r.listener != nil {
		r.listener.Close()
		r.listener = nil
	}
}

// begun reports whether it has what it reads from.
func (r *reader) begun() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fd >= 0 || r.left
}

// idle reports whether there is nothing that the reader could do now.
func (r *reader) idle() bool {
	switch r.state.Load() {
	case onTool:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.fd < 0 || !ready(r.fd, unix.POLLIN, 0)
	case busy:
		return false
	}
	return true
}
