package core_test

import (
	"context"
	"io"
	"testing"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// awaitPolls returns when n more calls of poll(2) have begun than before.
func awaitPolls(t *testing.T, before, n int64) {
	t.Helper()
	eventually(t, func() bool { return sys.Polls() >= before+n })
}

// TestWatchedLate requires that the leaving of a reader is noticed whose output was opened while others were watched already.
func TestWatchedLate(t *testing.T) {
	before := sys.Polls()
	r1, w1 := newPipe(t)
	r2, w2 := newPipe(t)
	feed, open := newFeedReader(), newOpener(w2)
	r := start(t, core.Source{Reader: feed}, core.Options{Portable: true}, sink("early", w1), core.Sink{Name: "late", Open: open.Open})
	awaitPolls(t, before, 2) // the first one hears only that there is something to watch
	close(open.Ready)
	r2.Close()
	if e := r.Await(t, core.EventDetached, 1); !isGone(e.Sink.Err) {
		t.Errorf("event %+v", e)
	}
	feed.Feed([]byte("hello"))
	take(t, r1, 5)
	feed.Close()
	rep, _ := r.Wait(t)
	checkVerdicts(t, rep, core.Complete, core.Failed)
	if polls := sys.Polls() - before; polls > 100 {
		t.Errorf("%d polls for a handful of events", polls)
	}
}

// TestWatchedNoLonger requires that a reader gets the end of the stream as soon as its output is closed: a poll(2) that goes on keeps
// open what it was given.
func TestWatchedNoLonger(t *testing.T) {
	before := sys.Polls()
	r1, w1 := newPipe(t)
	var got []byte
	finish := func(context.Context, core.End) error {
		awaitPolls(t, before, 3) // the watcher knows of nothing any more
		w1.Close()
		got, _ = io.ReadAll(r1)
		return nil
	}
	feed := newFeedReader()
	r := start(t, core.Source{Reader: feed}, core.Options{Portable: true}, core.Sink{Name: "a", Writer: w1, NoDrain: true, Finish: finish})
	awaitPolls(t, before, 2)
	feed.Feed([]byte("hello"))
	feed.Close()
	rep, _ := r.Wait(t)
	checkVerdicts(t, rep, core.Complete)
	if string(got) != "hello" {
		t.Errorf("the reader got %q", got)
	}
}

// TestIdleSourceSleeps requires that a source that delivers nothing is waited for, and not asked again and again.
func TestIdleSourceSleeps(t *testing.T) {
	before := sys.Polls()
	in, feed := newPipe(t)
	w := &Recorder{}
	r := start(t, core.Source{Reader: in}, core.Options{Portable: true}, sink("a", w))
	awaitPolls(t, before, 1)
	feed.WriteString("hello")
	w.Await(5)
	awaitPolls(t, before, 2)
	feed.Close()
	rep, _ := r.Wait(t)
	checkPrefix(t, []byte("hello"), rep.Sinks[0], w.Bytes(), core.Complete)
	if polls := sys.Polls() - before; polls > 100 {
		t.Errorf("%d polls for a handful of events", polls)
	}
}
