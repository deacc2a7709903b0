package core

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yjoint/core/internal/sys"
)

// run is one call of Run.
type run struct {
	opts     Options
	window   *window
	source   *source
	sinks    []*sink
	watch    *watcher
	pump     *pump     // nil on the portable path
	digester *digester // nil without Options.Digest
	noPump   error     // why it is nil, or nil if that was asked for
	// What pipes of others are enlarged to, and how large the run's own are, in bytes; 0: they are not, and there are none.
	pipeSize, privateSize int
	halt                  *wake // set when the run is halted
	shortest              time.Duration
	refs                  atomic.Int32 // those that may use halt; the last one closes it
	started               time.Time

	sourceCtx  context.Context // done when Source.Finish must return
	hardCtx    context.Context // done when all Opens and Finishes must return
	sourceDone chan struct{}   // closed when the source's goroutine has ended
	allSettled chan struct{}   // closed when every sink has its verdict

	isHalted  atomic.Bool
	abandoned atomic.Int32

	cancelSource context.CancelFunc
	cancelHard   context.CancelCauseFunc

	decideOnce  sync.Once     // closes decided
	decided     chan struct{} // closed when the field below is set for good
	unpublished error         // why nothing is published, or nil

	observing sync.Mutex // one Observe at a time
	hurry     sync.Once  // starts abandonLate

	mu      sync.Mutex // guards the fields below
	why     error      // what halted the run
	live    int        // sinks that are served
	pending int        // sinks that left with all there was, and may turn out to be complete
	open    int        // sinks without a verdict
	ready   int        // those of them that have only to be published, as long as that is undecided
}

// portableOnly has all runs take the portable path. Tests set it, so that each of them is run on both.
var portableOnly bool

func validate(source Source, sinks []Sink, o Options) error {
	if source.Reader == nil {
		return errors.New("core: the source has no Reader")
	}
	if len(sinks) == 0 {
		return errors.New("core: no sinks")
	}
	counted := 0
	for i, s := range sinks {
		set := 0
		for _, is := range []bool{s.Writer != nil, s.Open != nil, s.OpenErr != nil} {
			if is {
				set++
			}
		}
		if set != 1 {
			return fmt.Errorf("core: sink %d (%q): exactly one of Writer, Open and OpenErr must be set", i, s.Name)
		}
		if slices.ContainsFunc(s.Publish, func(step Step) bool { return step.Do == nil || step.Op == "" }) {
			return fmt.Errorf("core: sink %d (%q): a step to publish lacks Op or Do", i, s.Name)
		}
		if !s.Optional {
			counted++
		}
	}
	if o.Require < 0 || o.Require > counted {
		return fmt.Errorf("core: Require is %d, with %d sinks that count", o.Require, counted)
	}
	if err := validateFiles(source, sinks); err != nil {
		return err
	}
	for name, n := range map[string]int64{
		"Buffer": o.Buffer, "StallTimeout": int64(o.StallTimeout),
		"StallWarn": int64(o.StallWarn), "FinishTimeout": int64(o.FinishTimeout),
	} {
		if n < 0 {
			return fmt.Errorf("core: %s is negative", name)
		}
	}
	return nil
}

// validateFiles refuses a file that is used twice: closed by the first, its descriptor may become another file's while
// the second still uses it.
func validateFiles(source Source, sinks []Sink) error {
	used := map[*os.File]bool{}
	if f, ok := source.Reader.(*os.File); ok {
		used[f] = true
	}
	for i, s := range sinks {
		if f, ok := s.Writer.(*os.File); ok {
			if used[f] {
				return fmt.Errorf("core: sink %d (%q): its *os.File is used twice", i, s.Name)
			}
			used[f] = true
		}
	}
	return nil
}

func newRun(source Source, sinks []Sink, o Options, start int64) (r *run, err error) {
	if o.Buffer == 0 {
		o.Buffer = DefaultBuffer
	}
	r = &run{
		opts: o, window: newWindow(o.Buffer), started: time.Now(), shortest: shortestTimeout(sinks, o),
		sourceDone: make(chan struct{}), allSettled: make(chan struct{}), decided: make(chan struct{}),
		live: len(sinks), open: len(sinks),
	}
	r.window.head = start // before anybody joins
	if o.Digest != nil {
		r.digester = r.window.digest(o.Digest)
	}
	if r.halt, err = newWake(); err != nil {
		return nil, err
	}
	if r.watch, err = newWatcher(r.window); err == nil {
		r.source, err = newSource(r, source)
	}
	if err != nil {
		r.halt.close()
		r.watch.stop()
		return nil, err
	}
	r.pipeSize, r.privateSize = sys.PipeSizes(len(sinks))
	if !o.Portable && !portableOnly {
		r.pump, r.noPump = newPump(r, sinks)
	}
	r.sourceCtx, r.cancelSource = context.WithCancel(context.Background())
	r.hardCtx, r.cancelHard = context.WithCancelCause(context.Background())
	for i, s := range sinks {
		r.sinks = append(r.sinks, newSink(r, i, s))
	}
	o.Monitor.attach(r)
	return r, nil
}

// serve runs to the last verdict.
func (r *run) serve(ctx context.Context) {
	r.refs.Store(int32(len(r.sinks)) + 2)
	defer r.window.retire()
	defer r.unref()
	defer r.watch.stop()
	defer r.pump.stop()
	stopAfter := context.AfterFunc(ctx, func() { r.stop(context.Cause(ctx)) })
	defer stopAfter()
	if r.digester != nil {
		go r.digester.serve()
	}
	go r.supervise()
	r.openSinks()
	if r.pump.reads() {
		r.pump.start() // not before: if no output could be opened, nothing is read
	}
	if _, plain := r.source.in.(plainInput); plain {
		r.unref() // it knows nothing of wakes, and its read may outlast the run
	}
	go r.source.serve()
	<-r.allSettled
	r.leaveSource()
	r.digester.finish()
	r.cancelSource()
	r.cancelHard(nil)
}

// openSinks starts the sinks, those that could not be opened first: if there are no others, nothing is read.
func (r *run) openSinks() {
	for _, s := range r.sinks {
		if s.spec.OpenErr != nil {
			s.serve()
		}
	}
	for _, s := range r.sinks {
		if s.spec.OpenErr == nil {
			go s.serve()
		}
	}
}

// leaveSource waits for the source's goroutine, as far as its read can be left, and sees to it that Finish was called.
func (r *run) leaveSource() {
	r.stop(ErrNoSinkLeft)
	patience := time.NewTimer(callPatience)
	defer patience.Stop()
	if _, plain := r.source.in.(plainInput); plain && r.halted() {
		patience.Reset(0)
	}
	select {
	case <-r.sourceDone:
		return
	case <-patience.C:
	}
	if first, _ := r.source.finish(); !first {
		<-r.sourceDone // Finish has promised to return
	}
}

func (r *run) unref() {
	n := r.refs.Add(-1)
	if n == 0 {
		r.halt.close()
	}
	if invariants && n < 0 {
		panic("core: the run is used by more than have begun to")
	}
}

// stop halts the run: nobody gets more bytes. The first cause is kept. Only cancellation halts one whose source has ended, and hurries
// one that was halted before.
func (r *run) stop(cause error) {
	policy := cause == ErrNoSinkLeft || cause == ErrRequireUnmet
	hurry := func() {
		r.cancelHard(cause)
		r.hurry.Do(func() { go r.abandonLate(time.Now()) })
	}
	halted := r.window.halt(policy, func() {
		r.mu.Lock()
		r.why = cause
		r.mu.Unlock()
		r.isHalted.Store(true)
		// Finishes may be called as soon as the window is halted.
		r.cancelSource()
		if cause != ErrNoSinkLeft { // without a sink left, a command that reads no more may still work
			hurry()
		}
	})
	if halted {
		r.halt.set()
	} else if !policy {
		hurry()
	}
}

// abandonLate abandons, until every sink has its verdict, those whose call goes on for too long after the run was halted.
func (r *run) abandonLate(halted time.Time) {
	ticker := time.NewTicker(callPatience / 4)
	defer ticker.Stop()
	for {
		select {
		case <-r.allSettled:
			return
		case <-ticker.C:
		}
		for _, s := range r.sinks {
			if s.lasts(halted) >= s.patience()+s.grace() {
				s.abandon(&cancelledError{r.cause()})
			}
		}
	}
}

func (r *run) halted() bool { return r.isHalted.Load() }

// over reports whether the end of the stream is known, or the run is halted.
func (r *run) over() bool { return r.halted() || r.window.ended() }

func (r *run) cause() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// left notes that a sink is no longer served, and ends the run if it was the last. It returns how many are left.
func (r *run) left(pending bool) int {
	r.mu.Lock()
	r.live--
	if pending {
		r.pending++
	}
	live, ask := r.live, r.pending > 0
	r.mu.Unlock()
	switch {
	case live > 0:
	case ask:
		r.source.ask()
	default:
		r.stop(ErrNoSinkLeft)
	}
	return live
}

func (r *run) servedSinks() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live
}

// settled notes s's verdict, stops the run if the options ask for it, and lets Run return after the last one.
func (r *run) settled(s *sink, rep SinkReport) {
	r.mu.Lock()
	left := r.live
	r.mu.Unlock()
	r.observe(Event{Kind: EventSettled, Index: s.index, Sink: rep, Left: left})
	if r.opts.StopOnError && !rep.OK() && r.reachable() < r.required() {
		r.stop(ErrRequireUnmet)
	}
	r.mu.Lock()
	r.open--
	last := r.open == 0
	r.mu.Unlock()
	r.decideIfDue()
	if last {
		close(r.allSettled)
	}
}

func (r *run) observe(e Event) {
	if r.opts.Observe == nil {
		return
	}
	r.observing.Lock()
	defer r.observing.Unlock()
	r.opts.Observe(e)
}

// observeServed tells of a sink as long as its fate has not been told.
func (r *run) observeServed(s *sink, e Event) {
	if r.opts.Observe == nil {
		return
	}
	r.observing.Lock()
	defer r.observing.Unlock()
	if s.snapshot().Verdict == "" {
		r.opts.Observe(e)
	}
}

// required is how many of the sinks that count must be complete.
func (r *run) required() int {
	if r.opts.Require > 0 {
		return r.opts.Require
	}
	n := 0
	for _, s := range r.sinks {
		if !s.spec.Optional {
			n++
		}
	}
	return n
}

// reachable is how many of the sinks that count are complete or may still be.
func (r *run) reachable() int {
	n := 0
	for _, s := range r.sinks {
		s.mu.Lock()
		if !s.spec.Optional && (!s.settled || s.rep.OK()) {
			n++
		}
		s.mu.Unlock()
	}
	return n
}
