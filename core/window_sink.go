package core

import "slices"

// What sinks do with the window, each with its cursor.

// turn is what a cursor's sink has to do next.
type turn int

const (
	turnWrite turn = iota // write the bytes that came with it
	turnEnd               // the stream has ended here
	turnHalt              // the run is over
	turnGone              // the output's reader is gone, with every byte so far accepted
)

// next waits until c's sink has something to do. The bytes that it returns may be read until advance or leave is called.
func (w *window) next(c *cursor) ([]byte, turn) {
	c.owner.check()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case w.state == windowHalted:
			return nil, turnHalt
		case c.pos < w.head:
			return w.at(c.pos), turnWrite
		case w.state == windowEnded:
			return nil, turnEnd
		case c.gone:
			return nil, turnGone
		}
		c.wake.Wait()
	}
}

// at returns the bytes of one chunk from pos < head on.
func (w *window) at(pos int64) []byte {
	// All chunks but the last are full, and start over only when nothing is held, so that their offsets are regular.
	c := w.chunks[(pos-w.chunks[0].start)/int64(w.chunkSize)]
	return c.data[pos-c.start : c.fill : c.fill] // a writer that appends to it must not reach the others' bytes
}

// advance notes that c's sink has accepted n more bytes, straight from the window.
func (w *window) advance(c *cursor, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accepted(c, int64(n))
}

func (w *window) accepted(c *cursor, n int64) {
	c.owner.check()
	c.pos += n
	w.account.accepted(w.head-c.pos, c.served)
	if c.served {
		w.roomMade(c)
	}
}

// roomMade wakes the reader, after progress of c's that was not the pump's, the pump.
func (w *window) roomMade(c *cursor) {
	w.progress.Signal()
	if !c.carried {
		w.bell.ring()
	}
	w.digester.rouse()
}

// markGone wakes c's sink, if it is idle, to hear that nobody reads its output any more.
func (w *window) markGone(c *cursor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.gone = true
	c.wake.Signal()
}

// depart is advance and leave in one step: the reader is not woken to the room that the last bytes make before it can have all
// that c leaves behind, or its next read would depend on which of the two is quicker.
func (w *window) depart(c *cursor, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accepted(c, int64(n))
	w.drop(c, false)
}

// leave takes c out: the others need not wait for it any more. If inFlight, a write from c's position may go on for ever.
func (w *window) leave(c *cursor, inFlight bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(c, inFlight)
}

func (w *window) drop(c *cursor, inFlight bool) {
	if !c.served {
		return
	}
	if inFlight {
		w.pin(c.pos)
	} else {
		w.digester.noteLeft(c)
	}
	c.served = false
	w.cursors = slices.DeleteFunc(w.cursors, func(o *cursor) bool { return o == c })
	w.progress.Signal()
	w.bell.ring()
	w.digester.rouse()
}

// pin leaves the memory to a write from pos on. There is none if the pump has it elsewhere.
func (w *window) pin(pos int64) {
	for _, c := range w.chunks {
		if c.start <= pos && pos-c.start < int64(c.fill) {
			c.pinned = true
		}
	}
}

// fate waits until it is certain whether the stream goes on behind c, which has left when it had accepted all there was:
// turnWrite (it does), turnEnd or turnHalt.
func (w *window) fate(c *cursor) turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watchers = append(w.watchers, c)
	for {
		switch {
		case c.pos < w.head:
			return turnWrite
		case w.state == windowEnded:
			return turnEnd
		case w.state == windowHalted:
			return turnHalt
		}
		c.wake.Wait()
	}
}

// position returns c's accepted bytes and how many wait for it, none once it has left; served: it has not.
func (w *window) position(c *cursor) (accepted, waiting int64, served bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.served {
		waiting = w.head - c.pos
	}
	return c.pos, waiting, c.served
}

// holding reports whether the window is full because of c.
func (w *window) holding(c *cursor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return c.served && w.head-c.pos >= w.limit
}
