package core_test

import (
	"bytes"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// PacedWriter takes Pause for each write, and fails with Err where that is set, when Limit bytes are there.
type PacedWriter struct {
	Recorder
	Pause time.Duration
	Limit int
	Err   error
}

func (w *PacedWriter) Write(p []byte) (int, error) {
	time.Sleep(w.Pause) // of fake time
	if w.Err != nil && w.Len() >= w.Limit {
		return 0, w.Err
	}
	return w.Recorder.Write(p[:1])
}

// TestSlowIsNoStall requires that time-outs count from the last progress.
func TestSlowIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data, slow := stream(25), &PacedWriter{Pause: 800 * time.Millisecond}
		r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{StallTimeout: time.Second}, sink("slow", slow))
		rep, err := r.Wait(t)
		checkPrefix(t, data, rep.Sinks[0], slow.Bytes(), core.Complete)
		if err != nil || rep.Sinks[0].Blocked != 20*time.Second {
			t.Errorf("blocked for %v, error %v", rep.Sinks[0].Blocked, err)
		}
		if got := r.Kinds(0); !slices.Equal(got, []core.EventKind{core.EventSettled}) {
			t.Errorf("events %v, though no warning is asked for", got)
		}
	})
}

func TestStallTimeoutOfSink(t *testing.T) {
	for _, c := range []struct {
		own, general time.Duration
		want         core.Verdict
	}{
		{0, 0, core.Complete},
		{0, time.Second, core.Stalled},
		{time.Second, 0, core.Stalled},
		{-1, time.Second, core.Complete},
		{time.Hour, time.Second, core.Complete},
		{time.Second, time.Hour, core.Stalled},
	} {
		t.Run("own="+c.own.String()+"/general="+c.general.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &PacedWriter{Pause: 10 * time.Second}
				rep, _ := run(t, []byte("a"), core.Options{StallTimeout: c.general}, core.Sink{Name: "a", Writer: w, StallTimeout: c.own})
				checkVerdicts(t, rep, c.want)
				time.Sleep(w.Pause) // until a write that was left is over
			})
		})
	}
}

// TestStallIsTold requires one warning per stall, and one word when it is over.
func TestStallIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &PacedWriter{Pause: 10 * time.Second}
		r := start(t, core.Source{Reader: bytes.NewReader(stream(2))}, core.Options{StallWarn: 2 * time.Second}, sink("a", w), sink("b", &Recorder{}))
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Complete, core.Complete)
		want := []core.EventKind{core.EventStalled, core.EventResumed, core.EventStalled, core.EventSettled}
		// The sink may settle before the second end is noticed.
		if got := r.Kinds(0); !slices.Equal(got, want) && !slices.Equal(got, slices.Insert(slices.Clone(want), 3, core.EventResumed)) {
			t.Errorf("events %v", got)
		}
		if e := r.Await(t, core.EventResumed, 0); e.For < 9*time.Second || e.For > 11*time.Second {
			t.Errorf("resumed after %v", e.For)
		}
		if e := r.Await(t, core.EventStalled, 0); e.Waiting != 2 || e.Holding || e.Left != 2 {
			t.Errorf("event %+v", e)
		}
	})
}

// TestDetachedDoesNotResume requires that the end of a stall by detachment is not told as its good end.
func TestDetachedDoesNotResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &PacedWriter{Pause: 5 * time.Second, Err: syscall.EPIPE}
		f := &Finisher{Ignores: time.NewTimer(15 * time.Second)}
		r := start(t, core.Source{Reader: bytes.NewReader(stream(2))}, core.Options{StallWarn: 2 * time.Second},
			core.Sink{Name: "a", Writer: w, Finish: f.Finish})
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Failed)
		synctest.Wait()
		want := []core.EventKind{core.EventStalled, core.EventDetached, core.EventSettled}
		if got := r.Kinds(0); !slices.Equal(got, want) || len(r.late) != 0 {
			t.Errorf("events %v, after the end %v", got, r.late)
		}
	})
}
