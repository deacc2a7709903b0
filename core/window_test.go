package core

import (
	"fmt"
	"math/rand/v2"
	"testing"
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
		if accepted, waiting := w.position(failing); accepted != 1152 || waiting != 0 {
			t.Fatalf("%d accepted, %d waiting", accepted, waiting)
		}
	}
}
