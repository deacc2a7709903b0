package core

import "slices"

// What the pump does with the window; see pump.

// pass notes that n more bytes were read which the window does not hold, since all cursors have loaded them, and everything
// before. So only the watchers have to be woken.
func (w *window) pass(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chunks {
		if w.account.released(c); !c.pinned {
			w.spare = append(w.spare, c)
		}
	}
	w.chunks = nil
	w.head += n
	for _, c := range w.watchers {
		c.wake.Signal()
	}
}

// load notes that the pump has the next n bytes for c, out of the window or about to pass it.
func (w *window) load(c *cursor, n int64) {
	c.owner.check()
	w.mu.Lock()
	defer w.mu.Unlock()
	c.lead += n
}

// level reports whether there are no cursors but n that are carried; if they have loaded all that was read; and how many more
// bytes may be.
func (w *window) level(n int) (uniform, level bool, room int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	uniform = n > 0 && len(w.cursors) == n
	for _, c := range w.cursors {
		uniform = uniform && c.carried
	}
	return uniform, uniform && w.needed() == w.head, w.room()
}

// mixed reports whether a sink that the pump doesn't carry has come on: it is no pipe, nor one that is still to be opened.
func (w *window) mixed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.cursors, func(c *cursor) bool { return !c.carried && c.pos > c.start })
}

// carry gives c to the pump, before that moves its bytes.
func (w *window) carry(c *cursor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.carried = true
}

// uncarry takes it back.
func (w *window) uncarry(c *cursor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.carried, c.lead = false, 0
}

// ahead returns the bytes of one chunk from where on c has loaded none, if there are any, and whether the stream has ended
// behind them or the run is over. The bytes may be read until c advances. It is next for the pump, which doesn't wait.
func (w *window) ahead(c *cursor) ([]byte, windowState) {
	c.owner.check()
	w.mu.Lock()
	defer w.mu.Unlock()
	from := c.pos + c.lead
	if from >= w.head || w.state == windowHalted {
		return nil, w.state
	}
	return w.at(from), w.state
}

// unload notes that c's sink has accepted the first n of the bytes that were loaded.
func (w *window) unload(c *cursor, n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.lead -= n
	w.accepted(c, n)
}
