package fuzz

import (
	"context"
	"testing"
	"time"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/fault"
)

// plannedSink keeps what a plan lets through, and the errors that its writer gave.
type plannedSink struct {
	plan   fault.Plan
	holds  *coretest.Receiver
	writer *fault.Writer
	faults []coretest.Fault
}

func newPlannedSink(t *testing.T, plan fault.Plan, stream coretest.Stream) *plannedSink {
	s := &plannedSink{plan: plan, holds: stream.Receiver()}
	var err error
	if s.writer, err = fault.NewWriter(s.holds, plan); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *plannedSink) Write(p []byte) (int, error) {
	n, err := s.writer.Write(p)
	return n, s.note(core.OpWrite, err)
}

func (s *plannedSink) Close() error { return s.note(core.OpClose, s.writer.Close()) }

func (s *plannedSink) note(op core.Operation, err error) error {
	if err != nil {
		s.faults = append(s.faults, coretest.Fault{Op: op, Err: err})
	}
	return err
}

// isQuick reports whether a plan's stalls take no time that a fuzzer would notice.
func isQuick(p fault.Plan) bool {
	for _, r := range p.Rules {
		for _, a := range r.Actions {
			switch a.Verb {
			case fault.StallForever, fault.StallUntilFile, fault.Rate:
				return false
			case fault.Stall:
				if a.Duration > time.Millisecond || a.Count > 3 || r.Trigger.Kind == fault.Every {
					return false
				}
			}
		}
	}
	return true
}

// FuzzPlansFanOut: whatever the plans of the sinks, the byte at which the stream starts and the path, each survivor has the source's bytes, each failed sink an exact prefix of
// the reported length, and the first error that a plan gave is that sink's verdict.
func FuzzPlansFanOut(f *testing.F) {
	f.Add(uint64(1), uint16(5000), uint8(3), uint16(1000), "at 100 ENOSPC", uint8(0), uint16(0), false)
	f.Add(uint64(2), uint16(70), uint8(8), uint16(1), "at 64 short 1 -> EINTR*3; close EIO", uint8(1), uint16(64), true)
	f.Add(uint64(3), uint16(0), uint8(1), uint16(0), "close EIO", uint8(2), uint16(0), false)
	f.Add(uint64(4), uint16(9000), uint8(4), uint16(512), "at 4096 EINTR*2 -> EPIPE", uint8(3), uint16(4096), false)
	f.Fuzz(func(t *testing.T, seed uint64, size uint16, count uint8, buffer uint16, text string, start uint8, before uint16, portable bool) {
		stream := streamBelow(int(start), int(before)%maxStream, int(size)%maxStream)
		first, err := fault.Parse(text)
		if err != nil || first.Check(fault.ForWriter) != nil || !isQuick(first) {
			first = fault.Plan{}
		}
		sinks := []*plannedSink{newPlannedSink(t, first, stream)}
		for i := range uint64(count % 8) {
			plan := fault.Random(seed, i, fault.RandomOptions{Size: stream.Size(), MaxStall: 10 * time.Microsecond})
			sinks = append(sinks, newPlannedSink(t, plan, stream))
		}
		var given []core.Sink
		for _, s := range sinks {
			given = append(given, core.Sink{Name: s.plan.String(), Writer: s})
		}
		source := core.Source{Reader: stream.Reader()}
		ctx := coretest.StartAt(context.Background(), stream.From())
		rep, err := core.Run(ctx, source, given, core.Options{Buffer: int64(buffer), Portable: portable})
		result := coretest.Run{Stream: stream, Report: rep, Err: err}
		for i, s := range sinks {
			result.Sinks = append(result.Sinks, coretest.Sink{Holds: s.holds, Faults: s.faults})
			s.check(t, rep.Sinks[i])
		}
		if err := result.Check(); err != nil {
			t.Error(err)
		}
	})
}

// check requires that no errno that fired was lost on the way to the engine.
func (s *plannedSink) check(t *testing.T, rep core.SinkReport) {
	t.Helper()
	fails := 0
	for i, f := range s.writer.Injector().Fired() {
		if a := s.plan.Rules[i].Actions[0]; f.Count > 0 && a.Verb == fault.Fail {
			fails++
		}
	}
	if fails > 0 && rep.OK() {
		t.Errorf("%s: %d errnos fired, but the verdict is %s", s.plan, fails, rep.Verdict)
	}
}
