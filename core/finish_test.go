package core_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// Finisher keeps what a Finish is told, and answers with Err.
type Finisher struct {
	Err     error
	Blocks  bool        // until ctx is done
	Ignores *time.Timer // blocks until that fires, whatever ctx says

	mu    sync.Mutex
	calls int
	end   core.End
	ctx   error // ctx.Err() at the call
	cause error // of ctx being done, where it was waited for
}

func (f *Finisher) Finish(ctx context.Context, end core.End) error {
	f.mu.Lock()
	f.calls++
	f.end, f.ctx = end, ctx.Err()
	f.mu.Unlock()
	if f.Blocks {
		<-ctx.Done()
		f.cause = context.Cause(ctx)
	}
	if f.Ignores != nil {
		<-f.Ignores.C
	}
	return f.Err
}

func (f *Finisher) checkOnce(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls != 1 {
		t.Errorf("Finish was called %d times", f.calls)
	}
}

func TestFinishDecides(t *testing.T) {
	data := stream(1000)
	exit3 := errors.New("exit status 3")
	for _, c := range []struct {
		name    string
		write   error // of the sink, at byte 500
		finish  error
		verdict core.Verdict
		op      core.Operation
		err     error
	}{
		{"whole", nil, nil, core.Complete, "", nil},
		{"whole and an error", nil, exit3, core.Failed, core.OpClose, exit3},
		{"whole and an operation's error", nil, &core.OpError{Op: core.OpSync, Err: syscall.EIO}, core.Failed, core.OpSync, syscall.EIO},
		{"EPIPE alone", syscall.EPIPE, nil, core.Failed, core.OpWrite, syscall.EPIPE},
		{"EPIPE and a status", syscall.EPIPE, &core.OpError{Op: core.OpExit, Err: exit3}, core.Failed, core.OpExit, exit3},
		{"EPIPE and early exit", syscall.EPIPE, core.ErrEarlyExit, core.EarlyExit, core.OpExit, core.ErrEarlyExit},
		{"io.Pipe closed and a status", io.ErrClosedPipe, exit3, core.Failed, core.OpClose, exit3},
		{"ENOSPC and a status", syscall.ENOSPC, exit3, core.Failed, core.OpWrite, syscall.ENOSPC},
		{"ENOSPC and early exit", syscall.ENOSPC, core.ErrEarlyExit, core.Failed, core.OpWrite, syscall.ENOSPC},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			w, f := &FailWith{Limit: 500, Err: c.write}, &Finisher{Err: c.finish}
			if c.write == nil {
				w.Limit = len(data)
			}
			rep, err := run(t, data, core.Options{}, core.Sink{Name: "a", Writer: w, Finish: f.Finish})
			s := rep.Sinks[0]
			if s.Verdict != c.verdict || s.Op != c.op || !errors.Is(s.Err, c.err) || int(s.Accepted) != w.Limit {
				t.Errorf("sink %+v", s)
			}
			if (err == nil) != (c.verdict == core.Complete) {
				t.Errorf("error %v", err)
			}
			f.checkOnce(t)
			if f.end.Whole != (c.write == nil) || !errors.Is(f.end.Err, c.write) || f.ctx != nil {
				t.Errorf("told %+v, ctx %v", f.end, f.ctx)
			}
			if w.Closed() != 0 {
				t.Error("closed behind Finish's back")
			}
		})
	}
}

// FailWith is a FailAfter with an error of its own.
type FailWith struct {
	Recorder
	Limit int
	Err   error
}

func (w *FailWith) Write(p []byte) (int, error) {
	if room := w.Limit - w.Len(); len(p) > room {
		w.record(p[:room])
		return room, w.Err
	}
	return w.Recorder.Write(p)
}

func TestFinishTimeout(t *testing.T) {
	for _, after := range []string{"whole", "failed"} {
		t.Run("sink="+after, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, f := &FailWith{Limit: 5, Err: syscall.EPIPE}, &Finisher{Blocks: true, Err: errClose}
				want := core.Stalled
				if after == "failed" {
					w.Limit, want = 3, core.Failed
				}
				began := time.Now()
				rep, _ := run(t, []byte("hello"), core.Options{FinishTimeout: 10 * time.Second},
					core.Sink{Name: "a", Writer: w, Finish: f.Finish}, sink("b", &Recorder{}))
				checkVerdicts(t, rep, want, core.Complete)
				if want == core.Stalled && !errors.Is(rep.Sinks[0].Err, core.ErrStalled) {
					t.Errorf("sink %+v", rep.Sinks[0])
				}
				if d := time.Since(began); d < 10*time.Second || d > 11*time.Second { // a tick to see the end
					t.Errorf("took %v", d)
				}
				f.checkOnce(t)
			})
		})
	}
}

// TestFinishIsEnded: a Finish after EPIPE that is told to return is heard only where it says that what ended the run has ended its
// reader too.
func TestFinishIsEnded(t *testing.T) {
	interrupt := errors.New("interrupt")
	for _, c := range []struct {
		name   string
		cancel bool // or FinishTimeout is over
		says   func(ctx context.Context) error
		want   core.Verdict
		err    error
	}{
		{"cancelled, so it says", true, context.Cause, core.Cancelled, interrupt},
		{"cancelled, says otherwise", true, func(context.Context) error { return errClose }, core.Failed, syscall.EPIPE},
		{"late, so it says", false, context.Cause, core.Failed, syscall.EPIPE},
		{"late, says otherwise", false, func(context.Context) error { return errClose }, core.Failed, syscall.EPIPE},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				feed := newFeedReader()
				r := start(t, core.Source{Reader: feed}, core.Options{FinishTimeout: time.Second},
					core.Sink{Name: "a", Writer: &FailWith{Limit: 3, Err: syscall.EPIPE}, Finish: func(ctx context.Context, _ core.End) error {
						<-ctx.Done()
						return c.says(ctx)
					}}, sink("b", &Recorder{}))
				feed.Feed([]byte("hello"))
				synctest.Wait()
				if c.cancel {
					r.Cancel(interrupt)
					synctest.Wait()
				}
				feed.Close()
				rep, _ := r.Wait(t)
				if s := rep.Sinks[0]; s.Verdict != c.want || s.Op != core.OpWrite || s.Err != c.err || s.Accepted != 3 {
					t.Errorf("sink %+v", s)
				}
			})
		})
	}
}

// TestFinishTimeoutBeginsAtTheEnd requires that a sink which finishes in time is complete, however long it was served before and
// whatever others do.
func TestFinishTimeoutBeginsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 3 * time.Second
		inTime := func(ctx context.Context, _ core.End) error {
			select {
			case <-time.After(limit / 2):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		endless := &Finisher{Blocks: true, Err: errClose}
		feed := newFeedReader()
		r := start(t, core.Source{Reader: feed}, core.Options{FinishTimeout: limit},
			core.Sink{Name: "in time", Writer: &Recorder{}, Finish: inTime}, core.Sink{Name: "endless", Writer: &Recorder{}, Finish: endless.Finish})
		feed.Feed([]byte("hello"))
		time.Sleep(time.Hour) // of fake time
		feed.Feed([]byte("hello"))
		time.Sleep(time.Hour)
		feed.Close()
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Complete, core.Stalled)
		if rep.Sinks[0].Accepted != 10 || rep.Sinks[1].Accepted != 10 {
			t.Errorf("sinks %+v", rep.Sinks)
		}
	})
}

// TestFinishBreaksPromise requires that a Finish which doesn't return though its ctx is done is left in the end.
func TestFinishBreaksPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &Finisher{Ignores: time.NewTimer(time.Hour)}
		began := time.Now()
		rep, _ := run(t, []byte("hello"), core.Options{FinishTimeout: time.Second}, core.Sink{Name: "a", Writer: &Recorder{}, Finish: f.Finish})
		checkVerdicts(t, rep, core.Stalled)
		if d := time.Since(began); rep.Abandoned != 1 || rep.Sinks[0].Accepted != 5 || rep.Sinks[0].AtLeast || d > time.Minute {
			t.Errorf("report %+v after %v", rep, d)
		}
		time.Sleep(time.Hour) // of fake time: it returns after all
	})
}

func TestFinishOnCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("interrupt")
		feed := newFeedReader()
		defer feed.Close()
		f := &Finisher{Blocks: true, Err: errClose}
		r := start(t, core.Source{Reader: feed}, core.Options{}, core.Sink{Name: "a", Writer: &Recorder{}, Finish: f.Finish})
		feed.Feed([]byte("hello"))
		synctest.Wait()
		r.Cancel(why)
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Cancelled)
		f.checkOnce(t)
		if f.end.Whole || !errors.Is(f.end.Err, why) || f.ctx == nil || !errors.Is(f.cause, why) || !errors.Is(err, why) {
			t.Errorf("told %+v, ctx %v, cause %v, error %v", f.end, f.ctx, f.cause, err)
		}
	})
}

// TestCancelledWhileFinishing requires the verdict cancelled of a sink that had all its bytes but not the time to finish.
func TestCancelledWhileFinishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &Finisher{Blocks: true, Err: errClose}
		quick := &Recorder{}
		r := start(t, core.Source{Reader: &PieceReader{Data: []byte("hello"), Sizes: []int{5}}}, core.Options{},
			core.Sink{Name: "a", Writer: &Recorder{}, Finish: f.Finish}, sink("quick", quick))
		synctest.Wait()
		r.Cancel(nil)
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Cancelled, core.Complete)
		if !f.end.Whole || !errors.Is(err, context.Canceled) || !rep.Source.Ended {
			t.Errorf("told %+v, error %v", f.end, err)
		}
	})
}

// TestCancelledAfterLastSink requires that a cancellation is heard by a Finish that goes on when the run has been stopped.
func TestCancelledAfterLastSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed, why := newFeedReader(), errors.New("interrupt")
		defer feed.Close()
		f := &Finisher{Blocks: true, Err: errClose}
		r := start(t, core.Source{Reader: feed}, core.Options{}, core.Sink{Name: "a", Writer: &FailWith{Err: syscall.EPIPE}, Finish: f.Finish})
		feed.Feed([]byte("hello"))
		synctest.Wait()
		r.Cancel(why)
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Failed)
		if f.ctx != nil || f.cause != why {
			t.Errorf("ctx %v, cause %v", f.ctx, f.cause)
		}
	})
}

// TestContextsEnd requires that whatever was begun with a context of a run's ends when the run has.
func TestContextsEnd(t *testing.T) {
	var open, finish, step, source context.Context
	start(t, core.Source{Reader: bytes.NewReader(stream(10)), Finish: func(ctx context.Context) error { source = ctx; return nil }}, core.Options{},
		core.Sink{Name: "a", Open: func(ctx context.Context) (io.Writer, error) { open = ctx; return &Recorder{}, nil },
			Finish:  func(ctx context.Context, _ core.End) error { finish = ctx; return nil },
			Publish: []core.Step{{Op: core.OpCommit, Do: func(ctx context.Context) error { step = ctx; return nil }}}}).Wait(t)
	for of, ctx := range map[string]context.Context{"Open": open, "Finish": finish, "Step": step, "Source.Finish": source} {
		if ctx.Err() == nil {
			t.Errorf("the context of %s is not done", of)
		}
	}
}

// TestFinishAfterLastSink requires that a command which reads no more may still work, without a hurry.
func TestFinishAfterLastSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := newFeedReader()
		defer feed.Close()
		f := &Finisher{Ignores: time.NewTimer(patience / 2), Err: &core.OpError{Op: core.OpExit, Err: errClose}}
		r := start(t, core.Source{Reader: feed}, core.Options{}, core.Sink{Name: "a", Writer: &FailWith{Err: syscall.EPIPE}, Finish: f.Finish})
		feed.Feed([]byte("hello"))
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Failed)
		if f.ctx != nil || rep.Sinks[0].Op != core.OpExit || rep.Abandoned != 0 {
			t.Errorf("ctx %v, sink %+v", f.ctx, rep.Sinks[0])
		}
	})
}
