package coretest

import (
	"errors"
	"fmt"
	"slices"

	"yjoint/core"
)

// checkReport returns what is wrong with what is reported of the run as a whole.
func (r Run) checkReport() (wrong []error) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	rep, blocked := r.Report, 0
	for _, s := range r.Sinks {
		if s.Blocked {
			blocked++
		}
	}
	if rep.Abandoned != blocked {
		bad("%d sinks are counted as abandoned; %d calls could not be left", rep.Abandoned, blocked)
	}
	if rep.Path != core.PathPortable && rep.Path != core.PathLinux || rep.Ended.Before(rep.Started) {
		bad("path %q, from %v to %v", rep.Path, rep.Started, rep.Ended)
	}
	if read := rep.Source.Bytes - r.Stream.from; rep.Shared < 0 || rep.Shared > read {
		bad("%d bytes are said to have been shared, of %d", rep.Shared, read)
	}
	if err := r.checkSource(); err != nil {
		bad("source: %w", err)
	}
	if err := r.checkDigest(rep.Source.Digest, rep.Source.Bytes, true); err != nil {
		bad("source: %w", err)
	}
	return append(wrong, r.checkError()...)
}

// checkSource returns an error unless the report of the source is true, and its end has a reason.
func (r Run) checkSource() error {
	rep := r.Report.Source
	complete := slices.ContainsFunc(r.Report.Sinks, core.SinkReport.OK)
	switch {
	case rep.Bytes < r.Stream.from || rep.Bytes > r.Stream.to:
		return fmt.Errorf("%d bytes were read, it is said; the stream has those from %d to %d", rep.Bytes, r.Stream.from, r.Stream.to)
	case rep.Ended && (rep.Err != nil || r.SourceErr != nil || rep.Bytes != r.Stream.to):
		return fmt.Errorf("it ended well at byte %d, it is said; it ends at %d with the error %v", rep.Bytes, r.Stream.to, r.SourceErr)
	case rep.Err != nil && (r.SourceErr == nil || !errors.Is(rep.Err, r.SourceErr)):
		return fmt.Errorf("failed with %v, it is said, not %v", rep.Err, r.SourceErr)
	case !rep.Ended && rep.Err == nil && complete && len(r.Ended) == 0 && !r.onlyEarlyExits():
		return errors.New("neither ended nor failed, it is said, though sinks are left")
	}
	return nil
}

// onlyEarlyExits reports whether all that is well needs no more of the source.
func (r Run) onlyEarlyExits() bool {
	return !slices.ContainsFunc(r.Report.Sinks, func(s core.SinkReport) bool { return s.Verdict == core.Complete })
}

// checkError compares the counts and Run's error with the verdicts.
func (r Run) checkError() (wrong []error) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	rep := r.Report
	reached, some, cancelled := 0, false, false
	for i, s := range rep.Sinks {
		if some = some || s.OK(); s.OK() && !s.Optional {
			reached++
		}
		cancelled = cancelled || s.Verdict == core.Cancelled
		if !s.OK() && r.Err != nil && !errors.Is(r.Err, s.Err) {
			bad("Run's error does not tell of sink %d: %w", i, s.Error())
		}
	}
	if reached != rep.Reached {
		bad("%d sinks that count are complete; %d, it is said", reached, rep.Reached)
	}
	sourceWell := rep.Source.Ended || rep.Source.Err == nil && !cancelled // left, since no sink wanted more
	if well := reached >= rep.Required && some && sourceWell; well != (r.Err == nil) {
		bad("%d of %d complete, source %+v; Run's error is %v", reached, rep.Required, rep.Source, r.Err)
	}
	return wrong
}

// isGone reports whether err is what a writer gets whose reader has gone.
func isGone(err error) bool { return core.IsBrokenPipe(err) || core.ErrnoName(err) == "ECONNRESET" }
