package core_test

import (
	"bytes"
	"sync"
	"testing"
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
	if st.Sinks[0].Doing != "failed" || st.Sinks[1].Doing != "complete" || st.Sinks[0].Accepted != 100_000 || st.Read != int64(len(data)) {
		t.Errorf("status after the run: %+v", st)
	}
}

// TestMonitorBlocked: since when a sink waits is told while it waits, and no longer.
func TestMonitorBlocked(t *testing.T) {
	data := stream(10_000)
	before := time.Now()
	blocked := newBlockedWriter(1)
	r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{}, sink("blocked", blocked), sink("other", &Recorder{}))
	<-blocked.Entered
	st := r.Monitor.Status()
	if since := st.Sinks[0].BlockedSince; since.Before(before) || since.After(time.Now()) {
		t.Errorf("blocked since %v, want a time after %v", since, before)
	}
	close(blocked.Release)
	r.Wait(t)
	for _, s := range r.Monitor.Status().Sinks {
		if !s.BlockedSince.IsZero() {
			t.Errorf("%s: blocked since %v when all is over", s.Name, s.BlockedSince)
		}
	}
}
