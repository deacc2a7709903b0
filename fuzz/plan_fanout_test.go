package fuzz

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"yjoint/core"
	"yjoint/core/fault"
)

// plannedSink keeps what a plan lets through, and the first error that its writer gave.
type plannedSink struct {
	plan   fault.Plan
	got    bytes.Buffer
	writer *fault.Writer
	first  error
}

func newPlannedSink(t *testing.T, plan fault.Plan) *plannedSink {
	s := &plannedSink{plan: plan}
	var err error
	if s.writer, err = fault.NewWriter(&s.got, plan); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *plannedSink) Write(p []byte) (int, error) {
	n, err := s.writer.Write(p)
	return n, s.note(err)
}

func (s *plannedSink) Close() error { return s.note(s.writer.Close()) }

func (s *plannedSink) note(err error) error {
	if s.first == nil {
		s.first = err
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

// FuzzPlansFanOut: whatever the plans of the sinks, each survivor has the source's bytes, each failed sink an exact prefix of
// the reported length, and the first error that a plan gave is that sink's verdict.
func FuzzPlansFanOut(f *testing.F) {
	f.Add(uint64(1), uint16(5000), uint8(3), uint16(1000), "at 100 ENOSPC")
	f.Add(uint64(2), uint16(70), uint8(8), uint16(1), "at 64 short 1 -> EINTR*3; close EIO")
	f.Add(uint64(3), uint16(0), uint8(1), uint16(0), "close EIO")
	f.Fuzz(func(t *testing.T, seed uint64, size uint16, count uint8, buffer uint16, text string) {
		stream := streamOf(int(size) % maxStream)
		first, err := fault.Parse(text)
		if err != nil || first.Check(fault.ForWriter) != nil || !isQuick(first) {
			first = fault.Plan{}
		}
		sinks := []*plannedSink{newPlannedSink(t, first)}
		for i := range uint64(count % 8) {
			plan := fault.Random(seed, i, fault.RandomOptions{Size: int64(len(stream)), MaxStall: 10 * time.Microsecond})
			sinks = append(sinks, newPlannedSink(t, plan))
		}
		var given []core.Sink
		for _, s := range sinks {
			given = append(given, core.Sink{Name: s.plan.String(), Writer: s})
		}
		source := core.Source{Reader: bytes.NewReader(stream)}
		rep, _ := core.Run(context.Background(), source, given, core.Options{Buffer: int64(buffer)})
		for i, s := range sinks {
			s.check(t, stream, rep.Sinks[i])
		}
	})
}

func (s *plannedSink) check(t *testing.T, stream []byte, rep core.SinkReport) {
	t.Helper()
	got := s.got.Bytes()
	if !bytes.HasPrefix(stream, got) || rep.Accepted != int64(len(got)) || rep.AtLeast {
		t.Errorf("%s: %d bytes received, a prefix: %v; accepted %d, at least: %v", s.plan, len(got), bytes.HasPrefix(stream, got), rep.Accepted, rep.AtLeast)
	}
	switch {
	case s.first != nil && (rep.OK() || !errors.Is(rep.Err, s.first)):
		t.Errorf("%s: gave %v, but the verdict is %s, %v", s.plan, s.first, rep.Verdict, rep.Err)
	case s.first == nil && (!rep.OK() || len(got) != len(stream)):
		t.Errorf("%s: gave no error, but the verdict is %s, %v, with %d of %d bytes", s.plan, rep.Verdict, rep.Err, len(got), len(stream))
	}
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
