package core

import (
	"errors"
	"io"
	"time"
)

// callPatience is what a call that can't be left is given when the run is ended: long enough for a healthy disk to
// take a chunk, so that the count is exact; short enough for Ctrl-C.
const callPatience = time.Second

// errLeft is returned by a call during which the sink was abandoned. Its verdict is given; what is left is to clean up.
var errLeft = errors.New("left in flight")

// call makes a call that may block for ever and can't be left. All others are made without it: a sink is never
// abandoned where it leaves by itself, since its count would then be a lower bound without need.
func (s *sink) call(op Operation, f func() error) error {
	s.mu.Lock()
	s.inFlight, s.begun = op, time.Now()
	s.mu.Unlock()
	err := f()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight = ""
	if s.abandoned {
		return errLeft
	}
	return err
}

// patience is what the call in flight is given from its beginning, or from the end of the run if that is later.
func (s *sink) patience() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch op := s.inFlight; {
	case op == OpOpen, op == OpClose && s.spec.Finish != nil, s.phase == publishing && op != OpRename && op != OpSync:
		return promisePatience
	}
	return callPatience
}

// grace is what it is given beyond that where the run was cancelled when it had begun to publish.
func (s *sink) grace() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == publishing {
		return publishPatience
	}
	return 0
}

// lasts returns for how long the call in flight has gone on since the given time.
func (s *sink) lasts(since time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.inFlight == "":
		return 0
	case s.begun.After(since):
		since = s.begun
	}
	return time.Since(since)
}

// abandon gives the verdict of a sink whose call is still in flight and can't be left. It does nothing if there is none.
func (s *sink) abandon(err error) {
	s.mu.Lock()
	op := s.inFlight
	if op == "" || s.abandoned {
		s.mu.Unlock()
		return
	}
	s.abandoned = true
	s.rep.AtLeast = s.rep.AtLeast || op == OpWrite
	known := s.rep.Verdict != ""
	rep, out := s.rep, s.out
	s.mu.Unlock()

	defer s.run.unref() // in place of its goroutine, which may never return
	s.run.abandoned.Add(1)
	s.run.window.leave(s.cur, op == OpWrite)
	if known {
		s.settle(rep.Verdict, rep.Op, rep.Err)
		return
	}
	verdict, err := verdictOf(op, err)
	s.detach(verdict, op, err, false)
	if p, ok := out.(plainOutput); ok && s.spec.Finish == nil && op == OpWrite {
		s.life.close()
		go p.close() // may set the writer free
	}
	s.settle(verdict, op, err)
}

// cleanUp follows the return of a write or sync that was abandoned: now its output can be closed.
func (s *sink) cleanUp(op Operation) {
	out := s.out
	s.life.release()
	out.release()
	if _, plain := out.(plainOutput); plain && s.spec.Finish == nil && op == OpWrite {
		return // it was closed when it was abandoned
	}
	s.closeLate(out.close)
}

// openedLate follows the return of an Open that was abandoned, with what it has opened after all.
func (s *sink) openedLate(w io.Writer) {
	if w != nil {
		s.closeLate(plainOutput{s, w}.close)
	}
}

// closeLate closes what an abandoned sink leaves, or has the spec's Finish do so.
func (s *sink) closeLate(closeOutput func() error) {
	s.life.close()
	if s.spec.Finish == nil {
		closeOutput()
		return
	}
	s.mu.Lock()
	err := s.rep.Err
	s.mu.Unlock()
	s.spec.Finish(s.ctx, End{Err: err})
}
