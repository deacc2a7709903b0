package main

import "errors"

// Exit statuses of faultsink itself. They are high, so that they differ from those that a plan's "exit" or a tested program
// gives; see exit statuses in README.md.
const (
	statusOK            = 0
	statusNotAsExpected = 1   // trial: a tool did not do as it was to
	statusUsage         = 2   // trial, --completion: a wrong command line
	statusUnexpected    = 122 // an expectation failed
	statusUnfired       = 123 // a rule did not fire
	statusTimeout       = 124 // the watchdog ended it, as timeout(1) does
	statusFailed        = 125 // faultsink itself failed, or was asked for what it can't do
	statusCannotRun     = 126 // a command can't be run, as shells say
	statusNotFound      = 127 // a command can't be found
)

// statusTable is what help and manual say of the exit statuses, in ascending order. of names the verbs that end so, if not all
// do.
var statusTable = []struct{ status, meaning, of string }{
	{"0", "all went as planned and as expected", ""},
	{"1", "trial: not every cell is good, or as --expect has it", trialVerb},
	{"2", "trial, --completion: usage error; nothing was run", trialVerb},
	{"122", "an expectation failed: of the bytes that arrived, or of COMMAND", "sink verify exec mount sweep"},
	{"123", "a rule did not fire: what was to be tested wasn't", "sink gen exec mount sweep"},
	{"124", "--timeout ended it; trial: a tool was not over in time", "sink gen verify exec mount sweep trial"},
	{"125", "faultsink itself failed, or can't do what it was asked for", ""},
	{"126", "COMMAND can't be run", "exec mount sweep"},
	{"127", "COMMAND can't be found", "exec mount sweep"},
	{"other", "what the plan says, or COMMAND's own: a status, or death by a signal", "sink gen exec mount"},
}

// The kinds of errors that have a status of their own.
var (
	errUsage      = errors.New("usage")
	errUnexpected = errors.New("unexpected")
	errUnfired    = errors.New("not fired")
	errTimeout    = errors.New("timeout")
	errCannotRun  = errors.New("cannot run")
	errNotFound   = errors.New("not found")
)

// statusError is an error with the kind that decides the status.
type statusError struct {
	kind error
	err  error
}

func (e *statusError) Error() string      { return e.err.Error() }
func (e *statusError) Unwrap() error      { return e.err }
func (e *statusError) Is(kind error) bool { return kind == e.kind }

// statusOf returns the status of a run that failed: of several errors, that of the one which says least of the tested
// program. Where a rule did not fire, what arrived proves nothing.
func statusOf(err error) int {
	if errors.Is(err, errUsage) {
		return statusUsage
	}
	status := statusUnexpected
	for _, e := range leaves(err) {
		status = max(status, statusOfOne(e))
	}
	return status
}

func statusOfOne(err error) int {
	switch {
	case errors.Is(err, errUnexpected):
		return statusUnexpected
	case errors.Is(err, errUnfired):
		return statusUnfired
	case errors.Is(err, errTimeout):
		return statusTimeout
	case errors.Is(err, errCannotRun):
		return statusCannotRun
	case errors.Is(err, errNotFound):
		return statusNotFound
	}
	return statusFailed
}
