package core

import (
	"errors"
	"fmt"
	"time"
)

// cancelledError marks what ends a sink because its run was ended, whatever the cause.
type cancelledError struct{ cause error }

func (e *cancelledError) Error() string { return e.cause.Error() }
func (e *cancelledError) Unwrap() error { return e.cause }

// verdictOf classifies what ended a sink, and strips the mark of cancellation.
func verdictOf(op Operation, err error) (Verdict, error) {
	var c *cancelledError
	switch {
	case errors.As(err, &c):
		return Cancelled, c.cause
	case errors.Is(err, ErrStalled):
		return Stalled, err
	case op == OpOpen:
		return NotOpened, err
	}
	return Failed, err
}

func opOf(err error, other Operation) Operation {
	var e *OpError
	if errors.As(err, &e) {
		return e.Op
	}
	return other
}

func causeOf(err error) error {
	var e *OpError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// stallError is an ErrStalled that says how long the sink was waited for.
type stallError struct{ text string }

func (e *stallError) Error() string        { return e.text }
func (e *stallError) Is(target error) bool { return target == ErrStalled }

// stalledFor is the error of a sink that accepted nothing for d.
func stalledFor(d time.Duration) error { return &stallError{fmt.Sprintf("no progress for %v", d)} }

// unfinishedAfter is the error of a sink that did not finish within d.
func unfinishedAfter(d time.Duration) error {
	return &stallError{fmt.Sprintf("still waiting after %v", d)}
}
