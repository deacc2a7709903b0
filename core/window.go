package core

import "sync"

const (
	// maxChunk is the size of the window's pieces. 256 KiB blocks are as fast as larger ones and stay in a core's cache.
	maxChunk = 256 << 10
	// minChunk keeps the pieces of a small window from becoming smaller than a page.
	minChunk = 4 << 10
)

// A window holds the part of the stream that has been read and not yet been accepted by every sink.
//
// It is a queue of chunks of one size. The reader fills the last one, small pieces one behind the other, so that the
// window's capacity is in bytes, whatever their number. Each sink has a cursor and writes straight out of the chunks; what
// the slowest has passed is recycled.
//
// Invariant: head - low() <= limit, where low() is the position of the slowest cursor that is served, or the digester's.
// Invariant: bytes below head are never changed while a cursor that is served has not passed or loaded them, or the digester
// has not passed them.
type window struct {
	reader    owner // fills the chunks
	limit     int64 // bytes that the fastest cursor may be ahead of the slowest
	chunkSize int

	mu       sync.Mutex // guards the fields below and those of chunks and cursors
	progress sync.Cond  // the reader waits here for a cursor's progress
	chunks   []*chunk   // consecutive parts of the stream; all but the last are full
	spare    []*chunk   // ready to be filled again
	head     int64      // offset behind the last byte read
	cursors  []*cursor  // those that are served
	digester *digester  // nil if there is none
	account  account
	// watchers have left to hear, in fate, whether anything follows.
	watchers []*cursor
	state    windowState
	bell     bell
}

type windowState int

const (
	windowOpen   windowState = iota
	windowEnded              // nothing follows head, and the source's own verdict is known
	windowHalted             // the run is over; nobody gets more bytes
)

// chunk is a piece of the stream.
type chunk struct {
	start int64 // offset of data[0]
	fill  int   // bytes of data that have been read
	data  []byte
	// pinned: a write that was abandoned may still read this memory, so it is left to the garbage collector.
	pinned bool
}

// cursor is one sink's place in the window.
type cursor struct {
	owner   owner     // the sink's goroutine, or the pump's
	start   int64     // where it joined
	pos     int64     // bytes accepted
	wake    sync.Cond // its sink waits here
	served  bool      // in window.cursors
	carried bool      // the pump moves its bytes
	lead    int64     // those from pos on that the pump has taken out of the window already
	gone    bool      // nobody reads the output any more; noticed at pos == head
}

func newWindow(limit int64) *window {
	w := &window{limit: limit, chunkSize: int(min(max(limit/4, min(limit, minChunk)), maxChunk))}
	w.progress.L = &w.mu
	return w
}

// join adds a cursor at the start of the stream.
func (w *window) join() *cursor {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &cursor{served: true, start: w.head, pos: w.head}
	c.wake.L = &w.mu
	w.cursors = append(w.cursors, c)
	return c
}

// reserve waits for room and returns memory to read into, or nil when the window is halted.
func (w *window) reserve() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.state != windowHalted {
		if p := w.free(); p != nil {
			return p
		}
		w.progress.Wait()
	}
	return nil
}

// tryReserve is reserve without the wait: nil also means that there is no room.
func (w *window) tryReserve() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == windowHalted {
		return nil
	}
	return w.free()
}

// free returns memory to read into, or nil if there is no room.
func (w *window) free() []byte {
	w.reader.claim()
	room := w.room()
	if room <= 0 {
		return nil
	}
	needed := w.needed()
	w.recycle(needed)
	c := w.last(needed)
	return c.data[c.fill:][:min(int64(len(c.data)-c.fill), room)]
}

// room returns how many more bytes may be read.
func (w *window) room() int64 { return w.limit - (w.head - w.low()) }

// low returns the position of the slowest cursor, or the digester's, which is never beyond.
func (w *window) low() int64 { return w.digester.first(w.slowest()) }

// slowest returns the position of the slowest cursor.
func (w *window) slowest() int64 {
	low := w.head
	for _, c := range w.cursors {
		low = min(low, c.pos)
	}
	return low
}

// needed returns from where on the window's memory is needed.
func (w *window) needed() int64 {
	needed := w.digester.first(w.head)
	for _, c := range w.cursors {
		needed = min(needed, c.pos+c.lead)
	}
	return needed
}

// recycle frees the full chunks that nobody needs.
func (w *window) recycle(needed int64) {
	for len(w.chunks) > 0 && needed-w.chunks[0].start >= int64(w.chunkSize) { // a sum may not fit into 64 bits
		c := w.chunks[0]
		if w.account.released(c); !c.pinned {
			w.spare = append(w.spare, c)
		}
		w.chunks[0] = nil
		w.chunks = w.chunks[1:]
	}
}

// last returns the chunk to fill, which has room.
func (w *window) last(needed int64) *chunk {
	if n := len(w.chunks); n > 0 {
		c := w.chunks[n-1]
		if needed == w.head && !c.pinned {
			// Nobody needs what it holds. Starting over keeps reads large.
			w.account.released(c)
			c.start, c.fill = w.head, 0
		}
		if c.fill < len(c.data) {
			return c
		}
	}
	var c *chunk
	if n := len(w.spare); n > 0 {
		c, w.spare = w.spare[n-1], w.spare[:n-1]
		c.start, c.fill = w.head, 0
	} else {
		c = &chunk{start: w.head, data: make([]byte, w.chunkSize)}
		w.account.allocated(w)
	}
	w.chunks = append(w.chunks, c)
	return c
}

// commit hands on n bytes that were read into what reserve returned.
func (w *window) commit(n int) {
	w.reader.check()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != windowOpen {
		return
	}
	w.chunks[len(w.chunks)-1].fill += n
	w.head += int64(n)
	w.wakeAll()
	w.digester.rouse()
}

// end ends the stream at head and wakes everybody. It returns false if the window is halted.
func (w *window) end() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == windowHalted {
		return false
	}
	w.state = windowEnded
	w.wakeAll()
	return true
}

// halt halts the window and wakes everybody, after a call of first. It does nothing and returns false if the window is
// halted already or, with onlyOpen, has ended.
func (w *window) halt(onlyOpen bool, first func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == windowHalted || onlyOpen && w.state == windowEnded {
		return false
	}
	first()
	w.state = windowHalted
	w.progress.Signal()
	w.wakeAll()
	return true
}

func (w *window) wakeAll() {
	for _, c := range w.cursors {
		c.wake.Signal()
	}
	for _, c := range w.watchers {
		c.wake.Signal()
	}
	w.bell.ring()
}

// ended reports whether the end of the stream, or the source's failure, is known to the cursors.
func (w *window) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state == windowEnded
}

// read returns how many bytes of the stream have been read.
func (w *window) read() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.head
}

// retire gives the memory back, when nobody reads or writes it any more: a Monitor may outlive its run by far.
func (w *window) retire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.account.retire(w)
	w.chunks, w.spare = nil, nil
}
