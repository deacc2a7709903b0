package core_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

// sweepFault lets one operation of a small run fail.
type sweepFault struct {
	sink     int // which of the sinks; engine: a call by which the engine moves bytes between pipes of its own
	op       core.Operation
	errno    unix.Errno // 0: the call is short
	short    int64      // takes so many bytes
	call     int        // the first that meets it
	persists bool       // all others after it do so too
}

const engine = -1

func (f sweepFault) String() string {
	what := fmt.Sprint("short ", f.short)
	if f.errno != 0 {
		what = sys.ErrnoName(f.errno)
	}
	return fmt.Sprintf("sink=%d/op=%s/call=%d/fault=%s/persists=%t", f.sink, f.op, f.call, what, f.persists)
}

// Classes of errnos of a write.
var (
	sweepFatal   = []unix.Errno{unix.EPIPE, unix.ENOSPC, unix.EIO, unix.EFBIG}
	sweepPassing = []unix.Errno{unix.EINTR, unix.EAGAIN}  // the call is made again
	sweepRefused = []unix.Errno{unix.EINVAL, unix.ENOSYS} // of calls that a kernel may not have: another one is made
)

// fails reports whether the sink fails by it.
func (f sweepFault) fails() bool { return f.sink != engine && slices.Contains(sweepFatal, f.errno) }

// meets reports whether such a call can have the fault at all.
func (f sweepFault) meets(c sys.Call) bool {
	switch {
	case f.errno == 0:
		return f.short < c.N
	case slices.Contains(sweepRefused, f.errno) && f.sink != engine:
		return c.Name == "splice" || c.Name == "pwritev2"
	}
	return true
}

// sweepRun is one run, with one fault.
type sweepRun struct {
	*testing.T
	sweepKind
	fault sweepFault
	dir   string

	mu    sync.Mutex // guards the fields below
	fired bool
	share int64          // bytes that went round
	calls int            // those that could have met the fault
	inode map[uint64]int // the places of the sinks
}

// sweepKind is a kind of run.
type sweepKind struct {
	kind   string // of the sinks
	source string // "pipe", or "pieces" by a plain reader
	opts   core.Options
	size   int
}

func (k sweepKind) String() string {
	return fmt.Sprintf("sinks=%s/source=%s/portable=%t", k.kind, k.source, k.opts.Portable)
}

// next reports whether the fault is met now.
func (r *sweepRun) next() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	meets := r.calls == r.fault.call || r.fault.persists && r.calls > r.fault.call
	r.fired = r.fired || meets
	return meets
}

// decide is for sys.Intercept.
func (r *sweepRun) decide(c sys.Call) (int64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(c.To, &st); err != nil {
		return c.N, nil
	}
	r.mu.Lock()
	place, is := r.inode[st.Ino]
	r.mu.Unlock()
	if !is {
		place = engine
	}
	if place != r.fault.sink || r.fault.op != core.OpWrite || !r.fault.meets(c) || !r.next() {
		return c.N, nil
	}
	if r.fault.errno != 0 {
		return 0, r.fault.errno
	}
	return r.fault.short, nil
}

// does returns the fault if the sink's operation meets it now.
func (r *sweepRun) does(place int, op core.Operation) error {
	if r.fault.sink == place && r.fault.op == op && r.next() {
		return r.fault.errno
	}
	return nil
}

// memory is a sink that is no descriptor.
type sweepMemory struct {
	run   *sweepRun
	place int
	holds *coretest.Receiver
}

func (m *sweepMemory) Write(p []byte) (int, error) {
	f := m.run.fault
	if f.sink != m.place || f.op != core.OpWrite || !f.meets(sys.Call{Name: "write", N: int64(len(p))}) || !m.run.next() {
		return m.holds.Write(p)
	}
	if f.errno != 0 {
		return 0, f.errno
	}
	return m.holds.Write(p[:f.short])
}

func (m *sweepMemory) Close() error {
	if err := m.run.does(m.place, core.OpSync); err != nil {
		return &core.OpError{Op: core.OpSync, Err: err}
	}
	return m.run.does(m.place, core.OpClose)
}

// sink makes one sink, and what tells in the end what it holds.
func (r *sweepRun) sink(place int, whole coretest.Stream) (core.Sink, func() *coretest.Receiver) {
	s := core.Sink{Name: fmt.Sprint(place)}
	if r.kind == "memory" {
		m := &sweepMemory{r, place, whole.Receiver()}
		s.Writer = m
		return r.opening(s, place), func() *coretest.Receiver { return m.holds }
	}
	var w *os.File
	var holds func() *coretest.Receiver
	if r.kind == "file" {
		name := filepath.Join(r.dir, s.Name)
		var err error
		if w, err = os.Create(name); err != nil {
			r.Fatal(err)
		}
		holds = func() *coretest.Receiver { return whole.Received(contents(r.T, name)) }
	} else {
		var out *os.File
		out, w = bigPipe(r.T)
		if r.kind == "socket" {
			out.Close()
			w.Close()
			out, w = newSocketpair(r.T)
		}
		got, ended := whole.Receiver(), make(chan struct{})
		go func() {
			defer close(ended)
			defer out.Close()
			io.CopyBuffer(got, struct{ io.Reader }{out}, make([]byte, 64<<10))
		}()
		holds = func() *coretest.Receiver {
			<-ended
			return got
		}
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(descriptor(r.T, w)), &st); err != nil {
		r.Fatal(err)
	}
	r.inode[st.Ino] = place
	s.Writer = w
	s.Finish = func(_ context.Context, end core.End) error {
		var err error
		if end.Whole {
			if e := r.does(place, core.OpSync); e != nil {
				err = &core.OpError{Op: core.OpSync, Err: e}
			} else if e := r.does(place, core.OpClose); e != nil {
				err = e
			}
		}
		w.Close()
		return err
	}
	return r.opening(s, place), holds
}

// bigPipe is a pipe of the default size, in blocking mode.
func bigPipe(t *testing.T) (r, w *os.File) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
}

// opening has the sink opened late, where that is swept.
func (r *sweepRun) opening(s core.Sink, place int) core.Sink {
	if r.fault.op != core.OpOpen {
		return s
	}
	w := s.Writer
	s.Writer = nil
	s.Open = func(context.Context) (io.Writer, error) {
		if err := r.does(place, core.OpOpen); err != nil {
			w.(io.Closer).Close()
			return nil, err
		}
		return w, nil
	}
	return s
}

var sweepData = sync.OnceValue(func() []byte { return stream(400_001) })

// run makes the run, requires what must hold, and returns whether the fault has fired.
func (r *sweepRun) run() bool {
	data := sweepData()[:r.size]
	whole := coretest.Bytes(data)
	var source io.Reader = &PieceReader{Data: data, Sizes: []int{r.size/5 + 1}}
	if r.source == "pipe" {
		in, feed := bigPipe(r.T)
		source = in
		go func() {
			feed.Write(data)
			feed.Close()
		}()
		defer in.Close()
	}
	var sinks []core.Sink
	var holds []func() *coretest.Receiver
	for place := range 3 {
		s, h := r.sink(place, whole)
		sinks, holds = append(sinks, s), append(holds, h)
	}
	undo := sys.Intercept(r.decide)
	rep, err := start(r.T, core.Source{Reader: source}, r.opts, sinks...).Wait(r.T)
	undo()
	r.share = rep.Shared
	result := coretest.Run{Stream: whole, Report: rep, Err: err}
	for place := range sinks {
		s := coretest.Sink{Holds: holds[place](), Finish: sinks[place].Finish != nil}
		if r.fired && place == r.fault.sink && r.fault.fails() {
			s.Faults = []coretest.Fault{{Op: r.fault.op, Err: r.fault.errno}}
		}
		result.Sinks = append(result.Sinks, s)
	}
	if err := result.Check(); err != nil {
		r.Errorf("%v/%v: %v", r.sweepKind, r.fault, err)
	}
	return r.fired
}
