package core_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// Opener is an Open that waits until it is told what to return, or until its ctx is done.
type Opener struct {
	W      io.Writer // made once Ready is closed
	Ready  chan struct{}
	Deaf   bool // Ready alone ends it
	called int
	cause  error
}

func newOpener(w io.Writer) *Opener { return &Opener{W: w, Ready: make(chan struct{})} }

func (o *Opener) Open(ctx context.Context) (io.Writer, error) {
	o.called++
	done := ctx.Done()
	if o.Deaf {
		done = nil
	}
	select {
	case <-o.Ready:
		return o.W, nil
	case <-done:
		o.cause = context.Cause(ctx)
		return nil, ctx.Err()
	}
}

// TestOpenPending requires that what is not open yet holds nothing back until the window is full, and loses nothing.
func TestOpenPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := stream(1000)
		late, fast := newBlockedWriter(0), &Recorder{}
		open := newOpener(late)
		r := start(t, core.Source{Reader: &PieceReader{Data: data, Sizes: []int{30}}}, core.Options{Buffer: 100},
			core.Sink{Name: "late", Open: open.Open}, sink("fast", fast))
		synctest.Wait()
		st := r.Monitor.Status()
		if fast.Len() != 100 || st.Sinks[0].Doing != "opening" || st.Sinks[0].Waiting != 100 || st.Sinks[1].Doing != "writing" {
			t.Errorf("%d bytes, status %+v", fast.Len(), st)
		}
		time.Sleep(time.Minute) // of fake time
		if got := r.Monitor.Status().Sinks[0].Blocked; got != time.Minute {
			t.Errorf("blocked for %v so far", got)
		}
		close(open.Ready)
		synctest.Wait()
		if doing := r.Monitor.Status().Sinks[0].Doing; doing != "writing" {
			t.Errorf("once open it is %s", doing)
		}
		close(late.Release)
		rep, _ := r.Wait(t)
		if got := rep.Sinks[0].Blocked; got != time.Minute {
			t.Errorf("blocked for %v", got)
		}
		checkPrefix(t, data, rep.Sinks[0], late.Bytes(), core.Complete)
		checkPrefix(t, data, rep.Sinks[1], fast.Bytes(), core.Complete)
		if late.Closed() != 1 || open.called != 1 {
			t.Errorf("opened %d times, closed %d times", open.called, late.Closed())
		}
	})
}

func TestOpenStalls(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		t.Run("deaf="+map[bool]string{false: "no", true: "yes"}[deaf], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				data := stream(1000)
				late, fast, finish := &Recorder{}, &Recorder{}, &Finisher{}
				open := newOpener(late)
				open.Deaf = deaf
				began := time.Now()
				r := start(t, core.Source{Reader: &PieceReader{Data: data, Sizes: []int{30}}}, core.Options{Buffer: 100, StallTimeout: 5 * time.Second},
					core.Sink{Name: "late", Open: open.Open, Finish: finish.Finish}, sink("fast", fast))
				rep, err := r.Wait(t)
				checkVerdicts(t, rep, core.Stalled, core.Complete)
				checkPrefix(t, data, rep.Sinks[1], fast.Bytes(), core.Complete)
				if s := rep.Sinks[0]; s.Op != core.OpOpen || s.Accepted != 0 || s.AtLeast || !errors.Is(err, core.ErrStalled) {
					t.Errorf("sink %+v, error %v", s, err)
				}
				took := time.Since(began)
				if !deaf {
					if !errors.Is(open.cause, core.ErrStalled) || took > 7*time.Second || rep.Abandoned != 0 || finish.calls != 0 {
						t.Errorf("cause %v, took %v, abandoned %d, finished %d times", open.cause, took, rep.Abandoned, finish.calls)
					}
					return
				}
				if rep.Abandoned != 1 || took < 17*time.Second || took > 18*time.Second { // a promise to return is waited for 12 s
					t.Errorf("abandoned %d, took %v", rep.Abandoned, took)
				}
				close(open.Ready) // too late
				synctest.Wait()
				finish.checkOnce(t) // what was opened after all is closed
				if finish.end.Whole || late.Len() != 0 {
					t.Errorf("told %+v", finish.end)
				}
			})
		})
	}
}

// TestOpenAndFinishTakeTheirTime requires that each call of a sink that was given up has its own time to return.
func TestOpenAndFinishTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func() { time.Sleep(11 * time.Second) } // of fake time, once it is told to return
		rep, _ := run(t, stream(10), core.Options{StallTimeout: time.Second}, core.Sink{Name: "a", Open: func(ctx context.Context) (io.Writer, error) {
			<-ctx.Done()
			late()
			return &Recorder{}, nil
		}, Finish: func(context.Context, core.End) error { late(); return nil }}, sink("b", &Recorder{}))
		checkVerdicts(t, rep, core.Stalled, core.Complete)
		if rep.Abandoned != 0 {
			t.Errorf("abandoned %d", rep.Abandoned)
		}
	})
}

func TestOpenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed, why := newFeedReader(), errors.New("interrupt")
		defer feed.Close()
		open := newOpener(&Recorder{})
		r := start(t, core.Source{Reader: feed}, core.Options{}, core.Sink{Name: "late", Open: open.Open})
		synctest.Wait()
		r.Cancel(why)
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Cancelled)
		if !errors.Is(open.cause, why) || !errors.Is(err, why) {
			t.Errorf("cause %v, error %v", open.cause, err)
		}
	})
}

// TestOpenedTooLate requires that what Open returns although its ctx is done is closed, and not written to.
func TestOpenedTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := newFeedReader()
		defer feed.Close()
		late := &Recorder{}
		r := start(t, core.Source{Reader: feed}, core.Options{}, core.Sink{Name: "late", Open: func(ctx context.Context) (io.Writer, error) {
			<-ctx.Done()
			return late, nil
		}})
		feed.Feed([]byte("hello"))
		r.Cancel(nil)
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Cancelled)
		if late.Len() != 0 || late.Closed() != 1 {
			t.Errorf("%d bytes, closed %d times", late.Len(), late.Closed())
		}
	})
}

func TestOpenFails(t *testing.T) {
	for name, open := range map[string]func(context.Context) (io.Writer, error){
		"error":   func(context.Context) (io.Writer, error) { return nil, errWrite },
		"nothing": func(context.Context) (io.Writer, error) { return nil, nil },
	} {
		t.Run("open="+name, func(t *testing.T) {
			data, other := stream(1000), &Recorder{}
			rep, err := run(t, data, core.Options{}, core.Sink{Name: "a", Open: open}, sink("other", other))
			checkVerdicts(t, rep, core.NotOpened, core.Complete)
			checkPrefix(t, data, rep.Sinks[1], other.Bytes(), core.Complete)
			if s := rep.Sinks[0]; s.Op != core.OpOpen || s.Err == nil || err == nil {
				t.Errorf("sink %+v, error %v", s, err)
			}
		})
	}
}

// TestNothingOpened requires that nothing is read if no output could be opened, and that the source is still finished.
func TestNothingOpened(t *testing.T) {
	source, finish := &Misreader{N: 1}, &Finisher{}
	rep, err := start(t, core.Source{Reader: source, Finish: finish.ofSource}, core.Options{},
		core.Sink{Name: "a", OpenErr: errWrite}, core.Sink{Name: "b", OpenErr: errClose}).Wait(t)
	checkVerdicts(t, rep, core.NotOpened, core.NotOpened)
	if source.Calls != 0 || !errors.Is(err, errWrite) || !errors.Is(err, errClose) || finish.ctx == nil {
		t.Errorf("%d reads, error %v, ctx %v", source.Calls, err, finish.ctx)
	}
	finish.checkOnce(t)
}
