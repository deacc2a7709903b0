// Package coretest judges runs of the engine: [Run.Check] compares what a report says with what went in, what came out, and what
// was done to each sink. Unit tests, sweeps, simulations and fuzz targets, of this module or of programs that use the
// engine, all end with it, so that a promise of the engine is written down once:
//
//   - a sink that is complete has every byte of the stream, in order, once, and nothing else;
//   - any other holds an exact prefix, of the length that is reported; a lower bound only where a call was left in flight;
//   - the first error that a sink gave is its verdict: that operation, that error; and no verdict is without a cause;
//   - calls that could not be left are counted, all of them and no others;
//   - the counts, the source's report and Run's error agree with the verdicts.
//
// What may stay behind in the process is compared by [Held] and [Resources.Released].
package coretest

import (
	"context"
	"errors"
	"fmt"
	"hash"

	"yjoint/core"
	"yjoint/core/internal/origin"
	_ "yjoint/internal/sysmon"
)

// Run is a run that is over: what is known of it besides its report.
type Run struct {
	Stream Stream
	Sinks  []Sink // in the order of core.Run's argument
	Report core.Report
	Err    error // core.Run's

	// SourceErr is what the source fails with at the end of the stream, by its reader or by its Finish; nil: it ends well. Where
	// the run ends before, it need not show.
	SourceErr error
	// Ended has the causes that may have ended the run before the stream did, or before its sinks had finished:
	// context.Canceled or the cancellation's own cause, core.ErrRequireUnmet under StopOnError.
	Ended []error
	// Digest returns a new hash of the kind that was core.Options.Digest; nil: there was none. The stream is not a [Counted] one then.
	Digest func() hash.Hash
}

// Sink is what is known of one sink.
type Sink struct {
	// Holds is what has come to it; for a pipe or socket, to its reader. nil: it was never opened.
	Holds *Receiver
	// Faults are the errors that its calls gave, in their order, until its verdict was given. What is not named in them
	// did not fail: a sink that gave none is complete, unless something else below explains it.
	Faults []Fault
	// Finish: it has one, whose error is told in place of the broken pipe before it.
	Finish bool
	// Leaves: its reader, which is another than the sink itself, went before the end, and may have left bytes behind.
	Leaves bool
	// Stalls: it may have accepted nothing for the stall timeout, or not have finished in time.
	Stalls bool
	// Blocked: a call that can't be left was in flight when its verdict was given. Such a sink must be counted as abandoned.
	Blocked bool
}

// Fault is an error that a call of a sink's gave.
type Fault struct {
	Op  core.Operation // core.OpWrite, OpClose and so on
	Err error          // compared by errors.Is
}

func (f Fault) String() string { return fmt.Sprintf("%s: %v", f.Op, f.Err) }

// Check returns nil if the run was as the engine promises, and otherwise an error that joins all that is wrong.
func (r Run) Check() error {
	if len(r.Sinks) != len(r.Report.Sinks) {
		return fmt.Errorf("%d sinks are reported, of %d; Run's error is %v", len(r.Report.Sinks), len(r.Sinks), r.Err)
	}
	var wrong []error
	for i, s := range r.Sinks {
		rep := r.Report.Sinks[i]
		all := r.checkSink(s, rep)
		if err := r.checkDigest(rep.Digest, rep.Accepted, hasDigest(rep)); err != nil {
			all = append(all, err)
		}
		for _, err := range all {
			wrong = append(wrong, fmt.Errorf("sink %d (%s): %w", i, rep.Name, err))
		}
	}
	return errors.Join(append(wrong, r.checkReport()...)...)
}

// StartAt returns a ctx whose runs count their stream from that offset on, as if everything before had been read and accepted
// by all sinks: so that a test can come near 8 EiB. Its runs need a [Pattern] or [Counted] that begins there.
func StartAt(ctx context.Context, offset int64) context.Context { return origin.With(ctx, offset) }
