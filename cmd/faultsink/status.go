package main

import "errors"

// Exit statuses of faultsink itself. They are high, so that they differ from those that a plan's "exit" or a tested program
// gives; see exit statuses in README.md.
const (
	statusOK         = 0
	statusUnexpected = 122 // an expectation failed
	statusUnfired    = 123 // a rule did not fire
	statusTimeout    = 124 // the watchdog ended it, as timeout(1) does
	statusFailed     = 125 // faultsink itself failed, or was asked for what it can't do
)

// statusTable is what help prints.
var statusTable = []struct{ status, meaning string }{
	{"0", "all went as planned and as expected"},
	{"122", "an expectation failed: other bytes arrived than --expect says"},
	{"123", "a rule did not fire, so nothing was tested"},
	{"124", "--timeout ended it"},
	{"125", "faultsink itself failed, or can't do what it was asked for"},
	{"N", "what the plan says: exit N, or death by a signal"},
}

// The kinds of errors that have a status of their own.
var (
	errUnexpected = errors.New("unexpected")
	errUnfired    = errors.New("not fired")
)

// statusError is an error with the kind that decides the status.
type statusError struct {
	kind error
	err  error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// statusOf returns the status of a run that failed. An error of faultsink's own outweighs a rule that did not fire, and
// that an expectation: what was not tested can't be as expected.
func statusOf(err error) int {
	status := 0
	for _, e := range leaves(err) {
		var s *statusError
		switch {
		case !errors.As(e, &s):
			return statusFailed
		case s.kind == errUnfired:
			status = statusUnfired
		case status == 0:
			status = statusUnexpected
		}
	}
	return status
}
