package main

import (
	"sync"
	"time"

	"yjoint/core"
)

// rateSpan is over how long, at least, a rate is the mean; less at the start of a run.
const rateSpan = 5 * time.Second

// sizeUnknown is the source's size where nobody knows it.
const sizeUnknown = -1

// meter turns the states of a run into rates. It is safe for concurrent use.
type meter struct {
	started time.Time
	size    int64                    // of the source in bytes, or sizeUnknown
	reader  func(output int) *reader // that is known by now, or nil

	mu   sync.Mutex // guards past
	past []sample   // in the order of time; the first is rateSpan old, or as near to that as there is
}

// sample is how far a run was at one moment.
type sample struct {
	at       time.Time
	read     int64
	accepted []int64 // per output; nil before the engine began
}

// view is a run at one moment, as it is shown.
type view struct {
	outputs []outputView
	read    int64
	size    int64   // sizeUnknown, or of the source
	rate    float64 // bytes read a second
	elapsed time.Duration
}

// outputView is one output of a view.
type outputView struct {
	name     string
	doing    string // as core.SinkStatus.Doing
	over     bool   // it has its verdict
	accepted int64
	lag      int64 // bytes that were read and wait for it
	rate     float64
	blocked  time.Duration // for which it has now accepted nothing; 0 if it does not wait
	inAll    time.Duration // all times of the run in which it was so
	reader   *reader       // nil if it isn't known, or the output is over
}

func newMeter(size int64, reader func(output int) *reader) *meter {
	now := time.Now()
	return &meter{started: now, size: size, reader: reader, past: []sample{{at: now}}}
}

// look returns what status, taken now, looks like.
func (m *meter) look(status core.Status, now time.Time) view {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.past) > 1 && now.Sub(m.past[1].at) >= rateSpan {
		m.past = m.past[1:]
	}
	before := m.past[0]
	v := view{read: status.Read, size: m.size, elapsed: now.Sub(m.started)}
	v.rate = rate(status.Read-before.read, now.Sub(before.at))
	s := sample{at: now, read: status.Read}
	for i, sink := range status.Sinks {
		then := int64(0)
		if before.accepted != nil {
			then = before.accepted[i]
		}
		o := outputView{
			name: sink.Name, doing: sink.Doing, over: sink.Verdict != "", accepted: sink.Accepted, lag: sink.Waiting,
			rate: rate(sink.Accepted-then, now.Sub(before.at)), inAll: sink.Blocked,
		}
		if !sink.BlockedSince.IsZero() && !o.over {
			o.blocked = max(now.Sub(sink.BlockedSince), time.Nanosecond)
		}
		if !o.over {
			o.reader = m.reader(i)
		}
		v.outputs = append(v.outputs, o)
		s.accepted = append(s.accepted, sink.Accepted)
	}
	m.past = append(m.past, s)
	return v
}

// rate is in bytes a second.
func rate(bytes int64, during time.Duration) float64 {
	if during <= 0 {
		return 0
	}
	return float64(bytes) / during.Seconds()
}

// left is how long the rest of the source will take at the present rate; ok is false if that can't be told.
func (v view) left() (d time.Duration, ok bool) {
	if v.size < v.read || v.rate <= 0 {
		return 0, false
	}
	seconds := float64(v.size-v.read) / v.rate
	return time.Duration(min(seconds, longestLeft.Seconds()) * float64(time.Second)), true
}

// longestLeft is the most that left tells.
const longestLeft = 9999 * time.Hour
