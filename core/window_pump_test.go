package core

import (
	"testing"
	"testing/synctest"
)

// TestLevel requires that it is known whether rounds can take place: the pump carries all sinks, and all have loaded what was read.
func TestLevel(t *testing.T) {
	type place struct {
		carried bool
		pos     int64 // of 10 bytes
		lead    int64
	}
	for _, c := range []struct {
		name           string
		places         []place
		n              int
		uniform, level bool
		room           int64
	}{
		{"none", nil, 0, false, false, 100},
		{"one", []place{{true, 4, 6}}, 1, true, true, 94},
		{"two", []place{{true, 4, 6}, {true, 10, 0}}, 2, true, true, 94},
		{"one lags", []place{{true, 4, 5}, {true, 10, 0}}, 2, true, false, 94},
		{"more than the pump's", []place{{true, 10, 0}, {true, 10, 0}}, 1, false, false, 100},
		{"fewer than the pump's", []place{{true, 10, 0}}, 2, false, false, 100},
		{"first is another's", []place{{false, 10, 0}, {true, 10, 0}}, 2, false, false, 100},
		{"last is another's", []place{{true, 10, 0}, {false, 10, 0}}, 2, false, false, 100},
	} {
		w := newWindow(100)
		for range c.places {
			w.join()
		}
		w.head = 10
		for i, p := range c.places {
			cur := w.cursors[i]
			cur.carried, cur.pos, cur.lead = p.carried, p.pos, p.lead
		}
		if uniform, level, room := w.level(c.n); uniform != c.uniform || level != c.level || room != c.room {
			t.Errorf("%s: uniform %t, level %t, room %d", c.name, uniform, level, room)
		}
	}
}

// TestMixed requires that it is known whether a sink which the pump doesn't carry takes bytes.
func TestMixed(t *testing.T) {
	for _, c := range []struct {
		name    string
		carried bool
		pos     int64
		want    bool
	}{
		{"one of the pump's", true, 10, false},
		{"one that is still to be opened", false, 4, false},
		{"another", false, 5, true},
	} {
		w := newWindow(100)
		w.join().carried = true
		cur := w.join()
		w.head, cur.start = 10, 4
		cur.carried, cur.pos = c.carried, c.pos
		if got := w.mixed(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestPassIsNews requires that a sink which has left with all there was hears of bytes that pass the window by: the stream goes on
// behind it, and its verdict must not wait for the end.
func TestPassIsNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(100)
		left := w.join()
		w.join()
		w.leave(left, false)
		heard := turnEnd
		go func() { heard = w.fate(left) }()
		synctest.Wait()
		w.pass(10)
		synctest.Wait()
		if heard != turnWrite {
			t.Errorf("heard %v", heard)
		}
		w.end()
	})
}
