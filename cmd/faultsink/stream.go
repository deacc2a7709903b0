package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"yjoint/core/fault"
	"yjoint/internal/pace"
	"yjoint/internal/size"
)

// stream is the process's side of a pipe, and what the plan does to it. All is used by the run alone, but for what says
// otherwise.
type stream struct {
	descriptor
	verb     string
	name     string // "standard input" or "standard output"
	plan     fault.Plan
	injector *fault.Injector // also asked by watch
	rate     pace.Rate
	closed   bool  // by the plan
	capacity int64 // that the pipe is still to be given; 0: none
	report   *reportFile
	stderr   io.Writer

	// judge returns what was not as expected. early: the plan has ended the run.
	judge func(early bool) error
	// describe adds to the report what only the verb knows. It is called by who has the turn for good.
	describe func(*report)

	// turn is held by the run while it moves bytes and counts them, by calls that don't block: nobody sees the one without the
	// other. Who ends the process takes it for good, so that nothing is moved any more which the report doesn't tell. It
	// guards the field below.
	turn     sync.Mutex
	inFlight bool // a call that may block is moving bytes, without the turn: there may be more of them than were counted
}

// newStream returns a stream on descriptor fd. It refuses what this kind of file doesn't allow, before anything is touched.
func newStream(verb, name string, fd descriptor, plan fault.Plan) (*stream, error) {
	s := &stream{verb: verb, name: name, descriptor: fd, plan: plan, injector: fault.NewInjector(plan)}
	if fd.wasClosed() {
		return nil, fmt.Errorf("%s is closed; /dev/null is one that is empty", name)
	}
	for _, r := range plan.Rules {
		for _, a := range r.Actions {
			if err := s.checkAction(r.Trigger.Kind, a); err != nil {
				return nil, fmt.Errorf("rule '%s': %w", r, err)
			}
		}
	}
	return s, nil
}

func (s *stream) checkAction(trigger fault.TriggerKind, a fault.Action) error {
	switch {
	case a.Verb == fault.StallUntilFull && s.descriptor == stdout:
		return errors.New("who writes to a pipe can't wait until it is full: expected the trigger when-full")
	case (a.Verb == fault.StallUntilFull || trigger == fault.WhenFull) && !s.isPipe():
		return fmt.Errorf("%s is no pipe, and only a pipe can be full", s.name)
	case a.Verb == fault.Reset && !s.isConnection():
		return fmt.Errorf("%s is no connection, and only a connection can be reset", s.name)
	case a.Verb == fault.Nonblock && !descriptor(a.FD).isOpen():
		return fmt.Errorf("descriptor %d is not open", a.FD)
	}
	return nil
}

// setCapacity gives the pipe n bytes, now or, while it holds more, as soon as it doesn't.
func (s *stream) setCapacity(n int64) error {
	err := s.resize(n)
	if errors.Is(err, errHoldsMore) {
		s.capacity = n
		return nil
	}
	return err
}

// next returns how many of n bytes may be transferred now, having taken the steps of the plan that come first. The error
// may be an [*ending].
func (s *stream) next(n int) (int, error) {
	n = s.rate.Slice(n)
	if s.capacity > 0 && s.resize(s.capacity) == nil {
		s.capacity = 0
	}
	n, err := s.take(fault.OpWrite, s.injector.Call(fault.OpWrite, n), n)
	if err == nil && s.plansFull() && s.isFull() {
		_, err = s.take(fault.OpFull, s.injector.Call(fault.OpFull, 0), 0)
	}
	return n, err
}

func (s *stream) plansFull() bool {
	return slices.ContainsFunc(s.plan.Rules, func(r fault.Rule) bool { return r.Trigger.Kind == fault.WhenFull })
}

// take performs the step and those that follow in the same call.
func (s *stream) take(op fault.Op, step fault.Step, n int) (int, error) {
	for step.Action != nil && step.Action.Verb != fault.OK {
		if s.capacity > 0 {
			return 0, fmt.Errorf("--pipe-size %s: the pipe held more until byte %d, where the plan has '%v': its writer was there first",
				size.Format(s.capacity), s.offset(), step.Action)
		}
		if err := s.perform(*step.Action); err != nil {
			return 0, err
		}
		step = s.injector.Continue(op, n)
	}
	if s.closed {
		sleepForever()
	}
	return step.Limit, nil
}

// errWouldBlock is the error of a call that moves nothing now.
var errWouldBlock = errors.New("it would block")

// moveBlocking moves bytes by a call that may block, and counts them when it has returned. It doesn't hold up who ends the
// process meanwhile: the report has a lower bound then.
func (s *stream) moveBlocking(call func() (int, error), count func(n int, err error)) (int, error) {
	s.setInFlight()
	n, err := call()
	s.turn.Lock()
	defer s.turn.Unlock()
	s.inFlight = false
	count(n, err)
	return n, err
}

func (s *stream) setInFlight() {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.inFlight = true
}

// account reports that n bytes were transferred. The run has the turn.
func (s *stream) account(n int) { s.injector.Moved(fault.OpWrite, n) }

// pace waits as long as the rate demands for n bytes.
func (s *stream) pace(n int) {
	s.rate.Moved(n)
	time.Sleep(s.rate.Delay())
}

// offset is how many bytes were transferred.
func (s *stream) offset() int64 { return s.injector.Offset(fault.OpWrite) }

// unfired returns an error for each rule that did not fire.
func (s *stream) unfired() (all []error) {
	for _, err := range s.injector.Unfired() {
		all = append(all, &statusError{errUnfired, err})
	}
	return all
}

// poll is how often a state is looked for of whose beginning the system has no event.
const poll = time.Millisecond

func waitFile(name string) {
	for {
		if _, err := os.Stat(name); err == nil {
			return
		}
		time.Sleep(poll)
	}
}
