package core

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
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
				size := sys.DefaultPipeSize()
				p := &pump{pipeSize: size, carrier: pipeOf(t, 0, 0), window: newWindow(DefaultBuffer)}
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
				if p.pipeSize != size {
					t.Error("that a pipe is full has ended the rounds")
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

// TestSpreadRefused requires that a system which has no tee(2) after all, or not any more, is not asked again and again.
func TestSpreadRefused(t *testing.T) {
	defer sys.RefuseTee(unix.EPERM)()
	p := newCarrying(t, 2)
	p.carrier = pipeOf(t, 1, 100)
	for _, c := range p.sinks {
		c.pipe, c.piped = pipeOf(t, 1, 100), 100
	}
	if rest := p.spread(p.carrierFor(p.sinks), p.sinks, 100); rest != 100 || p.pipeSize != 0 {
		t.Errorf("%d bytes are left, and pipes of %d bytes will be used", rest, p.pipeSize)
	}
}

// newCarrying returns a pump that is not served, with so many sinks that are pipes.
func newCarrying(t *testing.T, sinks int) *pump {
	t.Helper()
	r := &run{window: newWindow(DefaultBuffer)}
	r.pump = &pump{run: r, window: r.window, pipeSize: sys.DefaultPipeSize(), byFD: map[int]*carried{}}
	var err error
	if r.pump.poller, err = sys.NewPoller(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.pump.poller.Close)
	for range sinks {
		s := &sink{run: r, cur: r.window.join(), phase: writing}
		s.out = &fileOutput{sink: s, fd: -1, own: -1, kind: sys.Pipe}
		r.pump.sinks = append(r.pump.sinks, &carried{sink: s, out: s.out.(*fileOutput), back: make(chan handback, 1)})
	}
	return r.pump
}

// TestRoom requires that what a private pipe is said to have room for is all of it while it is empty; two pages less, and what is in
// it, otherwise; and nothing where it can't be used.
func TestRoom(t *testing.T) {
	size, page := int64(sys.DefaultPipeSize()), int64(os.Getpagesize())
	for _, c := range []struct {
		piped        int64
		cautious     int
		unspliceable bool
		want         int64
	}{
		{want: size},
		{cautious: 1, want: size},
		{piped: 1, want: size - 2*page - 1},
		{piped: size - 2*page, want: 0},
		{piped: 1, cautious: 1, want: 0},
		{unspliceable: true, want: 0},
	} {
		p := newCarrying(t, 3)
		p.cautious = c.cautious
		for _, sink := range p.sinks {
			sink.pipe = &privatePipe{size: int(size)}
		}
		least := p.sinks[1]
		least.piped, least.unspliceable = c.piped, c.unspliceable
		if got := p.roomOf(least); got != c.want {
			t.Errorf("%+v: room for %d bytes", c, got)
		}
		if got := p.roomForAll(); got != c.want {
			t.Errorf("%+v: room for %d bytes in all", c, got)
		}
	}
}

// TestCaution requires that after a pipe which had too few slots for what it had room for, pipes that hold something are left
// alone, for a while.
func TestCaution(t *testing.T) {
	p := newCarrying(t, 2)
	p.carrier = pipeOf(t, 1, 100)
	for i, c := range p.sinks {
		used := 1 + i*(slots-1)
		c.pipe, c.piped = pipeOf(t, used, 100), int64(used*100)
	}
	c := p.sinks[0]
	if p.roomOf(c) == 0 {
		t.Error("no room at first")
	}
	p.spread(p.carrier, p.sinks, 100)
	for i := range caution {
		if p.roomOf(c) != 0 {
			t.Errorf("room after %d of %d rounds", i, caution)
		}
		p.spread(p.carrier, p.sinks, 0)
	}
	if p.roomOf(c) == 0 {
		t.Errorf("no room after %d rounds", caution)
	}
}

// TestEquip requires that all private pipes are of the size that is wanted, or else of the default, and the carrier no larger than
// the others; that they are made once; and that there are none, rather than a loop, where none can be had.
func TestEquip(t *testing.T) {
	usual := sys.DefaultPipeSize()
	for _, c := range []struct {
		name      string
		wanted    int
		carrier   int // its size before, if there is one
		refused   bool
		size      int // of all then
		pipesMore int
		kept      bool
	}{
		{name: "as wanted", wanted: 2 * usual, size: 2 * usual, pipesMore: 3},
		{name: "more than can be had", wanted: 1 << 30, size: usual, pipesMore: 3},
		{name: "carrier is there", wanted: 2 * usual, carrier: 2 * usual, size: 2 * usual, pipesMore: 2, kept: true},
		{name: "carrier is larger", wanted: usual, carrier: 2 * usual, size: usual, pipesMore: 3},
		{name: "none", wanted: usual, refused: true},
		{name: "none but a carrier", wanted: usual, carrier: usual, refused: true, kept: true},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			keepFiles(t)
			p := newCarrying(t, 2)
			p.pipeSize = c.wanted
			t.Cleanup(func() {
				p.carrier.close()
				for _, s := range p.sinks {
					s.pipe.close()
				}
			})
			if c.carrier > 0 {
				p.carrier = newPrivatePipe(c.carrier)
			}
			carrier, before := p.carrier, descriptors(t)
			equip := func() bool {
				if c.refused {
					defer limitDescriptors(t, 0)()
				}
				return p.equip(p.sinks)
			}
			for range 2 {
				if equip() == c.refused {
					t.Fatalf("equipped: %t", !c.refused)
				}
				if made := more(t, before); made != 2*c.pipesMore {
					t.Errorf("%d more descriptors, want those of %d pipes", made, c.pipesMore)
				}
			}
			if c.kept && p.carrier != carrier {
				t.Error("another carrier")
			}
			if gone := len(before) - len(descriptors(t)) + more(t, before); carrier != nil && !c.kept && gone < 2 {
				t.Error("the carrier that was too large is still there")
			}
			pipes := []*privatePipe{p.carrier}
			for _, s := range p.sinks {
				pipes = append(pipes, s.pipe)
			}
			for i, pipe := range pipes {
				if c.refused {
					if i > 0 && pipe != nil || p.pipeSize != 0 {
						t.Errorf("a pipe is left, and pipes of %d bytes are wanted", p.pipeSize)
					}
				} else if size, err := sys.PipeSize(pipe.w); size != c.size || pipe.size != c.size {
					t.Errorf("pipe of %d bytes, said to be of %d, want %d (%v)", size, pipe.size, c.size, err)
				}
			}
		})
	}
}

// keepFiles closes the files that earlier tests have left to the garbage collector, and keeps it from closing more until the test has
// ended: descriptors that are counted, or numbers that are used again, must be nobody else's.
func keepFiles(t *testing.T) {
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	for range 2 { // finalizers run one behind the other: when that of the second round has, all of the first have
		var ran atomic.Bool
		runtime.SetFinalizer(&struct{ p *bool }{}, func(any) { ran.Store(true) })
		for !ran.Load() {
			runtime.GC()
			runtime.Gosched()
		}
	}
}

// descriptors are those of the process, by number and what they are.
func descriptors(t *testing.T) map[string]bool {
	const folder = "/proc/self/fd/"
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, fd := range all {
		if what, err := os.Readlink(folder + fd.Name()); err == nil { // otherwise it is the folder's own
			held[fd.Name()+" "+what] = true
		}
	}
	return held
}

// more is how many descriptors there are that were not there before.
func more(t *testing.T, before map[string]bool) int {
	now := descriptors(t)
	maps.DeleteFunc(now, func(fd string, _ bool) bool { return before[fd] })
	return len(now)
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
