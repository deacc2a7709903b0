package core

import (
	"testing"
	"testing/synctest"
	"time"
)

// clog has the last reader take nothing until its pipe is full and its private pipe has less room than a round is worth.
func (m *manual) clog() {
	m.t.Helper()
	m.next(piece) // it is known that much comes
	for range 4 {
		m.write(piece)
		m.settle()
		for i := range m.outs[1:] {
			m.take(i, 1<<20)
		}
	}
}

// checkHeld requires that what is fed now is left alone, or that it isn't.
func (m *manual) checkHeld(want bool) {
	m.t.Helper()
	read := m.window.read()
	m.bulk = true // as if much more were there
	m.write(100)
	m.settle()
	if held := m.window.read() == read; held != want || m.holdEnds.IsZero() == want {
		m.t.Fatalf("left alone: %t, until %v; want %t", held, m.holdEnds, want)
	}
}

// TestHold requires that while the private pipe of one sink has too little room, nothing is read for a moment, and then it is; and that
// this is not tried again soon.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManual(t, 2, Options{Buffer: DefaultBuffer})
		m.clog()
		for range 2 {
			m.checkHeld(true)
			time.Sleep(convergence - 1) // of fake time
			m.checkHeld(true)
			time.Sleep(time.Nanosecond)
			m.checkHeld(false)
			time.Sleep(relapse - 1)
			m.checkHeld(false)
			time.Sleep(time.Nanosecond)
		}
		m.takeAll()
		m.clog()
		m.checkHeld(true)
		m.take(1, 1<<20)
		before := m.shared
		if m.settle(); m.shared == before || !m.holdEnds.IsZero() {
			t.Errorf("room is made: %d bytes went round, and it is waited until %v", m.shared-before, m.holdEnds)
		}
		m.takeAll()
		m.clog()
		m.checkHeld(true) // it was not in vain before
	})
}

// TestHoldIsOver requires that nothing is waited for any more where that can't help.
func TestHoldIsOver(t *testing.T) {
	for name, change := range map[string]func(m *manual){
		"small pieces":      func(m *manual) { m.bulk = false },
		"a sink of another": func(m *manual) { m.window.join() },
	} {
		t.Run("because="+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newManual(t, 2, Options{Buffer: DefaultBuffer})
				m.clog()
				m.checkHeld(true)
				change(m)
				if m.settle(); m.window.read() != int64(len(m.fed)) || !m.holdEnds.IsZero() {
					t.Errorf("%d of %d bytes were read, and it is waited until %v", m.window.read(), len(m.fed), m.holdEnds)
				}
			})
		})
	}
}

// TestFullIsNoHold requires that the pump sleeps without a timer while there is no room at all.
func TestFullIsNoHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManual(t, 2, Options{Buffer: 4 * piece})
		m.clog()
		for range 4 {
			m.bulk = true
			m.write(piece)
			m.settle()
			time.Sleep(convergence) // of fake time
			m.settle()
			m.take(0, 1<<20)
		}
		time.Sleep(relapse)
		m.bulk = true
		m.settle()
		if _, _, room := m.window.level(2); room != 0 || !m.ready || !m.holdEnds.IsZero() {
			t.Errorf("room for %d bytes, and it is waited until %v", room, m.holdEnds)
		}
	})
}
