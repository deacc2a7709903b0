package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"yjoint/core/fault"
)

// stream is the process's side of a pipe, and what the plan does to it.
type stream struct {
	name     string // "standard input" or "standard output"
	fd       int
	plan     fault.Plan
	injector *fault.Injector
	rate     int64 // bytes per second; 0: no limit
	due      time.Time
	closed   bool
	broken   error // a step of the plan that could not be taken
	// end writes what is to be told, and ends the process as how says; it doesn't return.
	end func(how ending)
}

// ending is how a plan ends the process: by a status, or by a signal if there is one.
type ending struct {
	status int
	signal string
}

func newStream(name string, fd int, plan fault.Plan) *stream {
	return &stream{name: name, fd: fd, plan: plan, injector: fault.NewInjector(plan)}
}

// check refuses a plan that this kind of file doesn't allow, before anything is touched.
func (s *stream) check() error {
	for _, r := range s.plan.Rules {
		for _, a := range r.Actions {
			switch {
			case (a.Verb == fault.StallUntilFull || r.Trigger.Kind == fault.WhenFull) && !isPipe(s.fd):
				return fmt.Errorf("rule '%s': %s is no pipe, and only a pipe can be full", r, s.name)
			case a.Verb == fault.Reset && !isConnection(s.fd):
				return fmt.Errorf("rule '%s': %s is no connection, and only a connection can be reset", r, s.name)
			case a.Verb == fault.Nonblock && !isOpen(a.FD):
				return fmt.Errorf("rule '%s': descriptor %d is not open", r, a.FD)
			}
		}
	}
	return nil
}

// next returns how many of n bytes may be transferred now, having taken the steps of the plan that come first.
func (s *stream) next(n int) int {
	if s.rate > 0 {
		n = atMost(n, max(s.rate/10, 1)) // in pieces of a tenth of a second
	}
	if s.plansFull() && s.isFull() {
		s.take(fault.OpFull, s.injector.Call(fault.OpFull, 0), 0)
	}
	return s.take(fault.OpWrite, s.injector.Call(fault.OpWrite, n), n)
}

func (s *stream) plansFull() bool {
	return slices.ContainsFunc(s.plan.Rules, func(r fault.Rule) bool { return r.Trigger.Kind == fault.WhenFull })
}

// take performs the step and those that follow in the same call.
func (s *stream) take(op fault.Op, step fault.Step, n int) int {
	for step.Action != nil && step.Action.Verb != fault.OK {
		if err := s.perform(*step.Action); err != nil && s.broken == nil {
			s.broken = &statusError{errUnfired, fmt.Errorf("%v: %w", step.Action, err)}
		}
		step = s.injector.Continue(op, n)
	}
	return step.Limit
}

func (s *stream) perform(a fault.Action) error {
	switch a.Verb {
	case fault.Exit:
		s.end(ending{status: a.Status})
	case fault.Kill:
		if name := a.Signal; endsProcess(name) {
			s.end(ending{signal: name})
		} else {
			return raise(name)
		}
	case fault.Stall:
		time.Sleep(a.Duration)
	case fault.StallForever:
		s.waitGone()
	case fault.StallUntilFull:
		return s.waitFull()
	case fault.StallUntilFile:
		waitFile(a.File)
	case fault.Rate:
		s.rate, s.due = a.Size, time.Now()
	case fault.Hangup:
		s.closed = true
		return closeFD(s.fd)
	case fault.Reset:
		s.closed = true
		return resetFD(s.fd)
	case fault.Nonblock:
		return setNonblock(a.FD)
	}
	return nil
}

// moved reports that n bytes were transferred, and waits as long as the rate demands.
func (s *stream) moved(n int) {
	s.injector.Moved(fault.OpWrite, n)
	if s.rate == 0 || n == 0 {
		return
	}
	if now := time.Now(); s.due.Before(now) {
		s.due = now // time in which nothing came is not caught up with
	}
	s.due = s.due.Add(time.Duration(float64(n) / float64(s.rate) * float64(time.Second)))
	time.Sleep(time.Until(s.due))
}

// offset is how many bytes were transferred.
func (s *stream) offset() int64 { return s.injector.Offset(fault.OpWrite) }

// unfired returns the rules that did not fire, and the step that could not be taken, as errors.
func (s *stream) unfired() (all []error) {
	for _, err := range s.injector.Unfired() {
		all = append(all, &statusError{errUnfired, err})
	}
	if s.broken != nil {
		all = append(all, s.broken)
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
