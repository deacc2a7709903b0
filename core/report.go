package core

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Verdict is the fate of one sink.
type Verdict string

// The verdicts, from good to bad.
const (
	Complete  Verdict = "complete"   // accepted every byte of a source that ended well, and finished well
	EarlyExit Verdict = "early-exit" // its command exited with status 0 before the end of the stream
	Failed    Verdict = "failed"     // a write, close, fsync, its command's exit or its publishing failed
	Stalled   Verdict = "stalled"    // accepted nothing for its stall timeout, or did not finish in time
	NotOpened Verdict = "not-opened" // could not be opened
	Cancelled Verdict = "cancelled"  // was well when its run was ended (source failure, cancellation, stop), or not to be published
)

// Operation is what a sink was doing when its fate was decided.
type Operation string

// The operations that a report names.
const (
	OpOpen  Operation = "open"
	OpWrite Operation = "write"
	OpDrain Operation = "drain" // waiting until the reader has taken what its pipe holds
	OpClose Operation = "close"
	OpSync  Operation = "fsync"
	OpExit  Operation = "exit" // a command's exit status

	OpPublish Operation = "publish" // none of Sink.Publish: the run has decided against it
	OpRename  Operation = "rename"
	OpCommit  Operation = "commit" // a command that publishes
)

// OpError is an error that names the operation which failed. Finish functions return it to replace OpClose.
type OpError struct {
	Op  Operation
	Err error
}

func (e *OpError) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Err) }

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

// SinkError says which sink failed, in which operation, at which byte, and why. It unwraps to the cause.
type SinkError struct {
	Name   string
	Op     Operation
	Offset int64 // bytes that the sink had accepted
	Err    error
}

func (e *SinkError) Error() string {
	if e.Op == OpOpen && e.Offset == 0 {
		return fmt.Sprintf("%s: %s: %s", e.Name, e.Op, Describe(e.Err))
	}
	return fmt.Sprintf("%s: %s at byte %d: %s", e.Name, e.Op, e.Offset, Describe(e.Err))
}

// Unwrap returns the cause.
func (e *SinkError) Unwrap() error { return e.Err }

// The ways that bytes go.
const (
	PathPortable = "portable" // read(2) and write(2), a goroutine per sink; everywhere
	PathLinux    = "linux"    // tee(2) and splice(2) where they help, one goroutine for all pipes and sockets
)

// Report is the outcome of a run.
type Report struct {
	Source SourceReport
	Sinks  []SinkReport // in the order of Run's argument
	// Required and Reached count sinks that are not optional: how many had to be complete, how many are.
	Required, Reached int
	// Path names the way the bytes went: PathPortable or PathLinux.
	Path string
	// PathReason says what the system refused to the latter, or "".
	PathReason string
	// Shared is how many of the source's bytes went to all sinks without having been copied.
	Shared int64
	// Abandoned counts sinks whose write, close or the like was still in flight, in a call that can't be left, when Run returned.
	Abandoned int
	// Started and Ended bound the run.
	Started, Ended time.Time
}

// SourceReport is what was read.
type SourceReport struct {
	Name  string
	Bytes int64 // bytes read; the exact length of the stream if Ended
	Ended bool  // the end of the stream was reached and Finish agreed
	Err   error // why the source failed; nil if it did not
	// Digest is that of the Bytes bytes, the whole stream's if Ended; nil without Options.Digest.
	Digest []byte
}

// SinkReport is the fate of one sink.
type SinkReport struct {
	Name     string
	Verdict  Verdict
	Accepted int64 // bytes that the sink accepted: an exact prefix of the source, or a lower bound if AtLeast
	AtLeast  bool  // an operation was still in flight when the sink was left
	// Taken is how many of the accepted bytes the reader of a pipe has taken out of it, where HasTaken.
	Taken    int64
	HasTaken bool
	// Digest is that of the Accepted bytes; nil where their number is a lower bound or nothing was opened, without Options.Digest,
	// and before Run returns.
	Digest []byte
	// Op and Err tell what ended the sink; Err is nil for Complete.
	Op      Operation
	Err     error
	At      time.Time     // when the verdict was given
	Blocked time.Duration // time spent waiting for the sink to accept bytes
	// Optional and EarlyExitOK repeat the Sink's.
	Optional, EarlyExitOK bool
}

// report collects the verdicts, when all are given.
func (r *run) report() Report {
	left := true
	select {
	case <-r.sourceDone:
		left = false
	default:
	}
	rep := Report{
		Source: r.source.report(left), Required: r.required(), Reached: r.reachable(),
		Path: PathPortable, Abandoned: int(r.abandoned.Load()),
		Started: r.started, Ended: time.Now(),
	}
	if r.noPump != nil {
		rep.PathReason = Describe(r.noPump)
	}
	if r.pump.used() {
		rep.Path, rep.Shared = PathLinux, r.pump.shared
	}
	rep.Source.Digest = r.digester.ofAll()
	for _, s := range r.sinks {
		sink := s.snapshot()
		sink.Digest = r.digester.of(s, sink)
		rep.Sinks = append(rep.Sinks, sink)
	}
	return rep
}

// OK reports whether the sink counts as complete.
func (s SinkReport) OK() bool {
	return s.Verdict == Complete || s.Verdict == EarlyExit && s.EarlyExitOK
}

// Error returns a *SinkError, or nil if the sink is OK.
func (s SinkReport) Error() error {
	if s.OK() {
		return nil
	}
	return &SinkError{Name: s.Name, Op: s.Op, Offset: s.Accepted, Err: s.Err}
}

// err is Run's error.
func (r Report) err() error {
	if r.Reached >= r.Required && r.someOK() && (r.Source.Ended || r.Source.Err == nil && !r.cancelled()) {
		return nil
	}
	var all []error
	if r.Source.Err != nil {
		all = append(all, fmt.Errorf("%s: at byte %d: %w", r.Source.Name, r.Source.Bytes, r.Source.Err))
	}
	if r.Reached < r.Required {
		all = append(all, ErrRequireUnmet)
	}
	for _, s := range r.Sinks {
		if err := s.Error(); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// someOK reports whether any sink is OK. Without, nothing was achieved even if nothing was required.
func (r Report) someOK() bool { return slices.ContainsFunc(r.Sinks, SinkReport.OK) }

// cancelled reports whether the run was ended while a sink was well.
func (r Report) cancelled() bool {
	return slices.ContainsFunc(r.Sinks, func(s SinkReport) bool { return s.Verdict == Cancelled })
}

// EventKind says what an Event is about.
type EventKind int

// The kinds of events.
const (
	// EventDetached: the sink was detached; Event.Sink is final but for Taken, Verdict and Err, which its Finish may
	// still settle (a command's exit status).
	EventDetached EventKind = iota
	// EventStalled: the sink has accepted nothing for Options.StallWarn while bytes waited for it.
	EventStalled
	// EventResumed: a sink that EventStalled was told of goes on.
	EventResumed
	// EventSettled: the sink has its verdict, after its Finish; sent once for every sink.
	EventSettled
)

// Event is something that happened during a run.
type Event struct {
	Kind  EventKind
	Index int        // of the sink, in Run's argument
	Sink  SinkReport // its state at the time
	Left  int        // sinks that are still served
	// Pending, for EventDetached: nobody reads the output any more, but all there was has been taken. If the stream
	// turns out to end here, or the command's exit says so, the verdict will be another.
	Pending bool
	// Waiting is how many bytes have been read and wait for the sink.
	Waiting int64
	// Holding: the window is full because of this sink, so that the source and all others wait for it.
	Holding bool
	// For is how long the sink has accepted nothing, for EventStalled and EventResumed.
	For time.Duration
}
