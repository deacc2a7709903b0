//go:build linux && (amd64 || arm64)

package trial

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// source is who writes what the tool reads, or has written it into a file.
type source struct {
	actor
	x     *run
	path  string // of the file; "": it is a pipe
	limit int64  // bytes that are written at most
	sent  atomic.Int64

	refused bool // nobody reads any more

	mu sync.Mutex // guards fd
	fd int        // that is written to; -1: closed, or a file
}

func (s *source) perform() {
	defer s.finish()
	defer s.close()
	for _, step := range s.x.c.Source.Steps {
		s.step(step) // where one can't be made, it goes on as if it had
		s.x.moves.Add(1)
		if s.refused {
			return
		}
	}
	if s.path == "" {
		s.send(s.limit)
	}
}

func (s *source) step(step Step) bool {
	switch step.Op {
	case Send:
		s.send(step.N)
	case SendAll:
		s.send(s.limit)
	case SendEach:
		for s.sent.Load() < s.limit && !s.refused {
			s.send(s.sent.Load() + step.N)
			if !s.awaitAll() {
				return false
			}
		}
	case AwaitAll:
		return s.awaitAll()
	case AwaitCommands:
		return s.x.until(&s.actor, s.x.commandsRead) || s.x.missed(&s.actor, "not every command was run")
	case Splice:
		return s.splice()
	case Change:
		return s.change()
	case Fired:
		s.x.recorder.mark(-1, s.sent.Load())
		s.x.fired.Add(1)
	case Hold:
		s.state.Store(over)
		<-s.x.gone
	default:
		return s.x.step(&s.actor, step)
	}
	return true
}

// send writes until there were to bytes in all.
func (s *source) send(to int64) {
	block := make([]byte, s.x.block())
	for to = min(to, s.limit); s.fd >= 0 && s.sent.Load() < to && !s.refused; {
		p := block[:min(int64(len(block)), to-s.sent.Load())]
		pattern.Fill(p, s.x.c.Seed, s.x.c.Size, s.sent.Load())
		s.move(func() (int, error) { return unix.Write(s.fd, p) })
	}
	s.state.Store(busy)
}

// move waits until there is room in the pipe, and lets f fill it.
func (s *source) move(f func() (int, error)) {
	s.state.Store(onTool)
	if !ready(s.fd, unix.POLLOUT, attention) {
		s.refused = s.x.isGone()
		return
	}
	s.state.Store(busy)
	n, err := f()
	switch {
	case n > 0:
		s.sent.Add(int64(n))
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
	default:
		s.refused = true // EPIPE
	}
}

// awaitAll waits until each output whose reader is there has all that was written.
func (s *source) awaitAll() bool {
	sent := s.sent.Load()
	lacking := func() string {
		for i, r := range s.x.readers {
			if r != nil && r.state.Load() != over && r.got.Load() < sent {
				return fmt.Sprintf("output %d had %d of %d bytes while the source was idle", i+1, r.got.Load(), sent)
			}
		}
		return ""
	}
	if s.x.until(&s.actor, func() bool { return lacking() == "" }) {
		return true
	}
	if text := lacking(); text != "" && s.x.c.Prompt && !s.x.hasExited() {
		s.x.mu.Lock()
		s.x.held = text
		s.x.mu.Unlock()
	}
	return s.x.missed(&s.actor, "not every output had all bytes")
}

// commandsRead reports whether all commands have handed over what they read.
func (x *run) commandsRead() bool {
	for _, r := range x.readers {
		if r != nil && !r.begun() {
			return false
		}
	}
	return true
}

// splice fills the pipe with pages of a file.
func (s *source) splice() bool {
	path, err := s.x.writeStream("spliced")
	if err != nil {
		return s.x.missed(&s.actor, "%v", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return s.x.missed(&s.actor, "%v", err)
	}
	defer f.Close()
	for s.sent.Load() < s.limit && !s.refused {
		s.move(func() (int, error) {
			n, err := unix.Splice(int(f.Fd()), nil, s.fd, nil, blockSize, unix.SPLICE_F_NONBLOCK)
			return int(n), err
		})
	}
	return true
}

// change writes another stream over the file.
func (s *source) change() bool {
	data := make([]byte, s.x.c.Size)
	pattern.Fill(data, s.x.c.Seed+1, s.x.c.Size, 0)
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt(data, 0)
		err = errors.Join(err, f.Close())
	}
	return err == nil || s.x.missed(&s.actor, "%v", err)
}

func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
}

// idle reports whether there is nothing that the source could do now.
func (s *source) idle() bool {
	switch s.state.Load() {
	case onTool:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.fd < 0 || !ready(s.fd, unix.POLLOUT, 0)
	case busy:
		return false
	}
	return true
}

func (x *run) hasExited() bool { return isClosed(x.exited) }
func (x *run) isGone() bool    { return isClosed(x.gone) }

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
