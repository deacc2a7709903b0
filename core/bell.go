package core

// bell wakes the pump, which sleeps in poll(2). The window's mutex guards its fields but wake.
type bell struct {
	wake   *wake // nil: there is no pump
	asleep bool
	rung   bool // since the last listen
}

// ring tells the pump that something has changed which it can't see by poll.
func (b *bell) ring() {
	if b.wake == nil {
		return
	}
	b.rung = true
	if b.asleep {
		b.asleep = false
		b.wake.set()
	}
}

// nudge rings the bell.
func (w *window) nudge() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bell.ring()
}

// listen begins to listen: what rings from now on keeps the pump from its sleep.
func (w *window) listen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bell.rung = false
}

// mayRest reports whether the bell has not rung since listen; the pump is asleep then, until rise.
func (w *window) mayRest() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bell.asleep = !w.bell.rung
	return w.bell.asleep
}

// rise follows the sleep.
func (w *window) rise() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.bell.asleep { // it was woken
		w.bell.wake.reset()
	}
	w.bell.asleep = false
}
