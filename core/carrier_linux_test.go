package core

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// slots is how many pieces, of whatever size, the pipes of this test hold.
const slots = 16

// TestSpread requires, of pipes with different numbers of free slots, that each gets as much as it has room for, that nothing
// but what all have is gone from the carrier, and that what was in them before stays.
func TestSpread(t *testing.T) {
	const full, piece = slots, 100
	for _, used := range [][]int{
		{0}, {3}, {0, 0}, {3, 3}, {0, 5, full}, {full, 5, 0}, {5, 0, full}, {2, 2, full - 1}, {2, full - 1, 2}, {full - 1, 2, 2},
		{full, full, full}, {1, 1, 1, 1}, {1, 0, 1, 0},
	} {
		for _, pieces := range []int{1, 5, slots} {
			t.Run(fmt.Sprintf("used=%d/pieces=%d", used, pieces), func(t *testing.T) {
				p := &pump{pipeSize: sys.DefaultPipeSize(), carrier: pipeOf(t, 0, 0), window: newWindow(DefaultBuffer)}
				for _, n := range used {
					p.sinks = append(p.sinks, &carried{
						sink: &sink{cur: p.window.join()}, pipe: pipeOf(t, n, piece), piped: int64(n * piece),
					})
				}
				from := p.carrierFor(p.sinks)
				fillPipe(t, from, 'b', pieces, piece)
				n := int64(pieces * piece)
				rest := p.spread(from, p.sinks, n)

				common := n
				for i, c := range p.sinks {
					if c.pipe == from && rest > 0 {
						used[i], c.fresh = 0, 0 // it is the rest that is in there
					} else if want := int64(min(pieces, slots-used[i]) * piece); c.fresh != want {
						t.Errorf("sink %d has got %d bytes, want %d", i, c.fresh, want)
					}
					common = min(common, c.fresh)
					if c.piped != int64(used[i]*piece)+c.fresh || c.sink.cur.lead != c.fresh {
						t.Errorf("sink %d: piped is %d, and %d bytes loaded", i, c.piped, c.sink.cur.lead)
					}
				}
				if n-rest > common {
					t.Errorf("%d of %d bytes are gone from the carrier, and not all sinks have more than %d", n-rest, n, common)
				}
				if rest > 0 && common == n {
					t.Errorf("%d bytes are left that all have", rest)
				}
				contents := map[*privatePipe]string{from: repeated('b', rest)}
				for i, c := range p.sinks {
					if c.pipe != from || rest == 0 {
						contents[c.pipe] = repeated('a', int64(used[i]*piece)) + repeated('b', c.fresh)
					}
				}
				for pipe, want := range contents {
					if got := contentOf(t, pipe); got != want {
						t.Errorf("a pipe holds %d bytes, want %d", len(got), len(want))
					}
				}
			})
		}
	}
}

func repeated(b byte, n int64) string { return string(bytes.Repeat([]byte{b}, int(n))) }

// pipeOf returns a pipe that holds so many pieces.
func pipeOf(t *testing.T, pieces, size int) *privatePipe {
	p := newPrivatePipe(slots * sys.DefaultPipeSize() / 16)
	if p == nil {
		t.Fatal("no pipe")
	}
	t.Cleanup(p.close)
	fillPipe(t, p, 'a', pieces, size)
	return p
}

// fillPipe puts pieces into a slot of p's each: splice(2), unlike write(2), does so.
func fillPipe(t *testing.T, p *privatePipe, b byte, pieces, size int) {
	r, w, err := sys.NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer sys.Close(r)
	defer sys.Close(w)
	for range pieces {
		unix.Write(w, bytes.Repeat([]byte{b}, size))
		if n, err := sys.Splice(r, p.w, int64(size)); n != int64(size) {
			t.Fatal(n, err)
		}
	}
}

func contentOf(t *testing.T, p *privatePipe) string {
	buf := make([]byte, 1<<20)
	n, err := sys.Read(p.r, buf)
	if err != nil && !sys.IsAgain(err) {
		t.Fatal(err)
	}
	return string(buf[:max(n, 0)])
}
