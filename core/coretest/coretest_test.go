package coretest_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"yjoint/core"
	"yjoint/core/coretest"
)

var errSource = errors.New("the source broke")

// sample is a run of 100 bytes in which each kind of verdict is given for a reason that Check accepts.
func sample() coretest.Run {
	stream := coretest.Bytes([]byte(strings.Repeat("0123456789", 10)))
	holds := func(n int64) *coretest.Receiver {
		p, _ := io.ReadAll(io.LimitReader(stream.Reader(), n))
		return stream.Received(p)
	}
	now := time.Now()
	r := coretest.Run{Stream: stream, Report: core.Report{
		Source: core.SourceReport{Bytes: 100, Ended: true}, Required: 1, Reached: 2, Path: core.PathPortable, Abandoned: 1,
		Started: now, Ended: now.Add(time.Second),
	}}
	add := func(s coretest.Sink, rep core.SinkReport) {
		rep.At = now.Add(time.Millisecond)
		r.Sinks, r.Report.Sinks = append(r.Sinks, s), append(r.Report.Sinks, rep)
	}
	add(coretest.Sink{Holds: holds(100)}, core.SinkReport{Verdict: core.Complete, Accepted: 100})
	add(coretest.Sink{Holds: holds(100)}, core.SinkReport{Verdict: core.Complete, Accepted: 100, HasTaken: true, Taken: 100})
	add(coretest.Sink{Holds: holds(7), Faults: []coretest.Fault{{core.OpWrite, syscall.ENOSPC}, {core.OpClose, syscall.EIO}}},
		core.SinkReport{Verdict: core.Failed, Accepted: 7, Op: core.OpWrite, Err: syscall.ENOSPC})
	add(coretest.Sink{Holds: holds(30), Leaves: true},
		core.SinkReport{Verdict: core.Failed, Accepted: 40, HasTaken: true, Taken: 30, Op: core.OpWrite, Err: syscall.EPIPE})
	add(coretest.Sink{Holds: holds(20), Stalls: true, Blocked: true},
		core.SinkReport{Verdict: core.Stalled, Accepted: 10, AtLeast: true, Op: core.OpWrite, Err: core.ErrStalled})
	add(coretest.Sink{Faults: []coretest.Fault{{core.OpOpen, os.ErrPermission}}},
		core.SinkReport{Verdict: core.NotOpened, Op: core.OpOpen, Err: os.ErrPermission})
	add(coretest.Sink{Holds: holds(3), Finish: true, Faults: []coretest.Fault{{core.OpWrite, syscall.EPIPE}, {core.OpExit, core.ErrEarlyExit}}},
		core.SinkReport{Verdict: core.EarlyExit, Accepted: 3, Op: core.OpExit, Err: core.ErrEarlyExit})
	return r
}

// failed is a run of 50 bytes whose source fails there.
func failed() coretest.Run {
	stream := coretest.Pattern(9, math.MaxInt64-50, math.MaxInt64)
	holds := stream.Receiver()
	io.Copy(holds, stream.Reader())
	now := time.Now()
	r := coretest.Run{Stream: stream, SourceErr: errSource, Sinks: []coretest.Sink{{Holds: holds}}, Report: core.Report{
		Source: core.SourceReport{Bytes: math.MaxInt64, Err: errSource}, Required: 1, Path: core.PathLinux, Started: now, Ended: now,
		Sinks: []core.SinkReport{{Verdict: core.Cancelled, Accepted: math.MaxInt64, Op: core.OpWrite, Err: core.ErrSourceFailed, At: now}},
	}}
	r.Err = errors.Join(errSource, core.ErrRequireUnmet, r.Report.Sinks[0].Error())
	return r
}

func TestGoodRuns(t *testing.T) {
	for name, r := range map[string]coretest.Run{"sample": sample(), "failed": failed()} {
		if err := r.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBadRuns changes one thing of a good run, and requires that it is found.
func TestBadRuns(t *testing.T) {
	for _, c := range []struct {
		want  string // part of the error
		spoil func(r *coretest.Run)
	}{
		{"received 0x78 at byte 50", func(r *coretest.Run) {
			data := []byte(strings.Repeat("0123456789", 10))
			data[50] = 'x'
			r.Sinks[0].Holds = r.Stream.Received(data)
		}},
		{"of a stream that ends at byte 100", func(r *coretest.Run) { r.Sinks[0].Holds.Write([]byte("0")) }},
		{"holds what is before byte 100; 99 were", func(r *coretest.Run) { r.Report.Sinks[0].Accepted = 99 }},
		{"accepted 99 and holds 100", func(r *coretest.Run) { r.Report.Sinks[0].Accepted = 99 }},
		{"holds what is before byte 7; 8 were", func(r *coretest.Run) { r.Report.Sinks[2].Accepted = 8 }},
		{"nothing of it has failed", func(r *coretest.Run) { r.Sinks[2].Faults = nil }},
		{"its error", func(r *coretest.Run) { r.Report.Sinks[2].Err = syscall.EIO }},
		{"its error", func(r *coretest.Run) { r.Report.Sinks[2].Op = core.OpClose }},
		{"its error", func(r *coretest.Run) { r.Report.Sinks[2].Verdict = core.Cancelled }},
		{"its error", func(r *coretest.Run) { r.Sinks[0].Faults = []coretest.Fault{{core.OpClose, syscall.EIO}} }},
		{"without a cause", func(r *coretest.Run) { r.Report.Sinks[2].Err = nil }},
		{"with a cause", func(r *coretest.Run) { r.Report.Sinks[0].Err = syscall.EIO }},
		{"has taken 29", func(r *coretest.Run) { r.Report.Sinks[3].Taken = 29 }},
		{"has taken 31", func(r *coretest.Run) { r.Report.Sinks[3].Taken = 31 }},
		{"has taken 99", func(r *coretest.Run) { r.Report.Sinks[1].Taken = 99 }},
		{"nothing of it has failed", func(r *coretest.Run) { r.Sinks[3].Leaves = false }},
		{"it does not stall", func(r *coretest.Run) { r.Sinks[4].Stalls = false }},
		{"called a lower bound", func(r *coretest.Run) { r.Sinks[4].Blocked = false }},
		{"at least 21", func(r *coretest.Run) { r.Report.Sinks[4].Accepted = 21 }},
		{"1 sinks are counted as abandoned; 0", func(r *coretest.Run) { r.Sinks[4].Blocked = false }},
		{"0 sinks are counted as abandoned; 1", func(r *coretest.Run) { r.Report.Abandoned = 0 }},
		{"its run was not ended", func(r *coretest.Run) {
			r.Report.Sinks[4].Verdict, r.Report.Sinks[4].Err = core.Cancelled, context.Canceled
		}},
		{"though 3 of 3 could have been", func(r *coretest.Run) {
			r.Ended, r.Report.Required = []error{core.ErrRequireUnmet}, 3
			r.Report.Sinks[4].Verdict, r.Report.Sinks[4].Err = core.Cancelled, core.ErrRequireUnmet
		}},
		{"its error", func(r *coretest.Run) { r.Report.Sinks[5].Verdict = core.Failed }},
		{"its error", func(r *coretest.Run) { r.Report.Sinks[6].Verdict = core.Complete }},
		{"its error", func(r *coretest.Run) { r.Sinks[6].Finish = false }},
		{"though the source did not end well", func(r *coretest.Run) { r.Report.Source.Ended = false }},
		{"though sinks are left", func(r *coretest.Run) { r.Report.Source.Ended = false }},
		{"ended well at byte 99", func(r *coretest.Run) { r.Report.Source.Bytes = 99 }},
		{"it ends at 100 with the error", func(r *coretest.Run) { r.SourceErr = errSource }},
		{"2 sinks that count are complete; 1", func(r *coretest.Run) { r.Report.Reached = 1 }},
		{"Run's error is", func(r *coretest.Run) { r.Err = io.EOF }},
		{"does not tell of sink 2", func(r *coretest.Run) { r.Err = io.EOF }},
		{"101 bytes are said to have been shared", func(r *coretest.Run) { r.Report.Shared = 101 }},
		{"a time that is not the run's", func(r *coretest.Run) { r.Report.Sinks[0].At = time.Time{} }},
		{"0 sinks are reported", func(r *coretest.Run) { r.Report.Sinks = nil }},
		{"path", func(r *coretest.Run) { r.Report.Path = "" }},
	} {
		r := sample()
		c.spoil(&r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestBadSourceFailures is the same for a run whose source fails.
func TestBadSourceFailures(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(r *coretest.Run)
	}{
		{"its run was not ended", func(r *coretest.Run) { r.SourceErr = nil }},
		{"failed with", func(r *coretest.Run) { r.SourceErr = nil }},
		{"failed with", func(r *coretest.Run) { r.SourceErr = io.ErrUnexpectedEOF }},
		{"Run's error is <nil>", func(r *coretest.Run) { r.Err = nil }},
		{"though the source did not end well", func(r *coretest.Run) {
			r.Report.Sinks[0].Verdict, r.Report.Sinks[0].Err, r.Report.Sinks[0].Op = core.Complete, nil, ""
		}},
		{"bytes were read", func(r *coretest.Run) { r.Report.Source.Bytes = math.MaxInt64 - 51 }},
	} {
		r := failed()
		c.spoil(&r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestStartAt requires exact positions at the end of what an offset can be.
func TestStartAt(t *testing.T) {
	before := coretest.Held()
	for _, from := range []int64{2<<30 - 5, 4<<30 - 5, 8<<30 - 5, math.MaxInt64 - 100_000} {
		stream := coretest.Pattern(3, from, from+100_000)
		a, b := stream.Receiver(), stream.Receiver()
		rep, err := core.Run(coretest.StartAt(context.Background(), from), core.Source{Reader: stream.Reader()},
			[]core.Sink{{Name: "a", Writer: a}, {Name: "b", Writer: b}}, core.Options{Buffer: 1000, Digest: sha256.New()})
		run := coretest.Run{Stream: stream, Sinks: []coretest.Sink{{Holds: a}, {Holds: b}}, Report: rep, Err: err, Digest: sha256.New}
		if err := run.Check(); err != nil || rep.Sinks[0].Accepted != from+100_000 {
			t.Errorf("from %d: report %+v: %v", from, rep, err)
		}
	}
	if err := before.Released(); err != nil { // what ends late would be taken by TestReleased for what ends then
		t.Error(err)
	}
}

// TestReleased requires that goroutines that stay are told, and those that end are not. They are more than those of other tests
// that may be about to end.
func TestReleased(t *testing.T) {
	before, ends := coretest.Held(), make(chan bool)
	for range 100 {
		go func() { <-ends }()
	}
	if err := before.Released(); err == nil || !strings.Contains(err.Error(), "TestReleased") {
		t.Error(err)
	}
	close(ends)
	if err := before.Released(); err != nil {
		t.Error(err)
	}
}
