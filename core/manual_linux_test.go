package core

import (
	"bytes"
	"context"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// manual is a pump that a test takes from step to step, in the place of its goroutine. Its source and its outputs are pipes of
// the default size, as its private pipes are.
type manual struct {
	*pump
	t    *testing.T
	feed *privatePipe // the source, if that is a pipe
	outs []*privatePipe
	all  []*carried
	fed  []byte // what the source had
	took []int  // how much of it each reader has
}

// piece is as little as goes round, or is lifted.
const piece = minRound

func newManual(t *testing.T, sinks int, o Options) *manual {
	t.Helper()
	feed := newPrivatePipe(sys.DefaultPipeSize())
	m := manualFrom(t, fileInput{fd: feed.r, kind: sys.Pipe, widened: true}, sinks, o)
	m.feed = feed
	return m
}

func manualFrom(t *testing.T, in fileInput, sinks int, o Options) *manual {
	t.Helper()
	m := &manual{t: t}
	r := &run{opts: o, window: newWindow(o.Buffer), privateSize: sys.DefaultPipeSize(), live: sinks}
	r.source = &source{run: r, in: &in}
	in.source = r.source
	var err error
	late := Sink{Open: func(context.Context) (io.Writer, error) { panic("never") }}
	if m.pump, err = newPump(r, []Sink{late}); err != nil {
		t.Fatal(err)
	}
	r.pump = m.pump
	for range sinks {
		m.join()
	}
	m.admit()
	t.Cleanup(m.close)
	return m
}

// join adds a sink, which admit takes over.
func (m *manual) join() {
	out := newPrivatePipe(sys.DefaultPipeSize())
	s := &sink{run: m.run, cur: m.window.join(), phase: writing}
	s.out = &fileOutput{sink: s, fd: out.w, own: -1, kind: sys.Pipe, widened: true}
	c := &carried{sink: s, out: s.out.(*fileOutput), back: make(chan handback, 1)}
	m.window.carry(s.cur)
	m.joining = append(m.joining, c)
	m.all, m.outs, m.took = append(m.all, c), append(m.outs, out), append(m.took, 0)
}

func (m *manual) close() {
	for _, c := range m.all {
		c.giveBack(turnHalt, nil)
	}
	m.carrier.close()
	m.poller.Close()
	m.window.bell.wake.close()
	m.feed.close()
	for _, out := range m.outs {
		out.close()
	}
}

// write has n more bytes in the source, which the pump hears of.
func (m *manual) write(n int) {
	m.t.Helper()
	p := make([]byte, n)
	for i := range p {
		p[i] = byte((len(m.fed) + i) % 251)
	}
	if got, err := unix.Write(m.feed.w, p); got != n {
		m.t.Fatalf("wrote %d of %d bytes: %v", got, n, err)
	}
	m.fed = append(m.fed, p...)
	m.ready = true
}

// settle moves what can be moved.
func (m *manual) settle() {
	for m.admit() && m.move() {
	}
}

// take reads up to n bytes from an output, and requires that they are those of the source.
func (m *manual) take(i, n int) {
	m.t.Helper()
	p := make([]byte, n)
	got, err := sys.Read(m.outs[i].r, p)
	if err != nil && !sys.IsAgain(err) {
		m.t.Fatal(err)
	}
	if !bytes.Equal(p[:got], m.fed[m.took[i]:][:got]) {
		m.t.Fatalf("sink %d: wrong bytes from %d on", i, m.took[i])
	}
	m.took[i] += got
	m.all[i].full = false // as the poller would say
}

// takeAll requires that all readers get all that was fed, with what else has to be moved.
func (m *manual) takeAll() {
	m.t.Helper()
	for before := -1; before != m.sum(); {
		before = m.sum()
		for i := range m.outs {
			m.take(i, 1<<20)
		}
		m.settle()
	}
	for i := range m.took {
		if m.took[i] != len(m.fed) {
			m.t.Fatalf("sink %d has got %d bytes of %d", i, m.took[i], len(m.fed))
		}
	}
}

func (m *manual) sum() (n int) {
	for _, took := range m.took {
		n += took
	}
	return n
}

// next feeds n bytes and has all readers take them. It returns how many of them were not copied.
func (m *manual) next(n int) (shared int64) {
	m.t.Helper()
	before := m.shared
	m.write(n)
	m.settle()
	m.takeAll()
	return m.shared - before
}

// calls counts, until undo is called, the calls that move bytes by their names.
func calls(t *testing.T, and func(call sys.Call) (int64, error)) map[string]int {
	count := map[string]int{}
	t.Cleanup(sys.Intercept(func(call sys.Call) (int64, error) {
		count[call.Name]++
		return and(call)
	}))
	return count
}
