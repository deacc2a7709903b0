package core

import (
	"context"
	"errors"
)

// fail detaches the sink for good, lets its output end, and settles the verdict.
func (s *sink) fail(op Operation, err error) {
	s.noteTaken()
	verdict, err := verdictOf(op, err)
	s.detach(verdict, op, err, false)
	if verdict == Stalled {
		s.cancel(err)
	}
	s.setPhase(finishing)
	finishErr := s.end(End{Err: err})
	if finishErr == errLeft {
		return
	}
	if verdict == Failed && IsBrokenPipe(err) {
		verdict, op, err = s.afterBrokenPipe(op, err, finishErr)
	}
	s.settleDetached(verdict, op, err)
}

// afterBrokenPipe prefers what a command's exit says about why it reads no more.
func (s *sink) afterBrokenPipe(op Operation, err, finishErr error) (Verdict, Operation, error) {
	why := context.Cause(s.ctx)
	switch {
	case s.spec.Finish == nil || finishErr == nil:
		return Failed, op, err
	case errors.Is(finishErr, ErrEarlyExit):
		return EarlyExit, OpExit, finishErr
	case why == nil:
		return Failed, opOf(finishErr, OpClose), causeOf(finishErr)
	case errors.Is(finishErr, why) && !errors.Is(why, ErrStalled):
		return Cancelled, op, why // Finish says that what ended the run has ended the reader too
	}
	return Failed, op, err // the command was ended by us; its status tells nothing
}

// goneWhileIdle follows the reader's death with nothing to write. If the stream turns out to end here, the sink has
// got all of it; otherwise it is failed, at this byte. A command's exit may decide earlier.
func (s *sink) goneWhileIdle() {
	err := s.out.hungUp()
	if n, known := s.out.unread(); known && n > 0 && !s.spec.NoDrain {
		s.fail(OpWrite, err)
		return
	}
	s.noteTaken()
	s.detach(Failed, OpWrite, err, true)
	s.setPhase(finishing)
	finishErr := s.end(End{Err: err})
	if finishErr == errLeft {
		return
	}
	verdict, op, err := s.afterBrokenPipe(OpWrite, err, finishErr)
	if finishErr == nil || verdict == EarlyExit {
		if s.run.window.fate(s.cur) == turnEnd && s.run.source.whole {
			verdict, op, err = Complete, "", nil
		}
	}
	s.settleDetached(verdict, op, err)
}

// detach takes the sink out of the window and tells so. If pending, it may still turn out to be complete.
func (s *sink) detach(v Verdict, op Operation, err error, pending bool) {
	s.run.window.leave(s.cur, false)
	rep := s.record(v, op, err)
	left := s.run.left(pending)
	if v != Cancelled {
		s.run.observe(Event{Kind: EventDetached, Index: s.index, Sink: rep, Left: left, Pending: pending})
	}
}
