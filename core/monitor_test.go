package core_test

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// TestMonitor asks for the state all the time, from several goroutines and from Observe, and requires that it holds
// together.
func TestMonitor(t *testing.T) {
	data := stream(1 << 20)
	var m core.Monitor
	if st := m.Status(); st.Read != 0 || st.Sinks != nil {
		t.Errorf("status before the run: %+v", st)
	}
	failing, other := &FailAfter{Limit: 100_000}, &ShortWriter{Most: 1000}
	r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{Buffer: 10_000}, sink("failing", failing), sink("other", other))
	var asking sync.WaitGroup
	for range 3 {
		asking.Go(func() {
			var last int64
			for {
				st := r.Monitor.Status()
				if st.Read < last || st.Read > int64(len(data)) {
					t.Errorf("read %d bytes after %d", st.Read, last)
				}
				last = st.Read
				for _, s := range st.Sinks {
					if s.Waiting < 0 || s.Verdict == "" && s.Waiting > 10_000 || s.Accepted > int64(len(data)) {
						t.Errorf("sink %+v", s)
					}
				}
				select {
				case <-r.done:
					return
				default:
				}
			}
		})
	}
	rep, _ := r.Wait(t)
	asking.Wait()
	checkVerdicts(t, rep, core.Failed, core.Complete)
	st := r.Monitor.Status()
	for _, s := range st.Sinks {
		if s.HasTaken {
			t.Errorf("nobody knows what is taken from a plain writer: %+v", s)
		}
	}
	if st.Sinks[0].Doing != "failed" || st.Sinks[1].Doing != "complete" || st.Sinks[0].Accepted != 100_000 || st.Read != int64(len(data)) {
		t.Errorf("status after the run: %+v", st)
	}
}

// TestMonitorBlocked: since when a sink waits is told while it waits, and no longer; for how long it has waited, always.
func TestMonitorBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		blocked := newBlockedWriter(1)
		r := start(t, core.Source{Reader: bytes.NewReader(stream(10_000))}, core.Options{}, sink("blocked", blocked), sink("other", &Recorder{}))
		<-blocked.Entered
		time.Sleep(time.Minute) // of fake time
		if s := r.Monitor.Status().Sinks[0]; !s.BlockedSince.Equal(began) || s.Blocked != time.Minute {
			t.Errorf("blocked since %v, for %v; want %v, a minute", s.BlockedSince, s.Blocked, began)
		}
		close(blocked.Release)
		r.Wait(t)
		for i, s := range r.Monitor.Status().Sinks {
			if want := []time.Duration{time.Minute, 0}[i]; !s.BlockedSince.IsZero() || s.Blocked != want {
				t.Errorf("%s: blocked since %v, for %v when all is over, want %v", s.Name, s.BlockedSince, s.Blocked, want)
			}
		}
	})
}
