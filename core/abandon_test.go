package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// told is what is told of a sink that fails.
var told = []core.EventKind{core.EventDetached, core.EventSettled}

// TestBlockedWriterIsLeft requires that a plain writer which blocks for ever is detached, costs the others nothing, and
// keeps the memory that it was given for itself.
func TestBlockedWriterIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := stream(8 << 20)
		blocked, other := newBlockedWriter(chunk), &Recorder{}
		r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{StallTimeout: 5 * time.Second, Buffer: 1 << 20},
			sink("blocked", blocked), sink("other", other))
		<-blocked.Entered
		was := bytes.Clone(blocked.held)
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Stalled, core.Complete)
		checkPrefix(t, data, rep.Sinks[0], data[:blocked.Len()], core.Stalled)
		checkPrefix(t, data, rep.Sinks[1], other.Bytes(), core.Complete)
		if s := rep.Sinks[0]; !s.AtLeast || s.Op != core.OpWrite || rep.Abandoned != 1 || !errors.Is(err, core.ErrStalled) {
			t.Errorf("sink %+v, abandoned %d, error %v", s, rep.Abandoned, err)
		}
		if !bytes.Equal(blocked.held, was) {
			t.Error("the memory that the blocked write holds was used again")
		}
		if e := r.Await(t, core.EventDetached, 0); e.Left != 1 || !slices.Equal(r.Kinds(0), told) {
			t.Errorf("told %v, %d left", r.Kinds(0), e.Left)
		}
		synctest.Wait()
		if blocked.Closed() != 1 {
			t.Errorf("closed %d times", blocked.Closed())
		}
		close(blocked.Release)
		synctest.Wait()
		if blocked.Closed() != 1 {
			t.Errorf("closed %d times once free", blocked.Closed())
		}
	})
}

// TestBlockedWriterFreedByClose requires that a write which its Close sets free is not reported as more than it was.
func TestBlockedWriterFreedByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &FreedByClose{BlockedWriter: newBlockedWriter(0), freed: make(chan struct{})}
		rep, _ := run(t, stream(100), core.Options{StallTimeout: time.Second}, sink("a", w), sink("b", &Recorder{}))
		checkVerdicts(t, rep, core.Stalled, core.Complete)
		synctest.Wait()
		if w.Closed() != 1 {
			t.Errorf("closed %d times", w.Closed())
		}
	})
}

// TestBlockedWriterOnCancellation requires that a run can be cancelled whatever its plain readers and writers do.
func TestBlockedWriterOnCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("interrupt")
		feed := newFeedReader()
		blocked, finishing, other := newBlockedWriter(0), newBlockedWriter(0), &Recorder{}
		f, source := &Finisher{}, &Finisher{}
		r := start(t, core.Source{Reader: feed, Finish: func(ctx context.Context) error { return source.Finish(ctx, core.End{}) }},
			core.Options{}, sink("blocked", blocked),
			core.Sink{Name: "finishing", Writer: finishing, Finish: f.Finish}, sink("other", other))
		feed.Feed([]byte("hello"))
		synctest.Wait()
		began := time.Now()
		r.Cancel(why)
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Cancelled, core.Cancelled, core.Cancelled)
		if rep.Abandoned != 2 || !rep.Sinks[0].AtLeast || rep.Sinks[2].AtLeast || !errors.Is(err, why) || rep.Source.Bytes != 5 {
			t.Errorf("report %+v, error %v", rep, err)
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("took %v", d)
		}
		synctest.Wait()
		if f.calls != 0 || blocked.Closed() != 1 {
			t.Errorf("Finish called %d times, closed %d times", f.calls, blocked.Closed())
		}
		source.checkOnce(t)
		if source.ctx == nil {
			t.Error("the source's Finish was not told that the run had been ended")
		}
		close(blocked.Release)
		close(finishing.Release)
		feed.Close()
		synctest.Wait()
		f.checkOnce(t) // after the last write
		source.checkOnce(t)
	})
}

// TestWriteInFlightIsAwaited requires an exact count of a write that ends soon after the cancellation.
func TestWriteInFlightIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBlockedWriter(0)
		feed := newFeedReader()
		r := start(t, core.Source{Reader: feed}, core.Options{}, sink("a", w))
		feed.Feed([]byte("hello"))
		synctest.Wait()
		r.Cancel(nil)
		time.Sleep(900 * time.Millisecond) // of fake time
		close(w.Release)
		rep, _ := r.Wait(t)
		feed.Close()
		if s := rep.Sinks[0]; s.Verdict != core.Cancelled || s.Accepted != 5 || s.AtLeast || rep.Abandoned != 0 {
			t.Errorf("sink %+v, abandoned %d", s, rep.Abandoned)
		}
	})
}

// SlowCloser takes its time to close.
type SlowCloser struct {
	*BlockedWriter
	closing chan struct{}
}

func (w *SlowCloser) Close() error {
	<-w.closing
	return w.Recorder.Close()
}

// TestCloseThatBlocks requires that a close which never returns, begun after the first round of abandoning, ends too.
func TestCloseThatBlocks(t *testing.T) {
	for _, started := range []time.Duration{0, 999 * time.Millisecond} {
		t.Run("write="+started.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &SlowCloser{BlockedWriter: newBlockedWriter(0), closing: make(chan struct{})}
				feed := newFeedReader()
				r := start(t, core.Source{Reader: feed}, core.Options{}, sink("a", w))
				feed.Feed([]byte("hello"))
				synctest.Wait()
				began := time.Now()
				r.Cancel(nil)
				time.Sleep(started) // of fake time
				close(w.Release)
				rep, _ := r.Wait(t)
				if s := rep.Sinks[0]; s.Verdict != core.Cancelled || s.Accepted != 5 || s.AtLeast || rep.Abandoned != 1 {
					t.Errorf("sink %+v, abandoned %d", s, rep.Abandoned)
				}
				if d := time.Since(began); d < started+time.Second || d > started+2*time.Second {
					t.Errorf("took %v", d)
				}
				feed.Close()
				close(w.closing)
			})
		})
	}
}

// SlowSyncer takes its time to sync.
type SlowSyncer struct {
	Recorder
	syncing chan struct{}
}

func (w *SlowSyncer) Sync() error {
	<-w.syncing
	return nil
}

// TestSyncThatBlocks requires that FinishTimeout bounds a sync, and that its writer is closed, or its Finish called, when it returns.
func TestSyncThatBlocks(t *testing.T) {
	for _, finishes := range []bool{false, true} {
		t.Run(fmt.Sprintf("finish=%t", finishes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, f := &SlowSyncer{syncing: make(chan struct{})}, &Finisher{}
				s := core.Sink{Name: "a", Writer: w, Sync: true}
				if finishes {
					s.Finish = f.Finish
				}
				rep, _ := run(t, []byte("hello"), core.Options{FinishTimeout: 10 * time.Second}, s, sink("b", &Recorder{}))
				checkVerdicts(t, rep, core.Stalled, core.Complete)
				if s := rep.Sinks[0]; s.Op != core.OpSync || s.Accepted != 5 || s.AtLeast || rep.Abandoned != 1 {
					t.Errorf("sink %+v, abandoned %d", s, rep.Abandoned)
				}
				ended := func() int { return w.Closed() + f.calls }
				if n := ended(); n != 0 {
					t.Errorf("closed or finished %d times during the sync", n)
				}
				close(w.syncing)
				synctest.Wait()
				if n := ended(); n != 1 || f.end.Whole || finishes != errors.Is(f.end.Err, core.ErrStalled) {
					t.Errorf("closed or finished %d times after it, told %+v", n, f.end)
				}
			})
		})
	}
}

// TestCloseThatBlocksAtTheEnd requires that FinishTimeout bounds a close, and that the verdict tells of it.
func TestCloseThatBlocksAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &SlowCloser{BlockedWriter: newBlockedWriter(100), closing: make(chan struct{})}
		rep, _ := run(t, []byte("hello"), core.Options{FinishTimeout: 10 * time.Second}, sink("a", w), sink("b", &Recorder{}))
		checkVerdicts(t, rep, core.Stalled, core.Complete)
		if s := rep.Sinks[0]; s.Op != core.OpClose || s.Accepted != 5 || s.AtLeast || rep.Abandoned != 1 {
			t.Errorf("sink %+v, abandoned %d", s, rep.Abandoned)
		}
		close(w.closing)
	})
}

// TestReturnedWriteIsNotAbandoned requires one verdict of a sink whose write fails at the moment at which it would be abandoned:
// failed with an exact count, however long the rest takes, or abandoned.
func TestReturnedWriteIsNotAbandoned(t *testing.T) {
	const limit, step = time.Second, 25 * time.Millisecond
	ends := map[core.Verdict]int{}
	for took := limit; took < limit+12*step; took += step {
		synctest.Test(t, func(t *testing.T) {
			var events Events
			rep, _ := core.Run(t.Context(), core.Source{Reader: bytes.NewReader(stream(2))},
				[]core.Sink{sink("a", &PacedWriter{Pause: took, Err: errWrite}), sink("b", &Recorder{})},
				core.Options{StallTimeout: limit, Observe: func(e core.Event) {
					events.observe(e)
					if e.Index == 0 {
						time.Sleep(5 * limit) // of fake time
					}
				}})
			s := rep.Sinks[0]
			ends[s.Verdict]++
			abandoned := map[core.Verdict]int{core.Failed: 0, core.Stalled: 1}[s.Verdict]
			if rep.Abandoned != abandoned || s.AtLeast != (abandoned == 1) || s.Op != core.OpWrite || !slices.Equal(events.Kinds(0), told) {
				t.Errorf("write of %v: sink %+v, abandoned %d, told %v", took, s, rep.Abandoned, events.Kinds(0))
			}
		})
	}
	if ends[core.Failed] == 0 || ends[core.Stalled] == 0 {
		t.Errorf("ends %v", ends)
	}
}
