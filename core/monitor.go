package core

import (
	"sync"
	"time"
)

// Monitor gives a view of a run from outside, at any time, from any goroutine. The zero value is ready for one Run.
type Monitor struct {
	mu  sync.Mutex
	run *run // set by attach
}

// Status is the state of a run at one moment.
type Status struct {
	Read  int64 // bytes read from the source
	Sinks []SinkStatus
}

// SinkStatus is the state of one sink.
type SinkStatus struct {
	SinkReport
	// Doing is "opening", "writing", "draining", "finishing", "ready" (waiting for the others, to publish), "publishing",
	// or the verdict.
	Doing string
	// Waiting is how many bytes have been read and wait for the sink.
	Waiting int64
	// BlockedSince is when the wait began that goes on; zero if the sink does not wait to accept bytes.
	BlockedSince time.Time
}

func (m *Monitor) attach(r *run) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.run = r
}

// Status returns the run's state, the zero Status before it has begun.
func (m *Monitor) Status() Status {
	m.mu.Lock()
	r := m.run
	m.mu.Unlock()
	if r == nil {
		return Status{}
	}
	st := Status{Read: r.window.read()}
	for _, s := range r.sinks {
		st.Sinks = append(st.Sinks, s.status())
	}
	return st
}

// snapshot is what is known of the sink at this moment.
func (s *sink) snapshot() SinkReport { return s.status().SinkReport }

func (s *sink) status() SinkStatus {
	accepted, waiting, _ := s.run.window.position(s.cur)
	s.mu.Lock()
	defer s.mu.Unlock()
	st := SinkStatus{SinkReport: s.rep, Waiting: waiting}
	if s.settled {
		st.Doing = string(s.rep.Verdict)
		return st
	}
	st.Doing = [...]string{"opening", "writing", "draining", "finishing", "ready", "publishing"}[s.phase]
	st.Accepted = accepted
	st.Blocked = s.blockedFor()
	if since := s.since.Load(); since != 0 {
		st.BlockedSince = time.Unix(0, since)
	}
	return st
}
