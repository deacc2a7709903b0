// Package core copies one byte stream to many sinks and keeps going when one of them fails.
//
// [Run] reads a [Source] once and passes every byte, in order, to every [Sink]. What happens to one sink, whether it fails,
// stalls or is never opened, changes nothing for the others; each sink's fate is told in the [Report], to the byte. The
// error is nil if all sinks are complete, or as many as [Options].Require asks for. The zero [Options] wait for
// every sink for ever: whoever has sinks that may hang sets StallTimeout and FinishTimeout.
//
// A source or sink that is an *os.File is used through its descriptor: pipes and sockets are waited for with poll(2) and
// written with calls that don't block, without setting a flag of a file description that other processes may share.
// Regular files, devices and terminals can block for ever whatever poll says, so each has a goroutine, and thereby a
// thread, of its own. Any other io.Reader or io.Writer works too, but can't be left while it blocks; see [Sink].Writer.
//
// A file should be closed before it counts as whole, a command be waited for, a temporary file be renamed: Sink's Finish, Sync and
// Publish are for that. A writer that is an io.Closer is closed by Run, and a failed close is a failed sink.
//
// In tests [yjoint/core/fault] lets sinks and sources fail, and [yjoint/core/coretest] judges a run.
package core

import (
	"context"
	"errors"
	"hash"
	"io"
	"time"

	"yjoint/core/internal/origin"
)

// DefaultBuffer is how far, in bytes, the fastest sink may run ahead of the slowest where Options.Buffer is 0.
const DefaultBuffer int64 = 1 << 20

// Source is where the stream comes from.
type Source struct {
	// Name stands in errors; "source" if empty.
	Name string
	// Reader delivers the stream, up to io.EOF. Run reads it from one goroutine, and never closes it: the caller does,
	// after Run has returned. A Read of a plain io.Reader that blocks is not waited for when the run ends before it.
	Reader io.Reader
	// Finish, if not nil, is called exactly once, when Reader is read no more and before any sink is given the end of
	// the stream. An error makes the whole source failed, however well Reader ended: this is where a producer's exit
	// status is judged. If ctx is done at the call, the run was ended first (cancelled, or no sink is left) and the
	// error is ignored. Finish must return soon after ctx is done.
	Finish func(ctx context.Context) error
}

// Sink is one output of a run. Exactly one of Writer, Open and OpenErr is set.
type Sink struct {
	// Name stands in errors and reports.
	Name string
	// Writer accepts the stream. Run owns it from the call on, and closes it if it is an io.Closer, unless Finish is set.
	// A Write that blocks in a plain io.Writer can't be left: the sink is detached without it, Writer is closed where
	// it can be, counted in Report.Abandoned, and the memory that it was given is never used again.
	Writer io.Writer
	// Open makes the Writer while the others already run, for an output whose opening may block (a FIFO without a
	// reader). The bytes that wait meanwhile count for the stall timeout. Open must return soon after ctx is done.
	Open func(ctx context.Context) (io.Writer, error)
	// OpenErr says that the output could not be opened. It is reported with all the others.
	OpenErr error
	// Finish, if not nil, is called exactly once in place of closing Writer, after the last write: it must close Writer.
	// See End for what it is told. If every byte was accepted, an error makes the sink failed; after EPIPE the error is
	// told as the cause instead of EPIPE; ErrEarlyExit gives that verdict; in other cases it is ignored. An *OpError
	// names its own operation. Finish must return soon after ctx is done; that is when FinishTimeout is over or the
	// run is ended.
	Finish func(ctx context.Context, end End) error
	// Sync has what was written reach the medium before the sink is closed at the end of a whole stream: a regular file or
	// block device, or a Writer that has a method Sync() error. Others have nothing to sync. An error makes the sink failed.
	Sync bool
	// Publish are steps, taken in order, that make visible what the sink has accepted: a rename, a command. They come after
	// Finish, when every other sink is as far or has its verdict, and only if, with what has waited so, Options.Require
	// can be met; otherwise the sink is Cancelled with OpPublish, and none of them is taken. The first error ends them, and makes the
	// sink failed. The caller undoes what a sink without success has left, after Run has returned.
	Publish []Step
	// Optional sinks do not count for Options.Require, neither as wanted nor as complete.
	Optional bool
	// EarlyExitOK counts the verdict EarlyExit as complete.
	EarlyExitOK bool
	// StallTimeout replaces Options.StallTimeout for this sink; 0 takes that one, negative means never.
	StallTimeout time.Duration
	// NoDrain takes what a pipe has accepted for taken: nobody waits until its reader has emptied it, and what the reader
	// leaves in it when it goes is no failure.
	NoDrain bool
	// Unwatched has the reader's leaving noticed by the next write alone, and not while there is nothing to write.
	Unwatched bool
}

// End tells a sink's Finish why the writing is over.
type End struct {
	// Whole: the source ended well and this sink accepted all of it. Only then may anybody be told "end of stream".
	Whole bool
	// Err is nil if Whole; otherwise what ended it: the write error (EPIPE: no reader is left), ErrStalled,
	// ErrSourceFailed, or the cause of the run's cancellation.
	Err error
}

// Options tune a run. The zero value works.
type Options struct {
	// Buffer is how far, in bytes, the fastest sink may run ahead of the slowest. 0 means DefaultBuffer.
	// The window's memory is at most this and two chunks of up to 256 KiB.
	Buffer int64
	// NoZeroCopy has everything copied once at least. Without it a producer that has spliced pages of its own into the
	// source's pipe can still change bytes which one sink has and another has not.
	NoZeroCopy bool
	// Digest, if not nil, computes the digest of the stream, and thereby that of the prefix which each sink accepted, for the
	// report. Run owns it from the call on and writes to it from one goroutine, beside the sinks and behind the slowest of
	// them. Everything is copied once at least, as with NoZeroCopy, so that the digest is of the bytes which the sinks
	// were given. A hash that is slower than source and sinks holds them up, with Buffer full; and Run returns when it has had
	// everything that was read, so its Write must not block.
	Digest hash.Hash
	// Portable has the portable path taken where there is another.
	Portable bool
	// Require is how many of the sinks that are not optional must be complete. 0 means all of them, Any means one.
	Require int
	// StopOnError ends the run as soon as Require can no longer be met. Without it the remaining sinks go on.
	StopOnError bool
	// StallTimeout detaches a sink that has accepted nothing for so long while bytes waited for it. 0 means never.
	// Time during which the whole process was stopped does not count.
	StallTimeout time.Duration
	// StallWarn reports an EventStalled for such a sink after this time. 0 means never.
	StallWarn time.Duration
	// FinishTimeout bounds what follows a sink's last byte at the end of the stream: its pipe's emptying, sync, close, Finish;
	// and then, from its beginning, publishing. Waiting for others in between doesn't count. 0 means never.
	FinishTimeout time.Duration
	// Observe, if not nil, is told what happens while the run goes on. It is called from the engine's goroutines, one
	// call at a time, and must not block.
	Observe func(Event)
	// Monitor, if not nil, can be asked for the run's state at any time.
	Monitor *Monitor
}

// What ends a sink or a run. A SinkReport's Err wraps one of these or a system error.
var (
	// ErrStalled: the sink accepted nothing for its stall timeout, or did not finish within FinishTimeout.
	ErrStalled = errors.New("no progress")
	// ErrEarlyExit is returned by a Sink's Finish to say that the sink's command exited with success before the end.
	ErrEarlyExit = errors.New("exit status 0 before the end of the stream")
	// ErrSourceFailed is a sink's cause where the source ended with an error.
	ErrSourceFailed = errors.New("the source failed")
	// ErrRequireUnmet ends a run under StopOnError, and is part of Run's error when too few sinks are complete.
	ErrRequireUnmet = errors.New("too few outputs can be complete")
	// ErrNoSinkLeft ends a run whose last sink is gone before the end of the stream.
	ErrNoSinkLeft = errors.New("no output is left")
)

// Any is the value of Options.Require that asks for one complete sink.
const Any = 1

// Run copies source to all sinks until the source ends, no sink is left, or ctx is done, and returns when every sink
// has its verdict. Cancellation closes nothing that could be taken for a complete stream (see Sink.Finish); a sink whose
// write is in flight then, in a call that can't be left, is given a second before it is abandoned.
//
// The error is nil if and only if as many sinks as required are complete and the source ended well, or was left because no
// sink wanted more of it. Otherwise it joins the source's error and a *SinkError for each failed sink. Options, a source or
// sinks that can't be used are reported before anything is read or written, with an empty Report; every Writer then stays
// the caller's.
func Run(ctx context.Context, source Source, sinks []Sink, opts Options) (Report, error) {
	if err := validate(source, sinks, opts); err != nil {
		return Report{}, err
	}
	r, err := newRun(source, sinks, opts, origin.Of(ctx))
	if err != nil {
		return Report{}, err
	}
	r.serve(ctx)
	report := r.report()
	return report, report.err()
}
