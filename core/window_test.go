package core

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"weak"
)

// fill reads n bytes into the window, each of which tells its offset.
func (w *window) fill(n int64) (read int64) {
	for read < n && !w.full() {
		p := w.reserve()
		p = p[:min(int64(len(p)), n-read)]
		for i := range p {
			p[i] = byte((w.head + int64(i)) % 251)
		}
		w.commit(len(p))
		read += int64(len(p))
	}
	return read
}

func (w *window) full() bool { return w.head-w.low() >= w.limit }

// empty takes up to n bytes for c, and requires that they are what was read there.
func (w *window) empty(t *testing.T, c *cursor, n int64) {
	t.Helper()
	for n > 0 && c.pos < w.head {
		p, _ := w.next(c)
		p = p[:min(int64(len(p)), n)]
		for i, b := range p {
			if b != byte((c.pos+int64(i))%251) {
				t.Fatalf("wrong byte at %d", c.pos+int64(i))
			}
		}
		w.advance(c, len(p))
		n -= int64(len(p))
	}
}

// TestWindowMemory requires, of three cursors that move at random, that the memory stays within limit and two chunks,
// and that nobody ever sees a byte of another offset.
func TestWindowMemory(t *testing.T) {
	for _, limit := range []int64{1, 2, 3, 4095, 4096, 4097, 8191, 16384, 20_001, 1<<20 + 7} {
		t.Run(fmt.Sprintf("limit=%d", limit), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, uint64(limit)))
			w := newWindow(limit)
			cursors := []*cursor{w.join(), w.join(), w.join()}
			for range min(2000, 20<<20/limit) {
				w.fill(rnd.Int64N(limit + 1))
				w.empty(t, cursors[rnd.IntN(3)], rnd.Int64N(limit+1))
				if w.head-w.low() > limit {
					t.Fatalf("%d bytes ahead", w.head-w.low())
				}
				if all := int64(len(w.chunks)+len(w.spare)) * int64(w.chunkSize); all > limit+2*int64(w.chunkSize) {
					t.Fatalf("%d bytes of memory", all)
				}
			}
		})
	}
}

// TestWindowPinned requires that the chunk which an abandoned write may still read is never written again, full or not.
func TestWindowPinned(t *testing.T) {
	for _, filled := range []int64{10, 4096} {
		t.Run(fmt.Sprintf("filled=%d", filled), func(t *testing.T) {
			w := newWindow(16 << 10)
			stuck, other := w.join(), w.join()
			w.fill(filled)
			held, _ := w.next(stuck)
			w.leave(stuck, true)
			for range 100 {
				w.empty(t, other, 1<<20)
				w.fill(5000)
			}
			if int64(len(held)) != filled {
				t.Fatalf("%d bytes", len(held))
			}
			for i, b := range held {
				if b != byte(i%251) {
					t.Fatalf("byte %d was written again", i)
				}
			}
		})
	}
}

// TestWindowDepart requires that the last bytes of a sink which leaves make no room before all that it leaves behind is room: a reader
// that waits gets the whole at once, whoever is quicker.
func TestWindowDepart(t *testing.T) {
	for range 200 {
		w := newWindow(4096)
		failing, other := w.join(), w.join()
		w.fill(4096)
		w.empty(t, other, 4096)
		room := make(chan int)
		go func() {
			w.reader.take() // from the goroutine that filled it
			room <- len(w.reserve())
		}()
		w.depart(failing, 1152)
		if got := <-room; got != 4096 {
			t.Fatalf("room for %d bytes after a departure, of 4096", got)
		}
		if accepted, waiting, served := w.position(failing); accepted != 1152 || waiting != 0 || served {
			t.Fatalf("%d accepted, %d waiting", accepted, waiting)
		}
	}
}

// TestWindowPin requires that of all memory only that is lost which an abandoned write may read.
func TestWindowPin(t *testing.T) {
	for _, c := range []struct{ pos, chunk int64 }{{0, 0}, {4095, 0}, {4096, 1}, {4097, 1}, {8192, 2}, {8199, 2}} {
		w := newWindow(16 << 10)
		stuck, other := w.join(), w.join()
		w.fill(8200)
		w.empty(t, other, 8200)
		w.empty(t, stuck, c.pos)
		w.leave(stuck, true)
		for i, k := range w.chunks {
			if k.pinned != (k.start == c.chunk*4096) {
				t.Errorf("at %d: chunk %d pinned: %t", c.pos, i, k.pinned)
			}
		}
	}
}

// TestWindowStartsOver requires that reads have the whole of a chunk, as long as nobody needs what is in there.
func TestWindowStartsOver(t *testing.T) {
	w := newWindow(16 << 10)
	c := w.join()
	w.fill(1000)
	if p := w.reserve(); len(p) != 3096 {
		t.Errorf("room for %d bytes beside 1000 that are needed", len(p))
	}
	w.empty(t, c, 1000)
	if p := w.reserve(); len(p) != 4096 {
		t.Errorf("room for %d bytes beside none", len(p))
	}
}

// TestWindowHalt: the run ends once, for one reason, and when the stream has ended only if that is a cancellation.
func TestWindowHalt(t *testing.T) {
	for _, c := range []struct {
		state        windowState
		policy, want bool
	}{
		{windowOpen, false, true}, {windowOpen, true, true}, {windowEnded, false, true}, {windowEnded, true, false},
		{windowHalted, false, false}, {windowHalted, true, false},
	} {
		w := newWindow(100)
		w.state = c.state
		first := false
		if got := w.halt(c.policy, func() { first = true }); got != c.want || first != c.want || (w.state == windowHalted) != (got || c.state == windowHalted) {
			t.Errorf("%+v: halted: %t, is %d", c, got, w.state)
		}
	}
}

// TestWindowHaltWakes requires that a reader which waits for room hears at once that the run is over.
func TestWindowHaltWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(100)
		w.join()
		w.fill(100)
		got := make(chan []byte)
		go func() {
			w.reader.take() // from the goroutine that filled it
			got <- w.reserve()
		}()
		synctest.Wait()
		w.halt(false, func() {})
		if p := <-got; p != nil {
			t.Errorf("room for %d bytes", len(p))
		}
	})
}

// TestWindowHolding requires that whoever holds up the others is told, and no other.
func TestWindowHolding(t *testing.T) {
	w := newWindow(100)
	slow, fast := w.join(), w.join()
	check := func(when string, want bool) {
		t.Helper()
		if got := w.holding(slow); got != want || w.holding(fast) {
			t.Errorf("%s: the slow one holds up: %t, the fast one: %t", when, got, w.holding(fast))
		}
	}
	w.fill(99)
	w.empty(t, fast, 99)
	check("one byte of room", false)
	w.fill(1)
	w.empty(t, fast, 1)
	check("no room", true)
	w.empty(t, slow, 1)
	check("room again", false)
	w.fill(1)
	w.empty(t, fast, 1)
	check("no room again", true)
	w.leave(slow, false)
	check("left", false)
}

// TestWindowForgetsWhatIsPinned requires that memory which is left to a write that was abandoned goes when that has returned.
func TestWindowForgetsWhatIsPinned(t *testing.T) {
	w := newWindow(16 << 10)
	stuck, other := w.join(), w.join()
	w.fill(10_000)
	w.leave(stuck, true)
	pinned := weak.Make(w.chunks[0])
	w.empty(t, other, 5000)
	w.reserve() // it is passed now
	runtime.GC()
	if pinned.Value() != nil {
		t.Error("it is held")
	}
	runtime.KeepAlive(w)
}

// TestWindowRetires requires that a run which is over, and may be asked for its state for long, has given its memory back.
func TestWindowRetires(t *testing.T) {
	w := newWindow(16 << 10)
	a, b := w.join(), w.join()
	w.fill(10_000)
	w.empty(t, a, 10_000)
	w.empty(t, b, 5000)
	w.reserve() // a chunk is free now
	chunks := []weak.Pointer[chunk]{weak.Make(w.chunks[0]), weak.Make(w.spare[0])}
	w.retire()
	runtime.GC()
	for i, p := range chunks {
		if p.Value() != nil {
			t.Errorf("chunk %d is held", i)
		}
	}
	runtime.KeepAlive(w)
}
