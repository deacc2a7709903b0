package core

import (
	"time"
)

// A stallClock measures for how long a sink has accepted nothing while bytes wait for it.
//
// It adds up the intervals between its ticks instead of subtracting times, and none counts for more than two slices. So time in which the whole process stood still (SIGSTOP, Ctrl-Z, a suspended machine), in which the output's
// reader may have stood still too, does not count.
type stallClock struct {
	waiting   bool
	progress  int64
	idle      time.Duration
	warned    bool
	ending    bool          // the stream or the run has ended and the sink is to finish, or publishing has begun
	finishing time.Duration // since that was seen
	published bool          // publishing has begun
	call      time.Time     // when the call began that a sink which was given up still makes
	given     time.Duration // since then
}

// tick is told the state after another interval. It returns for how long nothing has moved.
func (c *stallClock) tick(interval time.Duration, waiting bool, progress int64) time.Duration {
	if !waiting || !c.waiting || progress != c.progress {
		c.idle = 0
	} else {
		c.idle += interval
	}
	c.waiting, c.progress = waiting, progress
	return c.idle
}

// supervise detaches what stalls and warns of it, until the run is over.
func (r *run) supervise() {
	slice := r.slice()
	if slice < 0 {
		return
	}
	ticker := time.NewTicker(slice)
	defer ticker.Stop()
	for last := time.Now(); ; {
		select {
		case <-r.allSettled:
			return
		case <-ticker.C:
		}
		now := time.Now()
		interval := counted(now.Sub(last), slice)
		last = now
		for _, s := range r.sinks {
			s.tick(interval)
		}
	}
}

// counted is how much of the time between two ticks counts. A longer one than two slices is no wait of a sink's.
func counted(passed, slice time.Duration) time.Duration { return min(passed, 2*slice) }

// slice is the resolution of time-outs: a tenth of the shortest, within reason. Negative: there are none.
func (r *run) slice() time.Duration {
	if r.shortest <= 0 {
		return -1
	}
	return min(max(r.shortest/10, time.Millisecond), time.Second)
}

// shortestTimeout returns the shortest time-out in force, or 0.
func shortestTimeout(sinks []Sink, o Options) time.Duration {
	shortest := time.Duration(0)
	consider := func(d time.Duration) {
		if d > 0 && (shortest == 0 || d < shortest) {
			shortest = d
		}
	}
	consider(o.StallWarn)
	consider(o.FinishTimeout)
	for _, s := range sinks {
		consider(s.stallTimeout(o))
	}
	return shortest
}

// stallTimeout is the one in force for s; 0 means never.
func (s Sink) stallTimeout(o Options) time.Duration {
	if s.StallTimeout == 0 {
		return o.StallTimeout
	}
	return max(s.StallTimeout, 0)
}

// tick judges one sink after an interval.
func (s *sink) tick(interval time.Duration) {
	_, waiting, served := s.run.window.position(s.cur)
	s.mu.Lock()
	phase, progress, settled, givenUp := s.phase, s.progress, s.settled, s.givenUp
	op, begun := s.inFlight, s.begun
	s.mu.Unlock()
	c := &s.clock
	if settled {
		return
	}
	if givenUp != nil {
		if c.given += interval; begun != c.call {
			c.call, c.given = begun, 0
		}
		// A write has had its time. What follows it, or was asked to return, has its own.
		if op == OpWrite || c.given >= s.patience() {
			s.abandon(givenUp)
		}
		return
	}
	was := c.idle
	idle := c.tick(interval, waiting > 0 && phase <= writing || phase == draining, progress)
	if served { // one that has left, whose verdict may be yet to come, does not go on
		s.warn(was, idle, waiting)
	}
	if limit := s.spec.stallTimeout(s.run.opts); limit > 0 && idle >= limit {
		s.giveUp(stalledFor(limit), phase, progress)
	}
	if phase == publishing && !c.published {
		c.published, c.ending, c.finishing = true, false, 0
	}
	if limit := s.run.opts.FinishTimeout; limit > 0 && phase >= draining && phase != ready && s.run.over() {
		if c.ending { // not the part of an interval before it was seen
			c.finishing += interval
		}
		if c.ending = true; c.finishing >= limit {
			s.giveUp(unfinishedAfter(limit), phase, progress)
		}
	}
}

// giveUp has the sink leave what it waits for, unless it has moved since it was judged. If that can't be left, the next
// tick abandons it. A write or drain that turns out to succeed takes it back, so these leave the sink's ctx alone.
func (s *sink) giveUp(why error, phase phase, progress int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phase || s.progress != progress {
		return
	}
	s.givenUp = why
	if phase == opening || phase == finishing || phase == publishing {
		s.cancel(why)
	}
}

// warn tells of a stall once it has lasted for Options.StallWarn, and of its end, when it was that long at the last tick.
func (s *sink) warn(was, idle time.Duration, waiting int64) {
	c, limit := &s.clock, s.run.opts.StallWarn
	kind := EventStalled
	switch {
	case limit > 0 && idle >= limit && !c.warned:
		c.warned = true
	case idle == 0 && c.warned:
		c.warned = false
		kind, idle = EventResumed, was
	default:
		return
	}
	s.run.observeServed(s, Event{
		Kind: kind, Index: s.index, Sink: s.snapshot(), Left: s.run.servedSinks(),
		Waiting: waiting, Holding: s.run.window.holding(s.cur), For: idle,
	})
}
