//go:build race || invariants

package core

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

// invariants: what a mistake in the engine would break is checked all the time, in the builds of -race and of -tags invariants.
// A panic of this file is a defect of the engine. Memory that nobody should look at any more is overwritten, so that whoever
// does has wrong bytes, and under -race a report.
const invariants = true

// lifecycle follows a sink's output: it is written, then released, then closed, and has one verdict.
type lifecycle struct {
	mu                        sync.Mutex // guards the fields below
	released, closed, settled bool
}

// use notes that a write begins.
func (l *lifecycle) use() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released || l.closed {
		panic("core: a write to an output that was given back")
	}
}

// release notes that nothing more is written.
func (l *lifecycle) release() { l.once(&l.released, "released") }

// close notes that the output is closed, or that the spec's Finish does so.
func (l *lifecycle) close() { l.once(&l.closed, "closed") }

// settle notes that the verdict is given.
func (l *lifecycle) settle() { l.once(&l.settled, "settled") }

func (l *lifecycle) once(done *bool, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *done {
		panic("core: a sink is " + what + " twice")
	}
	*done = true
}

// owner is the goroutine to which fields belong that no lock guards. Until one takes them they are anybody's.
type owner struct{ id atomic.Int64 }

// take makes the calling goroutine the owner.
func (o *owner) take() { o.id.Store(goroutine()) }

// claim makes it the owner if there is none, and checks otherwise.
func (o *owner) claim() {
	if !o.id.CompareAndSwap(0, goroutine()) {
		o.check()
	}
}

// check panics if another goroutine is.
func (o *owner) check() {
	if id, now := o.id.Load(), goroutine(); id != 0 && id != now {
		panic(fmt.Sprintf("core: goroutine %d uses what belongs to goroutine %d", now, id))
	}
}

// goroutine is the number of the one that calls, as its stack tells it: there is no other way to learn it.
func goroutine() int64 {
	var buf [64]byte
	text := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	id, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		panic(err)
	}
	return id
}

// account is what a window must have of chunks. The window's mutex guards it.
type account struct {
	made   int // chunks made
	pinned int // those that were left to the garbage collector
}

// allocated notes that a chunk is made.
func (a *account) allocated(w *window) {
	a.made++
	if most := w.limit/int64(w.chunkSize) + 2; int64(a.made-a.pinned-w.pinned()) > most {
		panic(fmt.Sprintf("core: %d chunks, where %d hold the window's limit", a.made-a.pinned, most))
	}
}

// released overwrites what a chunk held that nobody needs any more.
func (a *account) released(c *chunk) {
	if c.pinned {
		a.pinned++
		return
	}
	for p := c.data; len(p) > 0; {
		p = p[copy(p, released):]
	}
}

// released is what memory is overwritten with. It is copied, since under -race a loop over bytes takes a thousand times longer.
var released = bytes.Repeat([]byte{0xDB}, 64<<10)

// accepted requires that a sink which moves is served, and has not got more than was read.
func (a *account) accepted(left int64, served bool) {
	if left < 0 || !served {
		panic(fmt.Sprintf("core: a sink (served: %t) is %d bytes ahead of the source", served, -left))
	}
}

// retire requires that no chunk was lost.
func (a *account) retire(w *window) {
	if has := len(w.chunks) + len(w.spare) + a.pinned; has != a.made {
		panic(fmt.Sprintf("core: of %d chunks %d are left at the end", a.made, has))
	}
}

// pinned counts the window's chunks that an abandoned write may still read.
func (w *window) pinned() (n int) {
	for _, c := range w.chunks {
		if c.pinned {
			n++
		}
	}
	return n
}
