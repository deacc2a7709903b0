package core

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// phase is what a sink does.
type phase int

const (
	opening phase = iota
	writing
	draining
	finishing
	ready // to be published, as soon as the fate of the others is known
	publishing
)

// sink serves one output, in a goroutine of its own, from opening to its verdict.
//
// Calls that may block for ever and can't be left are made through call. Where such a call outlasts the sink's time or
// the run, abandon gives the verdict in its place; the goroutine, once it returns, only cleans up behind itself.
type sink struct {
	life  lifecycle // of out
	run   *run
	index int
	spec  Sink
	cur   *cursor
	out   output // nil until open; used by the sink's goroutine

	ctx     context.Context // done when Open and Finish must return
	cancel  context.CancelCauseFunc
	since   atomic.Int64 // start of the wait that goes on, in ns since 1970, or 0
	blocked atomic.Int64 // ns of all waits that are over

	mu        sync.Mutex // guards the fields below
	phase     phase
	inFlight  Operation // the call that goes on and can't be left, or ""
	begun     time.Time // when it began
	abandoned bool
	settled   bool
	rep       SinkReport
	progress  int64 // bytes accepted, or taken while draining: what the stall clock watches
	givenUp   error // why the sink must wait no longer; nil again once it has moved after all

	clock stallClock // used by the supervisor's goroutine
}

func newSink(r *run, index int, spec Sink) *sink {
	s := &sink{run: r, index: index, spec: spec, cur: r.window.join()}
	s.ctx, s.cancel = context.WithCancelCause(r.hardCtx)
	s.rep = SinkReport{Name: spec.Name, Optional: spec.Optional, EarlyExitOK: spec.EarlyExitOK}
	if spec.Open == nil {
		s.phase = writing
	}
	return s
}

// serve opens the output, copies to it, and settles the sink's verdict.
func (s *sink) serve() {
	defer s.release()
	if s.open() {
		s.copy()
	}
}

// release gives back what the sink holds of the run; abandon has done so for its part.
func (s *sink) release() {
	s.mu.Lock()
	abandoned := s.abandoned
	s.mu.Unlock()
	if !abandoned {
		s.run.unref()
	}
}

// open makes s.out. It returns false if the sink is settled.
func (s *sink) open() bool {
	w, err := s.spec.Writer, s.spec.OpenErr
	if w == nil && err == nil {
		done := s.blocking() // a FIFO that nobody reads accepts nothing
		err = s.call(OpOpen, func() (err error) {
			w, err = s.spec.Open(s.ctx)
			return err
		})
		done()
		if err == errLeft {
			s.openedLate(w)
			return false
		}
		if why := s.opened(); why != nil {
			err = why
		} else if w == nil && err == nil {
			err = errOpensNothing
		}
	}
	if w != nil {
		out, unusable := newOutput(s, w)
		if unusable != nil {
			out = plainOutput{s, w} // to close it
		}
		if s.out = out; err == nil {
			err = unusable
		}
	}
	if err != nil {
		s.fail(OpOpen, err)
		return false
	}
	return true
}

// opened begins the writing, unless the sink was given up meanwhile: then it returns why.
func (s *sink) opened() error {
	if s.run.halted() {
		return &cancelledError{s.run.cause()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.givenUp == nil {
		s.phase = writing
	}
	return s.givenUp
}

// copy passes the stream on until it or the output ends.
func (s *sink) copy() {
	turn, err := turnWrite, error(nil)
	if s.run.pump.carries(s.out) {
		turn, err = s.run.pump.carry(s)
	}
	s.cur.owner.take()
	for turn == turnWrite && err == nil {
		var p []byte
		if p, turn = s.run.window.next(s.cur); turn == turnWrite {
			err = s.write(p)
		}
	}
	switch {
	case err == errLeft:
		s.cleanUp(OpWrite)
	case err != nil:
		s.fail(OpWrite, err)
	case turn == turnGone:
		s.goneWhileIdle()
	case turn == turnHalt:
		s.fail(OpWrite, s.interrupted())
	case s.run.source.whole:
		s.finish()
	default:
		s.fail(OpWrite, &cancelledError{ErrSourceFailed})
	}
}

// write writes p once, which may be a part of it.
func (s *sink) write(p []byte) error {
	s.life.use()
	n, err := s.out.write(p)
	if err == errLeft {
		return err
	}
	if n == 0 && err == nil {
		err = errAcceptsEmpty
	}
	if err == nil {
		s.run.window.advance(s.cur, n)
	} else {
		s.run.window.depart(s.cur, n)
	}
	s.accepted(n)
	return err
}

// accepted notes progress. What the sink was given up for is over.
func (s *sink) accepted(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.progress += int64(n); n > 0 {
		s.givenUp = nil
	}
}

// finish follows the last byte of a whole stream.
func (s *sink) finish() {
	s.proceed(draining)
	if !s.spec.NoDrain {
		if err := s.out.drain(); err != nil {
			s.fail(OpDrain, err)
			return
		}
	}
	s.noteTaken()
	s.proceed(finishing)
	if !s.sync() {
		return
	}
	err := s.end(End{Whole: true})
	if err == errLeft {
		return
	}
	if err == nil {
		s.settleWell(Complete, "", nil, s.fail)
		return
	}
	if why := s.interrupted(); why != nil {
		s.fail(opOf(err, OpClose), why)
		return
	}
	s.fail(opOf(err, OpClose), causeOf(err))
}

// sync has the output synced, if the spec asks for it. It returns false if the sink is settled.
func (s *sink) sync() bool {
	if !s.spec.Sync {
		return true
	}
	switch err := s.call(OpSync, s.out.sync); {
	case err == errLeft:
		s.cleanUp(OpSync)
	case err != nil:
		s.fail(OpSync, err)
	default:
		return true
	}
	return false
}

// end closes the output, or has the spec's Finish do so, at most once.
func (s *sink) end(end End) error {
	out := s.out
	if out == nil {
		return nil
	}
	s.out = nil
	s.life.release()
	out.release()
	return s.call(OpClose, func() error {
		s.life.close()
		if s.spec.Finish != nil {
			return s.spec.Finish(s.ctx, end)
		}
		return out.close()
	})
}

// record notes what is known of the sink's fate.
func (s *sink) record(v Verdict, op Operation, err error) SinkReport {
	accepted, _, _ := s.run.window.position(s.cur)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rep.Verdict, s.rep.Op, s.rep.Err = v, op, err
	s.rep.Accepted = accepted
	s.rep.AtLeast = s.rep.AtLeast || errors.Is(err, errClaimsMore)
	s.rep.At = time.Now()
	s.rep.Blocked = s.blockedFor()
	return s.rep
}

// settle makes the verdict final.
func (s *sink) settle(v Verdict, op Operation, err error) {
	s.life.settle()
	rep := s.record(v, op, err)
	s.mu.Lock()
	s.settled = true
	s.mu.Unlock()
	s.run.settled(s, rep)
}

// noteTaken asks how much of what the output accepted its reader has taken.
func (s *sink) noteTaken() {
	if s.out == nil {
		return
	}
	if n, known := s.out.unread(); known {
		s.drained(n)
	}
}

// drained notes that the reader has yet to take unread of the accepted bytes.
func (s *sink) drained(unread int64) {
	accepted, _, _ := s.run.window.position(s.cur)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rep.HasTaken, s.rep.Taken = true, max(accepted-unread, 0)
	if s.phase == draining {
		s.progress = s.rep.Taken
	}
}

// proceed begins the next phase of a sink that does well. What it was given up for is over.
func (s *sink) proceed(p phase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase, s.givenUp = p, nil
}

func (s *sink) setPhase(p phase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = p
}

// blocking counts time as blocked until the function that it returns is called.
func (s *sink) blocking() (done func()) {
	start := time.Now()
	s.since.Store(start.UnixNano())
	return func() {
		s.since.Store(0)
		s.blocked.Add(int64(time.Since(start)))
	}
}

func (s *sink) blockedFor() time.Duration {
	d := time.Duration(s.blocked.Load())
	if since := s.since.Load(); since != 0 {
		d += time.Since(time.Unix(0, since))
	}
	return d
}

// interrupted returns why the sink must not wait any longer, or nil.
func (s *sink) interrupted() error {
	if s.run.halted() {
		return &cancelledError{s.run.cause()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.givenUp
}
