package main

import (
	"fmt"
	"time"

	"yjoint/core/fault"
)

// perform does what a is. The error is an [*ending] if the run is over with it.
func (s *stream) perform(a fault.Action) error {
	switch a.Verb {
	case fault.Exit:
		return &ending{status: a.Status}
	case fault.Kill:
		if endsProcess(a.Signal) {
			return &ending{signal: a.Signal}
		}
		return raise(a.Signal)
	case fault.Stall:
		time.Sleep(a.Duration)
	case fault.StallForever:
		return s.stallForever()
	case fault.StallUntilFull:
		return s.waitFull()
	case fault.StallUntilFile:
		waitFile(a.File)
	case fault.Rate:
		s.rate.Set(a.Size)
	case fault.Hangup:
		s.closed = true
		return s.close()
	case fault.Reset:
		if err := s.reset(); err != nil {
			return err
		}
		return &ending{} // nothing is left to be done
	case fault.Nonblock:
		return descriptor(a.FD).setNonblock()
	}
	return nil
}

// stallForever transfers nothing any more. It ends, and the process with it, when nobody holds the other end; where that
// can't be, or where this end is closed, it lasts until a signal comes.
func (s *stream) stallForever() error {
	if s.closed || !s.isPipe() && !s.isConnection() {
		sleepForever()
	}
	for !s.gone(time.Hour) {
	}
	return &ending{}
}

// waitFull waits until the pipe that is read from is full, so that whoever writes to it is blocked or will be.
func (s *stream) waitFull() error {
	for !s.isFull() {
		if s.gone(poll) && !s.isFull() {
			return &statusError{errUnfired, fmt.Errorf(
				"%s was never full after byte %d: nobody writes to it any more", s.name, s.offset())}
		}
	}
	return nil
}
