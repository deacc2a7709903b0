package core_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

func TestRequire(t *testing.T) {
	data := stream(1000)
	good := func() core.Sink { return sink("good", &Recorder{}) }
	bad := func() core.Sink { return sink("bad", &FailAfter{Limit: 10}) }
	early := func(ok bool) core.Sink {
		finish := &Finisher{Err: core.ErrEarlyExit}
		return core.Sink{Name: "early", Writer: &FailWith{Limit: 10, Err: syscall.EPIPE}, Finish: finish.Finish, EarlyExitOK: ok}
	}
	optional := func(s core.Sink) core.Sink { s.Optional = true; return s }
	for _, c := range []struct {
		name     string
		require  int
		sinks    []core.Sink
		required int
		reached  int
		ok       bool
	}{
		{"all", 0, []core.Sink{good(), good()}, 2, 2, true},
		{"all but one", 0, []core.Sink{good(), bad()}, 2, 1, false},
		{"any", core.Any, []core.Sink{bad(), good(), bad()}, 1, 1, true},
		{"any of none", core.Any, []core.Sink{bad(), bad()}, 1, 0, false},
		{"two of three", 2, []core.Sink{good(), bad(), good()}, 2, 2, true},
		{"optional fails", 0, []core.Sink{good(), optional(bad())}, 1, 1, true},
		{"optional does not help", 0, []core.Sink{bad(), optional(good())}, 1, 0, false},
		{"only optional", 0, []core.Sink{optional(bad()), optional(good())}, 0, 0, true},
		{"only optional, none well", 0, []core.Sink{optional(bad())}, 0, 0, false},
		{"early exit", 0, []core.Sink{good(), early(false)}, 2, 1, false},
		{"early exit is fine", 0, []core.Sink{good(), early(true)}, 2, 2, true},
		{"early exits alone", 0, []core.Sink{early(true), early(true)}, 2, 2, true},
		{"early exit and a failure", core.Any, []core.Sink{early(true), bad()}, 1, 1, true},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			rep, err := run(t, data, core.Options{Require: c.require}, c.sinks...)
			if rep.Required != c.required || rep.Reached != c.reached || (err == nil) != c.ok {
				t.Errorf("reached %d of %d, error %v; verdicts %v", rep.Reached, rep.Required, err, verdicts(rep))
			}
			if short := rep.Reached < rep.Required; short != errors.Is(err, core.ErrRequireUnmet) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestRequireMetEarly requires that sinks which wanted no more are success where nothing else has ended the run.
func TestRequireMetEarly(t *testing.T) {
	why := errors.New("interrupt")
	for _, c := range []struct {
		name   string
		others []core.Sink
		end    error // of the source; nil: it never ends
		cancel bool
		want   error
	}{
		{"nobody wants more", nil, nil, false, nil},
		{"another has failed", []core.Sink{sink("bad", &FailAfter{Limit: 5})}, nil, false, nil},
		{"the source fails", []core.Sink{sink("more", &Recorder{})}, errRead, false, errRead},
		{"the run is cancelled", []core.Sink{sink("more", &Recorder{})}, nil, true, why},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				feed, finish := newFeedReader(), &Finisher{Err: core.ErrEarlyExit}
				early := core.Sink{Name: "early", Writer: &FailWith{Limit: 10, Err: syscall.EPIPE}, Finish: finish.Finish, EarlyExitOK: true}
				reader := io.Reader(feed)
				if c.end != nil {
					reader = &PieceReader{Data: stream(20), Sizes: []int{20}, End: c.end}
				}
				r := start(t, core.Source{Reader: reader}, core.Options{Require: core.Any}, append(c.others, early)...)
				if c.end == nil {
					feed.Feed(stream(20))
				}
				synctest.Wait()
				if c.cancel {
					r.Cancel(why)
				}
				rep, err := r.Wait(t)
				feed.Close()
				if rep.Reached != 1 || rep.Source.Ended || !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("error %v, report %+v", err, rep)
				}
			})
		})
	}
}

// TestStopOnError requires that the run ends as soon as, and not before, the required number is out of reach.
func TestStopOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed, survivor, finish := newFeedReader(), &Recorder{}, &Finisher{}
		r := start(t, core.Source{Reader: feed}, core.Options{Require: 2, StopOnError: true},
			sink("a", &FailAfter{Limit: 5}), sink("b", &FailAfter{Limit: 10}),
			core.Sink{Name: "optional", Writer: &FailAfter{Limit: 1}, Optional: true},
			core.Sink{Name: "survivor", Writer: survivor, Finish: finish.Finish})
		feed.Feed(stream(10))
		synctest.Wait()
		if kinds := r.Kinds(1); len(kinds) != 0 {
			t.Errorf("events %v of a sink that goes on", kinds)
		}
		feed.Feed(stream(1))
		rep, err := r.Wait(t) // though the source never delivers more
		feed.Close()
		checkVerdicts(t, rep, core.Failed, core.Failed, core.Failed, core.Cancelled)
		if !errors.Is(err, core.ErrRequireUnmet) || !errors.Is(rep.Sinks[3].Err, core.ErrRequireUnmet) || finish.end.Whole {
			t.Errorf("error %v, told %+v", err, finish.end)
		}
	})
}

// TestStopOnErrorAtTheEnd requires that sinks which have the whole stream may finish, though another has not.
func TestStopOnErrorAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context, _ core.End) error {
			select {
			case <-time.After(patience / 2): // of fake time
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		rep, _ := run(t, stream(10), core.Options{StopOnError: true}, sink("fails", &FailClose{}),
			core.Sink{Name: "slow", Writer: &Recorder{}, Finish: slow})
		checkVerdicts(t, rep, core.Failed, core.Complete)
	})
}

// TestErrorText requires that Run's error names each failed sink, its operation, its byte and its errno.
func TestErrorText(t *testing.T) {
	_, err := run(t, stream(100), core.Options{},
		sink("h1", &FailWith{Limit: 7, Err: syscall.ENOSPC}), sink("h2", &Recorder{}), sink("h4", &FailWith{Err: syscall.EIO}),
		core.Sink{Name: "h3", OpenErr: &core.OpError{Op: core.OpOpen, Err: syscall.EACCES}})
	var sinkErr *core.SinkError
	if !errors.As(err, &sinkErr) || !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, syscall.EACCES) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"h1: write at byte 7: no space left on device (ENOSPC)", "h3: open: ", "h4: write at byte 0: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}
