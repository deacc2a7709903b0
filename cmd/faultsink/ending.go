package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// ending is how a process ends that does as it was told: by a status, or by a signal if there is one. It travels up as
// an error, since nothing else is done after it.
type ending struct {
	status int
	signal string // without SIG
}

func (e *ending) Error() string {
	if e.signal != "" {
		return "ended by signal " + e.signal
	}
	return fmt.Sprintf("ended with status %d", e.status)
}

// perform returns the exit status; with a signal it doesn't return.
func (e *ending) perform() int {
	if e.signal != "" {
		die(e.signal)
	}
	return e.status
}

// conclude judges the run that ended with err, which may be an [*ending], and writes the report. What went wrong outweighs
// how the process was to end.
func (s *stream) conclude(err error) error {
	s.turn.Lock() // for good: a signal or the watchdog is too late now
	var how *ending
	if errors.As(err, &how) {
		err = nil
	}
	wrong := errors.Join(append(s.unfired(), err, s.judge(how != nil))...)
	switch {
	case wrong != nil:
		how = &ending{status: statusOf(wrong)}
	case how == nil:
		how = &ending{}
	}
	if wrong = errors.Join(wrong, s.tell(*how, wrong)); wrong != nil {
		return wrong
	}
	return how
}

// tell writes the report. Who calls it has the turn.
func (s *stream) tell(how ending, why error) error {
	r := report{reportHead: newReportHead(s.verb), Bytes: s.offset(), AtLeast: s.inFlight, Plan: s.plan.String(), Rules: s.injector.Fired()}
	r.describe(how, why)
	s.describe(&r)
	return s.report.write(r)
}

// watch ends the run from outside: with status 124 when the time is over (0: never is), or by a signal that comes. What
// was seen till then is told in both cases.
func (s *stream) watch(timeout time.Duration) {
	signals := make(chan os.Signal, 1)
	if all := endingSignals(); len(all) > 0 {
		signal.Notify(signals, all...)
	}
	var over <-chan time.Time
	if timeout > 0 {
		over = time.After(timeout)
	}
	go func() {
		how := ending{status: statusTimeout}
		select {
		case sig := <-signals:
			how = ending{signal: signalName(sig)}
		case <-over:
		}
		s.turn.Lock() // for good
		var why error
		if how.status == statusTimeout {
			why = timeoutError(timeout, fmt.Sprintf("%s at byte %d", s.name, s.offset()))
		}
		s.end(how, why)
	}()
}

func timeoutError(timeout time.Duration, where string) error {
	return &statusError{errTimeout, fmt.Errorf("--timeout %v is over: %s", timeout, where)}
}

// end ends the process in the midst of the run, whose turn it has taken.
func (s *stream) end(how ending, why error) {
	if why = errors.Join(why, s.tell(how, why)); why != nil {
		complain(s.stderr, why)
	}
	os.Exit(how.perform())
}
