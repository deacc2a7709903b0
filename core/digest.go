package core

import (
	"hash"
	"slices"
	"sync"
)

// digester computes the digest of the stream, and of the prefix that each sink accepted which has left.
//
// It reads the window in a goroutine of its own, behind all sinks: never beyond what each that is served has accepted. So a sink that
// leaves is never behind it, and the hash itself comes by the position where the sink's prefix ends; no earlier state of the hash has
// to be kept, whatever kind of hash it is. The sinks never wait for it; the reader does, as for a slow sink, when the window is full.
//
// It lets some work gather, since it has nothing to be prompt for, and hashes are faster in large pieces.
type digester struct {
	owner  owner // its goroutine, of hash
	window *window
	hash   hash.Hash
	batch  int64         // bytes worth its waking
	done   chan struct{} // closed when the two fields below are final
	sums   map[*cursor][]byte
	total  []byte // of all that was read

	// The window's mutex guards the fields below.
	pos  int64     // bytes hashed; the window's memory is needed from here on
	left []*cursor // those that have left at pos or later, and have no sum
	last bool      // all sinks have their verdicts, and nothing more is read
	wake sync.Cond // its goroutine waits here
}

// digest has w followed by a digester, before anybody joins.
func (w *window) digest(h hash.Hash) *digester {
	d := &digester{
		window: w, hash: h, batch: int64(w.chunkSize), pos: w.head,
		done: make(chan struct{}), sums: map[*cursor][]byte{},
	}
	d.wake.L = &w.mu
	w.digester = d
	return d
}

// serve is the digester's goroutine.
func (d *digester) serve() {
	d.owner.take()
	defer close(d.done)
	for {
		p, ending, over := d.next()
		for _, c := range ending {
			d.sums[c] = d.sum()
		}
		if over {
			d.total = d.sum()
			return
		}
		d.hash.Write(p) // never fails: see hash.Hash
		d.advance(len(p))
	}
}

func (d *digester) sum() []byte {
	d.owner.check()
	return d.hash.Sum(nil)
}

// finish has the digester hash all that was read, when every sink has its verdict and nothing more is read, and waits for that.
func (d *digester) finish() {
	if d == nil {
		return
	}
	d.window.mu.Lock()
	d.last = true
	d.wake.Signal()
	d.window.mu.Unlock()
	<-d.done
}

// next waits for work. It returns the cursors whose prefixes end where the digester is, and the bytes that follow, which may be read
// until advance is called; over: there are none.
func (d *digester) next() (p []byte, ending []*cursor, over bool) {
	w := d.window
	w.mu.Lock()
	defer w.mu.Unlock()
	for !d.due() {
		d.wake.Wait()
	}
	end := w.slowest() // the end of the stream, if d.last: who is complete has all of it, and the others have left
	d.left = slices.DeleteFunc(d.left, func(c *cursor) bool {
		if c.pos == d.pos {
			ending = append(ending, c)
			return true
		}
		end = min(end, c.pos)
		return false
	})
	if end == d.pos {
		return nil, ending, true
	}
	p = w.at(d.pos)
	return p[:min(int64(len(p)), end-d.pos)], ending, false
}

// due reports whether there is work that is worth a waking, or must be done for the reader to have room, or is the last.
func (d *digester) due() bool {
	ready := d.window.slowest() - d.pos
	return d.last || ready >= d.batch || ready > 0 && d.window.room() <= 0
}

// advance notes that n more bytes were hashed.
func (d *digester) advance(n int) {
	d.window.mu.Lock()
	defer d.window.mu.Unlock()
	d.pos += int64(n)
	d.window.progress.Signal()
	d.window.bell.ring()
}

// The methods below are called with the window's mutex held, and do nothing where there is no digester.

// rouse wakes the digester if that is due.
func (d *digester) rouse() {
	if d != nil && d.due() {
		d.wake.Signal()
	}
}

// noteLeft notes that c leaves, with an exact count.
func (d *digester) noteLeft(c *cursor) {
	if d == nil {
		return
	}
	if invariants && c.pos < d.pos {
		panic("core: the digester is ahead of a sink")
	}
	d.left = append(d.left, c)
}

// first returns pos, or where it is that if the digester is behind it.
func (d *digester) first(pos int64) int64 {
	if d == nil {
		return pos
	}
	return min(pos, d.pos)
}

// of returns the digest of the prefix that s accepted, or nil where it isn't exactly known or there is none; after finish.
func (d *digester) of(s *sink, rep SinkReport) []byte {
	if d == nil || rep.AtLeast || rep.Op == OpOpen {
		return nil
	}
	if sum, left := d.sums[s.cur]; left {
		return sum
	}
	return d.total // a sink that is complete doesn't leave
}

// ofAll returns the digest of all that was read, or nil without digester; after finish.
func (d *digester) ofAll() []byte {
	if d == nil {
		return nil
	}
	return d.total
}
