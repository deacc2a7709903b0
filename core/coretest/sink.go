package coretest

import (
	"errors"
	"fmt"

	"yjoint/core"
)

// checkSink returns what is wrong with the report of one sink.
func (r Run) checkSink(s Sink, rep core.SinkReport) []error {
	if s.Holds == nil {
		s.Holds = r.Stream.Receiver()
	}
	wrong := r.checkBytes(s, rep)
	if err := r.checkVerdict(s, rep); err != nil {
		err = fmt.Errorf("verdict %s (%s: %v): %w", rep.Verdict, rep.Op, rep.Err, err)
		wrong = append(wrong, err)
	}
	return wrong
}

// checkBytes compares what the sink holds with what is reported.
func (r Run) checkBytes(s Sink, rep core.SinkReport) (wrong []error) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	held := s.Holds.end()
	if err := s.Holds.Err(); err != nil {
		wrong = append(wrong, err)
	}
	switch {
	case rep.AtLeast && !s.Blocked:
		bad("its count is called a lower bound, though no call was left")
	case rep.AtLeast && held < rep.Accepted:
		bad("holds what is before byte %d; at least %d were accepted, it is said", held, rep.Accepted)
	case s.Leaves && held > rep.Accepted, !s.Leaves && !rep.AtLeast && held != rep.Accepted:
		bad("holds what is before byte %d; %d were accepted, it is said", held, rep.Accepted)
	}
	if rep.Accepted < r.Stream.from || rep.Accepted > r.Report.Source.Bytes {
		bad("accepted %d bytes, it is said; the source delivered those from %d to %d", rep.Accepted, r.Stream.from, r.Report.Source.Bytes)
	}
	if !rep.HasTaken {
		return wrong
	}
	switch gone := rep.Verdict == core.Failed && isGone(rep.Err) && rep.Op != core.OpOpen; {
	case rep.Taken > rep.Accepted || rep.Taken > held:
		bad("its reader has taken %d, it is said; it holds %d, of %d accepted", rep.Taken, held, rep.Accepted)
	case rep.Verdict == core.Complete && rep.Taken != rep.Accepted, s.Leaves && gone && rep.Taken != held:
		bad("its reader has taken %d, it is said; it holds %d", rep.Taken, held)
	}
	return wrong
}

// checkVerdict returns an error unless the verdict follows from what was done to the sink.
func (r Run) checkVerdict(s Sink, rep core.SinkReport) error {
	if rep.At.Before(r.Report.Started) || rep.At.After(r.Report.Ended) {
		return errors.New("given at a time that is not the run's")
	}
	if rep.Verdict != core.Complete && rep.Err == nil {
		return errors.New("without a cause")
	}
	if hidden := r.hidden(s, rep); len(s.Faults) > 0 && !hidden {
		return r.surfaced(s, rep)
	}
	switch rep.Verdict {
	case core.Complete:
		return r.checkComplete(s, rep)
	case core.Failed:
		if s.Leaves && isGone(rep.Err) && (rep.Op == core.OpWrite || rep.Op == core.OpDrain) {
			return nil
		}
		return errors.New("nothing of it has failed")
	case core.Stalled:
		if !s.Stalls || !errors.Is(rep.Err, core.ErrStalled) {
			return errors.New("it does not stall")
		}
		return nil
	case core.Cancelled:
		return r.checkCancelled(rep)
	}
	return errors.New("nothing that was done to it explains that")
}

// hidden reports whether the verdict need not tell of the first fault: one that came while the output was opened or ended,
// by when the sink had been given up, or its run ended, for another reason.
func (r Run) hidden(s Sink, rep core.SinkReport) bool {
	if len(s.Faults) == 0 || s.Faults[0].Op == core.OpWrite {
		return false
	}
	switch rep.Verdict {
	case core.Stalled:
		return s.Stalls
	case core.Cancelled:
		return true // checkCancelled judges it
	case core.Failed: // its reader went first, and what came of its end says nothing more
		return s.Leaves && isGone(rep.Err)
	}
	return false
}

// surfaced returns an error unless the verdict tells of the first fault.
func (r Run) surfaced(s Sink, rep core.SinkReport) error {
	first := s.Faults[0]
	gone := s.Leaves || first.Op == core.OpWrite && isGone(first.Err)
	if !s.Finish || !gone {
		return tells(rep, first)
	}
	// What its Finish says of why nobody reads any more is the cause, unless that was told to return.
	told := len(r.Ended) > 0 || s.Stalls
	cause := s.Faults[len(s.Faults)-1]
	if err := tells(rep, cause); err == nil || !told {
		return err
	}
	if rep.Verdict == core.Cancelled {
		return r.checkCancelled(rep)
	}
	return tells(rep, first)
}

// tells returns an error unless the verdict is what f makes it.
func tells(rep core.SinkReport, f Fault) error {
	want := core.Failed
	switch {
	case f.Op == core.OpOpen:
		want = core.NotOpened
	case errors.Is(f.Err, core.ErrEarlyExit):
		want, f.Op = core.EarlyExit, core.OpExit
	}
	if rep.Verdict != want || rep.Op != f.Op || !errors.Is(rep.Err, f.Err) {
		return fmt.Errorf("its error %q makes it %s", f, want)
	}
	return nil
}

func (r Run) checkComplete(s Sink, rep core.SinkReport) error {
	unread := s.Leaves && !rep.HasTaken // a socket may accept what nobody reads
	switch held := s.Holds.end(); {
	case rep.Err != nil || rep.Op != "":
		return errors.New("with a cause")
	case !r.Report.Source.Ended:
		return errors.New("though the source did not end well")
	case rep.Accepted != r.Stream.to || held != r.Stream.to && !unread:
		return fmt.Errorf("it accepted %d and holds %d; the stream ends at byte %d", rep.Accepted, held, r.Stream.to)
	case rep.AtLeast:
		return errors.New("with a lower bound")
	}
	return nil
}

func (r Run) checkCancelled(rep core.SinkReport) error {
	if r.SourceErr != nil && errors.Is(rep.Err, core.ErrSourceFailed) && errors.Is(r.Report.Source.Err, r.SourceErr) {
		return nil
	}
	switch {
	case !r.mayHaveEnded(rep.Err):
		return errors.New("its run was not ended so")
	case errors.Is(rep.Err, core.ErrRequireUnmet) && r.reachable() >= r.Report.Required:
		return fmt.Errorf("though %d of %d could have been complete", r.reachable(), r.Report.Required)
	}
	return nil
}

// reachable is how many sinks that count are complete, or might have been.
func (r Run) reachable() (n int) {
	for _, s := range r.Report.Sinks {
		if !s.Optional && (s.OK() || s.Verdict == core.Cancelled) {
			n++
		}
	}
	return n
}

// mayHaveEnded reports whether err is a cause that may have ended the run.
func (r Run) mayHaveEnded(err error) bool {
	for _, cause := range r.Ended {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
