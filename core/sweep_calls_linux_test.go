package core_test

import (
	"context"
	"crypto/sha256"
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

// sweepRun is one run, with faults.
type sweepRun struct {
	*testing.T
	sweepKind
	dir   string
	share int64          // bytes that went round
	first int            // so much comes at once, and the rest when all readers have it
	begun sync.WaitGroup // they don't have it

	mu     sync.Mutex // guards the fields below
	faults []*armedFault
	inode  map[uint64]int // the places of the sinks
}

// armedFault is a fault in a run.
type armedFault struct {
	sweepFault
	calls int // those that could have met it
	fired bool
}

func newSweepRun(t *testing.T, k sweepKind, dir string, faults ...sweepFault) *sweepRun {
	r := &sweepRun{T: t, sweepKind: k, dir: dir, inode: map[uint64]int{}}
	for _, f := range faults {
		r.faults = append(r.faults, &armedFault{sweepFault: f})
	}
	if r.goesRound() {
		r.first = sweepFirst
	}
	return r
}

// goesRound reports whether bytes must go round, whatever is done to the calls for it. A busy machine may keep readers back for longer
// than the engine waits before it copies: so there is a moment when nobody is behind, and it's known by then that much comes.
func (r *sweepRun) goesRound() bool {
	hits := slices.ContainsFunc(r.faults, func(f *armedFault) bool { return f.sink != engine })
	return r.kind == "pipe" && r.source == "pipe" && !hits && r.size > sweepFirst && !r.opts.Portable && pathWanted() == core.PathLinux
}

// sweepFirst is what a pipe takes, and what is worth a round.
const sweepFirst = 64 << 10

// sweepKind is a kind of run.
type sweepKind struct {
	kind   string // of the sinks
	source string // "pipe", "file", or "pieces" by a plain reader
	opts   core.Options
	size   int
}

func (k sweepKind) String() string {
	return fmt.Sprintf("sinks=%s/source=%s/portable=%t", k.kind, k.source, k.opts.Portable)
}

// met returns the fault that an operation of the sink meets now, the first of several; nil: it goes well. What has failed
// has no other failure.
func (r *sweepRun) met(place int, op core.Operation, c sys.Call) (met *armedFault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	faults := r.faults
	if i := slices.IndexFunc(faults, func(f *armedFault) bool { return f.fired && f.sink == place && f.fails() }); i >= 0 {
		faults = faults[i : i+1]
	}
	for _, f := range faults {
		if f.sink != place || f.op != op || op == core.OpWrite && !f.meets(c) {
			continue
		}
		f.calls++
		if met == nil && (f.calls == f.call || f.persists && f.calls > f.call) {
			f.fired, met = true, f
		}
	}
	return met
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
	switch f := r.met(place, core.OpWrite, c); {
	case f == nil:
		return c.N, nil
	case f.errno != 0:
		return 0, f.errno
	default:
		return f.short, nil
	}
}

// does returns the errno if the sink's operation, which is no write, meets a fault now.
func (r *sweepRun) does(place int, op core.Operation) error {
	if f := r.met(place, op, sys.Call{}); f != nil {
		return f.errno
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
	switch f := m.run.met(m.place, core.OpWrite, sys.Call{Name: "write", N: int64(len(p))}); {
	case f == nil:
		return m.holds.Write(p)
	case f.errno != 0:
		return 0, f.errno
	default:
		return m.holds.Write(p[:f.short])
	}
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
		got := whole.Receiver()
		ended := r.receive(out, got)
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

// feed writes the data for the run to read. All sinks have been made.
func (r *sweepRun) feed(w *os.File, data []byte) {
	if size, err := sys.PipeSize(int(descriptor(r.T, w))); err != nil || size < r.first {
		r.Fatalf("a pipe holds %d bytes (%v), and must hold %d", size, err, r.first)
	}
	w.Write(data[:r.first])
	go func() {
		r.begun.Wait()
		w.Write(data[r.first:])
		w.Close()
	}()
}

// receive is as the function of that name.
func (r *sweepRun) receive(from *os.File, got *coretest.Receiver) <-chan struct{} {
	ended := make(chan struct{})
	r.begun.Add(1)
	go func() {
		defer close(ended)
		defer from.Close()
		pour(io.LimitReader(from, int64(r.first)), got)
		r.begun.Done()
		pour(from, got)
	}()
	return ended
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
	if !slices.ContainsFunc(r.faults, func(f *armedFault) bool { return f.sink == place && f.op == core.OpOpen }) {
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

var sweepData = sync.OnceValue(func() []byte { return stream(1<<20 + 1) })

// sourceFile returns a file that has the data.
func (r *sweepRun) sourceFile(data []byte) *os.File {
	path := filepath.Join(r.dir, "source")
	if _, err := os.Stat(path); err != nil {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			r.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		r.Fatal(err)
	}
	return f
}

// run makes the run and requires what must hold.
func (r *sweepRun) run() {
	data := sweepData()[:r.size]
	whole := coretest.Bytes(data)
	var sinks []core.Sink
	var holds []func() *coretest.Receiver
	for place := range 3 {
		s, h := r.sink(place, whole)
		sinks, holds = append(sinks, s), append(holds, h)
	}
	var source io.Reader = &PieceReader{Data: data, Sizes: []int{r.size/5 + 1}}
	switch r.source {
	case "file":
		in := r.sourceFile(data)
		source = in
		defer in.Close()
	case "pipe":
		in, w := bigPipe(r.T)
		source = in
		r.feed(w, data)
		defer in.Close()
	}
	undo := sys.Intercept(r.decide)
	rep, err := start(r.T, core.Source{Reader: source}, r.opts, sinks...).Wait(r.T)
	undo()
	r.share = rep.Shared
	result := coretest.Run{Stream: whole, Report: rep, Err: err}
	for place := range sinks {
		s := coretest.Sink{Holds: holds[place](), Finish: sinks[place].Finish != nil}
		for _, f := range r.faults {
			if f.fired && place == f.sink && f.fails() {
				s.Faults = append(s.Faults, coretest.Fault{Op: f.op, Err: f.errno})
			}
		}
		result.Sinks = append(result.Sinks, s)
	}
	if r.opts.Digest != nil {
		result.Digest = sha256.New
	}
	if err := result.Check(); err != nil {
		for _, f := range r.faults {
			err = fmt.Errorf("%v: %w", f, err)
		}
		r.Errorf("%v/%v", r.sweepKind, err)
	}
}
