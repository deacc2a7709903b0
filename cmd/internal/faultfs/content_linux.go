package faultfs

import (
	"sync"
	"syscall"
)

// space is what the files of a file system may hold together.
type space struct {
	mu    sync.Mutex
	limit int64 // bytes
	used  int64
}

// take returns how many of n bytes there is room for, which are the caller's then.
func (s *space) take(n int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, s.limit-s.used)
	s.used += n
	return n
}

// give takes n bytes back.
func (s *space) give(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
}

func (s *space) state() (limit, used int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limit, s.used
}

// content is what a regular file holds. Holes take no room, so that a file may be larger than the machine's memory.
type content struct {
	space   *space
	discard bool // only the length and the ranges are kept

	mu     sync.RWMutex // guards the fields below
	size   int64
	filled extents          // what was written
	held   int64            // how many bytes that is; they count in space
	chunks map[int64][]byte // by offset divided by chunkSize; each is as long as what was written to it
}

// chunkSize is how many bytes a piece of a file has at most.
const chunkSize = 64 << 10

// writeAt stores as much of p as there is room for. The error is ENOSPC if that is nothing.
func (c *content) writeAt(p []byte, off int64) (int, syscall.Errno) {
	if len(p) == 0 {
		return 0, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.reserve(off, off+int64(len(p)))
	if end == off {
		return 0, syscall.ENOSPC
	}
	c.size = max(c.size, end)
	p = p[:end-off]
	if !c.discard {
		c.store(p, off)
	}
	return len(p), 0
}

// reserve makes room for the range, and returns how far that went. mu is held.
func (c *content) reserve(lo, hi int64) (end int64) {
	_, missing := c.filled.fit(lo, hi, hi-lo)
	end, added := c.filled.fit(lo, hi, c.space.take(missing))
	c.filled.add(lo, end)
	c.held += added
	return end
}

// store copies p to the chunks. mu is held.
func (c *content) store(p []byte, off int64) {
	if c.chunks == nil {
		c.chunks = map[int64][]byte{}
	}
	for len(p) > 0 {
		at := int(off % chunkSize)
		n := min(len(p), chunkSize-at)
		chunk := c.chunks[off/chunkSize]
		if missing := at + n - len(chunk); missing > 0 {
			chunk = append(chunk, make([]byte, missing)...)
			c.chunks[off/chunkSize] = chunk
		}
		copy(chunk[at:], p[:n])
		p, off = p[n:], off+int64(n)
	}
}

// readAt fills p from off on, to the end of the file at most.
func (c *content) readAt(p []byte, off int64) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	p = p[:max(min(int64(len(p)), c.size-off), 0)]
	for rest := p; len(rest) > 0; {
		at := int(off % chunkSize)
		n := min(len(rest), chunkSize-at)
		chunk := c.chunks[off/chunkSize]
		clear(rest[copy(rest[:n], chunk[min(at, len(chunk)):]):n])
		rest, off = rest[n:], off+int64(n)
	}
	return len(p)
}

// truncate gives the file that size.
func (c *content) truncate(size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size = size
	removed := c.filled.cut(size)
	c.held -= removed
	c.space.give(removed)
	for i, chunk := range c.chunks {
		switch begin := i * chunkSize; {
		case begin >= size:
			delete(c.chunks, i)
		case size-begin < int64(len(chunk)):
			c.chunks[i] = chunk[:size-begin]
		}
	}
}

// allocate makes room for the range, as posix_fallocate(3) does: for all of it or for nothing.
func (c *content) allocate(lo, hi int64) syscall.Errno {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, missing := c.filled.fit(lo, hi, hi-lo)
	if got := c.space.take(missing); got < missing {
		c.space.give(got)
		return syscall.ENOSPC
	}
	c.filled.add(lo, hi)
	c.held += missing
	c.size = max(c.size, hi)
	return 0
}

// stat returns the file's size and how many bytes of it are filled.
func (c *content) stat() (size, filled int64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.size, c.held
}

// The values of whence that a file system is asked for, lseek(2).
const (
	seekData = 3
	seekHole = 4
)

// seek finds data or a hole.
func (c *content) seek(off int64, whence uint32) (int64, syscall.Errno) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if off >= c.size {
		return 0, syscall.ENXIO
	}
	if whence == seekHole {
		return min(c.filled.hole(off), c.size), 0
	}
	at, ok := c.filled.data(off)
	if whence != seekData || !ok {
		return 0, syscall.ENXIO
	}
	return at, 0
}
