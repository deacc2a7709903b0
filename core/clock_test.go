package core

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestStallClock(t *testing.T) {
	var c stallClock
	for i, step := range []struct {
		waiting  bool
		progress int64
		want     time.Duration
	}{
		{true, 0, 0},               // the wait has only just been seen
		{true, 0, time.Second},     //
		{true, 0, 2 * time.Second}, //
		{true, 1, 0},               // progress
		{true, 1, time.Second},     //
		{false, 1, 0},              // nothing waits
		{false, 1, 0},              //
		{true, 1, 0},               // waits again
		{true, 1, time.Second},     //
		{true, 5, 0},               //
		{true, 5, time.Second},     //
		{true, 4, 0},               // the unit has changed: bytes taken while draining
	} {
		if got := c.tick(time.Second, step.waiting, step.progress); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}

// TestStoppedProcess requires that an interval between two ticks counts for no more than two slices, however long it was.
func TestStoppedProcess(t *testing.T) {
	const slice = time.Second
	for _, c := range []struct{ passed, want time.Duration }{
		{0, 0}, {slice / 2, slice / 2}, {slice, slice}, {2 * slice, 2 * slice}, {2*slice + 1, 2 * slice}, {time.Hour, 2 * slice},
	} {
		if got := counted(c.passed, slice); got != c.want {
			t.Errorf("%v counts for %v, want %v", c.passed, got, c.want)
		}
	}
}

func TestSlice(t *testing.T) {
	for _, c := range []struct{ shortest, want time.Duration }{
		{0, -1}, {1, time.Millisecond}, {time.Second, 100 * time.Millisecond}, {time.Hour, time.Second},
	} {
		if got := (&run{shortest: c.shortest}).slice(); got != c.want {
			t.Errorf("shortest %v: slice %v, want %v", c.shortest, got, c.want)
		}
	}
}

// TestGiveUpTakenBack requires that a sink which moves after all, between the judgement and its last attempt, goes on.
func TestGiveUpTakenBack(t *testing.T) {
	newWriting := func() *sink {
		s := &sink{run: &run{}, phase: writing, progress: 7}
		s.cancel = func(error) { t.Error("the ctx of a sink that may go on is done") }
		return s
	}
	why := errors.New("stalled")

	s := newWriting()
	s.giveUp(why, writing, 7)
	if s.interrupted() != why {
		t.Error("not given up")
	}
	s.accepted(0)
	if s.interrupted() != why {
		t.Error("no bytes are no progress")
	}
	s.accepted(1)
	if s.interrupted() != nil {
		t.Error("given up although it moved")
	}
	s.giveUp(why, writing, 7)
	if s.interrupted() != nil {
		t.Error("given up by an old judgement")
	}
	s.proceed(draining)
	s.giveUp(why, writing, 8)
	if s.interrupted() != nil {
		t.Error("given up by a judgement of another phase")
	}
	s.giveUp(why, draining, 8)
	s.proceed(finishing)
	if s.interrupted() != nil {
		t.Error("given up although its reader has taken everything")
	}
}

// TestNoResumeOfWhatHasLeft requires that a stall which ends by the sink's departure is not told as its good end, however long the verdict
// takes to be noted.
func TestNoResumeOfWhatHasLeft(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		w := newWindow(100)
		var told []EventKind
		r := &run{window: w, opts: Options{StallWarn: 2 * time.Second, Observe: func(e Event) { told = append(told, e.Kind) }}}
		s := &sink{run: r, cur: w.join(), phase: writing}
		w.fill(10)
		for range 4 {
			s.tick(time.Second)
		}
		want := []EventKind{EventStalled, EventResumed}
		if leaves {
			w.depart(s.cur, 3)
			want = want[:1]
		} else {
			w.advance(s.cur, 10)
		}
		for range 4 {
			s.tick(time.Second)
		}
		if !slices.Equal(told, want) {
			t.Errorf("leaves: %t: events %v, want %v", leaves, told, want)
		}
	}
}

// TestTakingIsProgress requires that a reader which empties its pipe, however slowly, is no stall at the end of the stream, and that what
// it takes before is none of the sink's progress.
func TestTakingIsProgress(t *testing.T) {
	w := newWindow(100)
	s := &sink{run: &run{window: w}, cur: w.join()}
	w.fill(10)
	w.advance(s.cur, 10)
	s.accepted(10)
	for _, c := range []struct {
		phase            phase
		unread, progress int64
	}{{writing, 7, 10}, {draining, 7, 3}, {draining, 6, 4}, {draining, 0, 10}} {
		s.setPhase(c.phase)
		s.drained(c.unread)
		if s.progress != c.progress || s.rep.Taken != 10-c.unread || !s.rep.HasTaken {
			t.Errorf("%+v: progress %d, report %+v", c, s.progress, s.rep)
		}
	}
}
