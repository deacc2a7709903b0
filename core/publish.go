package core

import (
	"context"
	"errors"
	"time"
)

// How publishing goes. A sink with steps to publish first does all the rest: it accepts the whole stream, is drained, synced
// and closed, and its Finish agrees. Then it is ready, and waits until each of the others is ready too or has its verdict. Whoever
// is the last of them has the run decide, once and for all: publish if what is ready and complete meets Require, and neither the
// source has failed nor the run was cancelled. On yes each ready sink takes its steps, in its own goroutine, and its verdict is
// what comes of them. On no it is cancelled, with OpPublish, having taken none. Nothing can turn a yes: a cancellation that comes
// later gives the steps publishPatience and no more.

// Step is a part of publishing what a sink has accepted; see Sink.Publish.
type Step struct {
	// Op is what the step is called in reports.
	Op Operation
	// Do takes the step. It must return soon after ctx is done, if it can: a rename on a dead server can't, and is left
	// behind. ctx is done when Options.FinishTimeout, counted from the beginning of the first step, is over, or some time
	// after the run was cancelled. An *OpError names another operation than Op.
	Do func(ctx context.Context) error
}

// publishPatience is what the steps of publishing have after the run was cancelled: long enough for a command on another
// host to end, since one that is interrupted leaves nobody knows what.
const publishPatience = 30 * time.Second

// settleWell settles a good verdict, once the sink is published. If it isn't, fail is told why.
func (s *sink) settleWell(v Verdict, op Operation, err error, fail func(Operation, error)) {
	switch failed, why := s.publish(); {
	case why == nil:
		s.settle(v, op, err)
	case why != errLeft:
		fail(failed, why)
	}
}

// settleDetached is settle for a sink that was detached with another verdict, perhaps.
func (s *sink) settleDetached(v Verdict, op Operation, err error) {
	if v != Complete && !(v == EarlyExit && s.spec.EarlyExitOK) {
		s.settle(v, op, err)
		return
	}
	s.settleWell(v, op, err, func(op Operation, err error) {
		v, err := verdictOf(op, err)
		s.settle(v, op, err)
	})
}

// publish takes the sink's steps if the run decides so. It returns the operation that failed and why, or errLeft.
func (s *sink) publish() (Operation, error) {
	if len(s.spec.Publish) == 0 {
		return "", nil
	}
	s.setPhase(ready)
	if why := s.run.decision(); why != nil {
		return OpPublish, &cancelledError{why}
	}
	ctx, done := s.beginPublishing()
	defer done()
	for _, step := range s.spec.Publish {
		err := s.call(step.Op, func() error { return step.Do(ctx) })
		switch {
		case err == nil:
		case err == errLeft:
			return step.Op, err
		case ctx.Err() != nil:
			return opOf(err, step.Op), context.Cause(ctx)
		default:
			return opOf(err, step.Op), causeOf(err)
		}
	}
	return "", nil
}

// beginPublishing begins the phase, and returns the context of its steps. done must be called after them.
func (s *sink) beginPublishing() (ctx context.Context, done context.CancelFunc) {
	s.proceed(publishing)
	s.mu.Lock()
	s.ctx, s.cancel = context.WithCancelCause(s.run.hardCtx) // the old one may be done: Finish took longer than it had
	told := s.ctx
	s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		select {
		case <-ctx.Done():
			return
		case <-told.Done():
		}
		why := context.Cause(told)
		if !errors.Is(why, ErrStalled) {
			why = &cancelledError{why}
			timer := time.NewTimer(publishPatience)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
		}
		cancel(why)
	}()
	return ctx, func() { cancel(nil) }
}

// decision waits, in the place of a sink that is ready, until it is decided whether to publish: nil, or why not.
func (r *run) decision() error {
	r.mu.Lock()
	r.ready++
	r.mu.Unlock()
	r.decideIfDue()
	select {
	case <-r.decided:
	case <-r.hardCtx.Done():
		r.decide()
	}
	return r.unpublished
}

// decideIfDue decides if all sinks that have no verdict are ready.
func (r *run) decideIfDue() {
	r.mu.Lock()
	due := r.ready == r.open
	r.mu.Unlock()
	if due {
		r.decide()
	}
}

// decide decides whether to publish, once.
func (r *run) decide() {
	r.decideOnce.Do(func() {
		switch {
		case r.hardCtx.Err() != nil:
			r.unpublished = context.Cause(r.hardCtx)
		case r.window.ended() && !r.source.whole:
			r.unpublished = ErrSourceFailed
		case r.reachable() < r.required():
			r.unpublished = ErrRequireUnmet
		}
		close(r.decided)
	})
}
