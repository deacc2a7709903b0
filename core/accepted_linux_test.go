package core_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
)

// TestNoDrain requires that what a pipe has accepted is enough, whether or not it is ever read.
func TestNoDrain(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		name := "reader=stalls"
		if leaves {
			name = "reader=leaves"
		}
		t.Run(name, func(t *testing.T) {
			source, feed := newPipe(t)
			r1, w1 := newPipe(t)
			r := start(t, core.Source{Reader: source}, core.Options{}, core.Sink{Name: "a", Writer: w1, NoDrain: true})
			feed.WriteString("hello")
			take(t, r1, 1)
			if leaves {
				r1.Close()
				r.Await(t, core.EventDetached, 0)
			}
			feed.Close()
			rep, err := r.Wait(t)
			checkVerdicts(t, rep, core.Complete)
			if s := rep.Sinks[0]; err != nil || s.Accepted != 5 {
				t.Errorf("sink %+v, error %v", s, err)
			}
		})
	}
}

// TestUnwatched requires that a reader's leaving is no event by itself: neither at the end of the stream, nor before the
// write that meets it.
func TestUnwatched(t *testing.T) {
	for _, more := range []string{"", "more"} {
		t.Run(key("more", len(more)), func(t *testing.T) {
			source, feed := newPipe(t)
			r1, w1 := newPipe(t)
			r2, w2 := newPipe(t)
			r3, w3 := newPipe(t)
			rest := collect(r3)
			r := start(t, core.Source{Reader: source}, core.Options{}, core.Sink{Name: "a", Writer: w1, Unwatched: true}, sink("b", w2), sink("c", w3))
			feed.WriteString("hello")
			take(t, r1, 5)
			take(t, r2, 5)
			r1.Close()
			r2.Close()
			r.Await(t, core.EventDetached, 1)
			feed.WriteString(more)
			feed.Close()
			rep, _ := r.Wait(t)
			if got := string(<-rest); got != "hello"+more {
				t.Errorf("the survivor got %q", got)
			}
			if more == "" {
				checkVerdicts(t, rep, core.Complete, core.Complete, core.Complete)
				return
			}
			checkVerdicts(t, rep, core.Failed, core.Failed, core.Complete)
			if e := r.Await(t, core.EventDetached, 0); e.Pending || e.Sink.Err != unix.EPIPE || e.Sink.Accepted != 5 {
				t.Errorf("event %+v", e)
			}
		})
	}
}
