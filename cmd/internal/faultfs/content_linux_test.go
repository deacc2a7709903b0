package faultfs

import (
	"bytes"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestContent compares files with a plain slice of bytes, under random writes, truncations, reads and searches for holes.
func TestContent(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		c := &content{space: &space{limit: math.MaxInt64}}
		var want []byte
		filled, total := make([]bool, 3*chunkSize+1<<17), int64(0)
		fill := func(at int64, to bool) {
			if filled[at] != to {
				filled[at] = to
				total += map[bool]int64{true: 1, false: -1}[to]
			}
		}
		for range 60 {
			off, n := r.Int64N(3*chunkSize), r.IntN(1+1<<r.IntN(17))
			switch r.IntN(5) {
			case 0:
				size := off
				c.truncate(size)
				want = append(want[:min(size, int64(len(want)))], make([]byte, max(size-int64(len(want)), 0))...)
				for at := size; at < int64(len(filled)); at++ {
					fill(at, false)
				}
			case 1:
				got := make([]byte, n)
				got = got[:c.readAt(got, off)]
				if end := min(off+int64(n), int64(len(want))); off < end && !bytes.Equal(got, want[off:end]) || off >= end && len(got) > 0 {
					t.Fatalf("seed %d: %d bytes at %d differ", seed, n, off)
				}
			case 2:
				wantAt := off
				for wantAt < int64(len(want)) && filled[wantAt] {
					wantAt++
				}
				if at, errno := c.seek(off, seekHole); off < int64(len(want)) && (errno != 0 || at != wantAt) {
					t.Fatalf("seed %d: a hole after %d: %d, %v, want %d", seed, off, at, errno, wantAt)
				}
			default:
				p := make([]byte, n)
				for i := range p {
					p[i] = byte(r.Uint32())
					fill(off+int64(i), true)
				}
				if done, errno := c.writeAt(p, off); done != n || errno != 0 {
					t.Fatalf("seed %d: wrote %d of %d: %v", seed, done, n, errno)
				}
				if missing := int(off) + n - len(want); n > 0 && missing > 0 {
					want = append(want, make([]byte, missing)...)
				}
				copy(want[min(int(off), len(want)):], p)
			}
			if size, held := c.stat(); size != int64(len(want)) || held != total || c.space.used != held {
				t.Fatalf("seed %d: %d bytes, %d filled, %d of the space; want %d, %d", seed, size, held, c.space.used, len(want), total)
			}
		}
	}
}

// TestSpace requires that what is stored is counted to the byte, over all files, and that what fits is accepted.
func TestSpace(t *testing.T) {
	s := &space{limit: 1000}
	a, b := &content{space: s}, &content{space: s, discard: true}
	write := func(c *content, n int, off int64, want int, wantErrno syscall.Errno) {
		t.Helper()
		if done, errno := c.writeAt(make([]byte, n), off); done != want || errno != wantErrno {
			t.Errorf("%d bytes at %d: %d, %v; want %d, %v", n, off, done, errno, want, wantErrno)
		}
	}
	write(a, 600, 8<<30, 600, 0)
	write(b, 300, 0, 300, 0)
	write(a, 600, 8<<30+100, 600, 0) // 500 of them are there already
	write(b, 100, 250, 50, 0)
	write(b, 100, 300, 0, syscall.ENOSPC)
	write(b, 100, 200, 100, 0) // in place of others
	write(b, 200, 200, 100, 0)
	if errno := b.allocate(0, 301); errno != syscall.ENOSPC {
		t.Errorf("room for one byte too many: %v", errno)
	}
	a.truncate(8<<30 + 650)
	if errno := b.allocate(0, 350); errno != 0 {
		t.Errorf("room for what was given back: %v", errno)
	}
	write(b, 1, 350, 0, syscall.ENOSPC)
	a.truncate(0)
	b.truncate(0)
	if limit, used := s.state(); limit != 1000 || used != 0 {
		t.Errorf("%d of %d bytes used by empty files", used, limit)
	}
	if b.chunks != nil {
		t.Error("what is discarded is stored")
	}
}

func TestExtents(t *testing.T) {
	var e extents
	for _, add := range []extent{{10, 20}, {30, 40}, {20, 25}, {50, 60}, {24, 31}, {5, 5}} {
		e.add(add.lo, add.hi)
	}
	if diff := cmp.Diff(extents{{10, 40}, {50, 60}}, e, cmp.AllowUnexported(extent{})); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct{ lo, hi, room, end, added int64 }{
		{0, 100, 100, 100, 60},
		{0, 100, 15, 45, 15},
		{0, 100, 20, 60, 20},
		{0, 100, 0, 0, 0},
		{10, 45, 5, 45, 5},
		{12, 40, 0, 40, 0},
		{60, 61, 0, 60, 0},
	} {
		if end, added := e.fit(tt.lo, tt.hi, tt.room); end != min(tt.end, tt.hi) || added != tt.added {
			t.Errorf("[%d,%d) with room for %d: to %d, %d new; want %d, %d", tt.lo, tt.hi, tt.room, end, added, tt.end, tt.added)
		}
	}
}
