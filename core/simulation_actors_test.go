package core_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/fault"
)

var simErrnos = []syscall.Errno{syscall.EPIPE, syscall.EPIPE, syscall.ENOSPC, syscall.EIO}

// The faults of Opens and Finishes.
var (
	errJudged    = errors.New("simulated exit status 1")
	errCancelled = errors.New("simulated interrupt")
	errTold      = errors.New("simulated death by signal") // since its ctx is done
)

// simWorld is what the actors of a simulated run share.
type simWorld struct {
	schedule
	stream   coretest.Stream
	began    time.Time
	released chan struct{} // closed when the run is over: nobody waits any more
	source   simSource
	sinks    []*simActor
}

// sleep returns when the time is over, one of the two channels is closed (nil: never), or the run is over. d of 0: for ever.
func (w *simWorld) sleep(d span, ends <-chan struct{}) {
	var timer <-chan time.Time
	if d > 0 {
		t := time.NewTimer(time.Duration(d))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-timer:
	case <-ends:
	case <-w.released:
	}
}

// grain is such that each actor has moments of its own: those that are its class modulo grain, in ns. The engine's ticks are of
// class 0, as a millisecond is a multiple of it. So hardly two things ever happen at once, and a schedule's run is the same each
// time.
const grain = 64

// class of the source, and of the cancellation; those of the sinks are below.
const sourceClass, cancelClass = 40, 41

// align is the time from then on to the next moment of the class.
func (w *simWorld) align(then span, class int) span {
	return (span(class) + grain - then%grain) % grain
}

// pause takes up to most, and a bit more.
func (w *simWorld) pause(rng *rand.Rand, most span, class int, ends <-chan struct{}) {
	d := dice{rng}.span(most)
	w.sleep(d+w.align(span(time.Since(w.began))+d, class), ends)
}

// settle waits for the next moment of the class, unless this is one.
func (w *simWorld) settle(class int) {
	if d := w.align(span(time.Since(w.began)), class); d > 0 {
		w.sleep(d, nil)
	}
}

// simSource is the source of a simulated run.
type simSource struct {
	world *simWorld
	rng   *rand.Rand
	in    io.Reader
	read  int64

	mu       sync.Mutex // guards the fields below
	whole    bool       // it was read to the end, and its Finish has agreed
	finished int
	ended    time.Time // when Finish returned
}

func (s *simSource) Read(p []byte) (int, error) {
	w := s.world
	w.pause(s.rng, w.Pause, sourceClass, nil)
	left := w.Size - s.read
	if left == 0 {
		return 0, s.end()
	}
	n, _ := s.in.Read(p[:min(int64(len(p)), 1+s.rng.Int64N(w.Piece), left)])
	if s.read += int64(n); s.read == w.Size && w.End == "last" {
		return n, io.EOF
	}
	return n, nil
}

func (s *simSource) end() error {
	switch s.world.End {
	case "error":
		return errRead
	case "never":
		s.world.sleep(0, nil)
	}
	return io.EOF
}

func (s *simSource) finish(ctx context.Context) error {
	f := s.world.Judge
	if ctx.Err() == nil { // it may be called in a lock, which would hold up the bubble's clock
		s.world.sleep(max(f.Takes, 1), ctx.Done())
	}
	if ctx.Err() == nil {
		s.world.settle(sourceClass)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished++
	s.ended = time.Now()
	if f.Fails != "" {
		return errJudged
	}
	s.whole = s.read == s.world.Size && s.world.End != "error" && ctx.Err() == nil
	return nil
}

func (f simFinish) ends(ctx context.Context) <-chan struct{} {
	if f.Deaf {
		return nil
	}
	return ctx.Done()
}

// simCall is a call of a sink's that is over.
type simCall struct {
	at    time.Duration
	op    core.Operation
	n     int
	fault *coretest.Fault
}

func (c simCall) String() string {
	if c.fault != nil {
		return fmt.Sprintf("%v %s %d: %v", c.at, c.op, c.n, c.fault.Err)
	}
	return fmt.Sprintf("%v %s %d", c.at, c.op, c.n)
}

// simActor is a sink of a simulated run.
type simActor struct {
	simSink
	world *simWorld
	index int
	rng   *rand.Rand
	holds *coretest.Receiver
	plan  *fault.Writer
	freed chan struct{} // closed by Close, where that frees

	mu      sync.Mutex // guards the fields below
	faults  []coretest.Fault
	call    core.Operation // in flight, or ""
	since   time.Time      // when it, or the last one, began, with the Open before it
	last    core.Operation
	blocked bool                    // a call was in flight when the verdict was given
	stalls  map[core.Operation]bool // the last such call took as long as its timeout
	opened  int
	ended   int // calls of Close or Finish
	settled time.Time
	trace   []simCall
	wrong   []error // what the engine must not do
}

func newSimActor(w *simWorld, index int, k simSink) *simActor {
	a := &simActor{
		simSink: k, world: w, index: index, rng: rand.New(rand.NewPCG(w.Seed, uint64(index))),
		holds: w.stream.Receiver(), freed: make(chan struct{}), stalls: map[core.Operation]bool{},
	}
	var err error
	if a.plan, err = fault.NewWriter(a.holds, k.Plan); err != nil {
		panic(err)
	}
	return a
}

// sink is what the engine is given.
func (a *simActor) sink() core.Sink {
	s := core.Sink{Name: fmt.Sprint(a.index), Optional: a.Optional, EarlyExitOK: a.EarlyOK, StallTimeout: time.Duration(a.simSink.Stall)}
	if a.simSink.Open != nil {
		s.Open = a.open
	} else {
		s.Writer = a
		a.opened++
	}
	if a.simSink.Finish != nil {
		s.Finish = a.finish
	}
	return s
}

// begin notes the beginning of a call.
func (a *simActor) begin(op core.Operation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.call != "" && (op != core.OpClose || a.simSink.Finish != nil) {
		a.bad("%s during %s", op, a.call)
	}
	if op == core.OpClose {
		if a.blocked = a.blocked || a.call != ""; a.call != "" {
			return // a write goes on, which is left
		}
	}
	if op != core.OpWrite || a.last != core.OpOpen { // what is not open accepts nothing either
		a.since = time.Now()
	}
	a.call, a.last = op, op
}

// end notes the end of a call, and what it gave.
func (a *simActor) end(op core.Operation, n int, fault *coretest.Fault) {
	a.world.settle(a.index + 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if !a.blocked { // how a call that is left ends is nobody's business
		a.trace = append(a.trace, simCall{now.Sub(a.world.began), op, n, fault})
	}
	if a.call != op {
		return // the Close of a write that is left
	}
	if a.timed(now); n > 0 {
		a.since = now
	}
	a.call = ""
	if fault != nil && a.settled.IsZero() && !a.blocked {
		a.faults = append(a.faults, *fault)
	}
}

// timed compares how long a call takes with the timeouts.
func (a *simActor) timed(now time.Time) {
	if !a.settled.IsZero() {
		return
	}
	limit := a.world.timeout(a.simSink)
	if a.last == core.OpClose {
		limit = a.world.schedule.Finish
	}
	a.stalls[a.last] = limit > 0 && now.Sub(a.since) >= time.Duration(limit)
	most := limit + 4*a.world.slice()
	if a.simSink.Open != nil {
		most += a.world.Pause // before the first byte waits
	}
	if a.last == core.OpWrite && limit > 0 && now.Sub(a.since) > time.Duration(most) {
		a.bad("a write was waited for for %v, with a timeout of %v", now.Sub(a.since), time.Duration(limit))
	}
}

// settle notes that the verdict is given.
func (a *simActor) settle() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if a.call != "" {
		a.blocked = true
		a.timed(now)
	}
	a.settled = now
}

func (a *simActor) bad(format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Errorf("sink %d: "+format, append([]any{a.index}, args...)...))
}

func (a *simActor) open(ctx context.Context) (io.Writer, error) {
	a.begin(core.OpOpen)
	o := a.simSink.Open
	a.world.sleep(max(o.Takes, 1), o.ends(ctx))
	if ctx.Err() != nil && !o.Deaf {
		a.end(core.OpOpen, 0, nil)
		return nil, context.Cause(ctx)
	}
	if o.Fails != "" {
		a.end(core.OpOpen, 0, &coretest.Fault{Op: core.OpOpen, Err: syscall.EACCES})
		return nil, syscall.EACCES
	}
	a.mu.Lock()
	a.opened++
	a.mu.Unlock()
	a.end(core.OpOpen, 0, nil)
	return a, nil
}

func (a *simActor) Write(p []byte) (n int, err error) {
	a.begin(core.OpWrite)
	if a.ended > 0 {
		a.bad("a write after the end")
	}
	a.world.pause(a.rng, a.Latency, a.index+1, a.freed)
	a.stopped()
	select {
	case <-a.freed:
		err = io.ErrClosedPipe
	default:
		n, err = a.plan.Write(p)
	}
	if err != nil {
		a.end(core.OpWrite, n, &coretest.Fault{Op: core.OpWrite, Err: err})
	} else {
		a.end(core.OpWrite, n, nil)
	}
	return n, err
}

// stopped returns when the sink is not stopped.
func (a *simActor) stopped() {
	for _, s := range a.Stops {
		switch now := span(time.Since(a.world.began)); {
		case now < s.At:
		case s.For == 0:
			a.world.sleep(0, a.freed)
		case now < s.At+s.For:
			a.world.sleep(s.At+s.For-now, a.freed)
		}
	}
}

func (a *simActor) Close() error {
	a.begin(core.OpClose)
	a.endOnce()
	a.mu.Lock()
	left := a.blocked
	a.mu.Unlock()
	if left {
		if a.Frees {
			close(a.freed)
			a.plan.Close()
		}
		return nil
	}
	a.world.pause(a.rng, a.Latency, a.index+1, nil)
	if err := a.plan.Close(); err != nil {
		a.end(core.OpClose, 0, &coretest.Fault{Op: core.OpClose, Err: err})
		return err
	}
	a.end(core.OpClose, 0, nil)
	return nil
}

func (a *simActor) endOnce() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended++; a.ended > 1 || a.opened != 1 {
		a.bad("opened %d times, closed or finished %d times", a.opened, a.ended)
	}
}

func (a *simActor) finish(ctx context.Context, end core.End) error {
	a.begin(core.OpClose)
	a.endOnce()
	a.told(end)
	f := a.simSink.Finish
	a.world.sleep(max(f.Takes, 1), f.ends(ctx))
	var err error
	switch {
	case ctx.Err() != nil && !f.Deaf:
		a.end(core.OpClose, 0, nil)
		return &core.OpError{Op: core.OpExit, Err: errTold}
	case f.Fails == "error":
		err = &core.OpError{Op: core.OpExit, Err: errJudged}
		a.end(core.OpClose, 0, &coretest.Fault{Op: core.OpExit, Err: errJudged})
	case f.Fails == "early" && core.IsBrokenPipe(end.Err):
		err = core.ErrEarlyExit
		a.end(core.OpClose, 0, &coretest.Fault{Op: core.OpExit, Err: err})
	default:
		a.end(core.OpClose, 0, nil)
	}
	return err
}

// told requires that the end of the stream is told if and only if it is one.
func (a *simActor) told(end core.End) {
	s := &a.world.source
	s.mu.Lock()
	whole := s.whole && a.holds.Len() == a.world.Size
	s.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if end.Whole && (!whole || end.Err != nil || a.blocked) || !end.Whole && end.Err == nil {
		a.bad("told %+v with %d of %d bytes, the source is whole: %t", end, a.holds.Len(), a.world.Size, whole)
	}
}
