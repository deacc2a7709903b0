package core_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// ofSource is a Source's Finish.
func (f *Finisher) ofSource(ctx context.Context) error { return f.Finish(ctx, core.End{}) }

// TestSourceFails requires that a stream which is known to be truncated is not complete anywhere, and passed on all the same.
func TestSourceFails(t *testing.T) {
	data := stream(2*chunk + 5)
	for _, c := range []struct {
		name      string
		read, end error
	}{
		{"read", errRead, nil},
		{"finish", nil, errClose},
		{"both", errRead, errClose},
	} {
		t.Run("fails="+c.name, func(t *testing.T) {
			slow, other := &ShortWriter{Most: 4096}, &Recorder{}
			source, finish := &Finisher{Err: c.end}, &Finisher{}
			rep, err := start(t,
				core.Source{Name: "tar", Reader: &PieceReader{Data: data, Sizes: []int{1000}, End: c.read}, Finish: source.ofSource},
				core.Options{}, sink("slow", slow), core.Sink{Name: "other", Writer: other, Finish: finish.Finish}).Wait(t)
			checkPrefix(t, data, rep.Sinks[0], slow.Bytes(), core.Cancelled)
			checkPrefix(t, data, rep.Sinks[1], other.Bytes(), core.Cancelled)
			for _, s := range rep.Sinks {
				if s.Accepted != int64(len(data)) || !errors.Is(s.Err, core.ErrSourceFailed) {
					t.Errorf("sink %+v", s)
				}
			}
			want := c.read
			if want == nil {
				want = c.end
			}
			if src := rep.Source; src.Ended || !errors.Is(src.Err, want) || src.Bytes != int64(len(data)) || src.Name != "tar" || !errors.Is(err, want) {
				t.Errorf("source %+v, error %v", src, err)
			}
			if finish.end.Whole || !errors.Is(finish.end.Err, core.ErrSourceFailed) {
				t.Errorf("told %+v", finish.end)
			}
			source.checkOnce(t)
			finish.checkOnce(t)
			if source.ctx != nil {
				t.Error("the source's Finish was told that the run had been ended")
			}
		})
	}
}

// TestSourceFinishFirst requires that no sink is given the end of the stream before the source has been judged.
func TestSourceFinishFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		judge := make(chan error)
		out := &Recorder{}
		r := start(t, core.Source{Reader: bytes.NewReader([]byte("hello")), Finish: func(context.Context) error { return <-judge }},
			core.Options{}, sink("a", out))
		synctest.Wait()
		if out.Len() != 5 || out.Closed() != 0 {
			t.Errorf("%d bytes, closed %d times", out.Len(), out.Closed())
		}
		judge <- nil
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Complete)
	})
}

// TestSourceFinishOnce goes through the ways in which a run ends, and requires a single Finish, whose ctx is done if and
// only if the run was ended first.
func TestSourceFinishOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		sink  io.Writer
		act   func(r *Running, feed *FeedReader)
		ended bool // before the source
	}{
		{"end", &Recorder{}, func(_ *Running, feed *FeedReader) { feed.Close() }, false},
		{"cancel", &Recorder{}, func(r *Running, _ *FeedReader) { r.Cancel(errRead) }, true},
		{"last sink", &FailAfter{Limit: 5}, func(_ *Running, feed *FeedReader) { feed.Feed([]byte("x")) }, true},
		{"cancel and end", &Recorder{}, func(r *Running, feed *FeedReader) { r.Cancel(errRead); synctest.Wait(); feed.Close() }, true},
	} {
		t.Run("way="+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				feed, finish := newFeedReader(), &Finisher{Err: errClose}
				r := start(t, core.Source{Reader: feed, Finish: finish.ofSource}, core.Options{}, sink("a", c.sink))
				feed.Feed([]byte("hello"))
				synctest.Wait()
				c.act(r, feed)
				rep, _ := r.Wait(t)
				synctest.Wait()
				if c.name == "cancel" || c.name == "last sink" {
					feed.Close() // after Run: the read that was left behind returns
					synctest.Wait()
				}
				finish.checkOnce(t)
				if (finish.ctx != nil) != c.ended || (rep.Source.Err != nil) == c.ended {
					t.Errorf("ctx %v, source %+v", finish.ctx, rep.Source)
				}
			})
		})
	}
}

// TestSourceFinishIsEnded: nobody is left to wait for what the source's Finish waits for.
func TestSourceFinishIsEnded(t *testing.T) {
	for _, readErr := range []error{nil, errRead} {
		t.Run("read="+map[bool]string{true: "ended", false: "failed"}[readErr == nil], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				finish, out := &Finisher{Blocks: true, Ignores: time.NewTimer(5 * time.Second), Err: errClose}, newBlockedWriter(0)
				source := core.Source{Reader: &PieceReader{Data: []byte("hello"), Sizes: []int{5}, End: readErr}, Finish: finish.ofSource}
				r := start(t, source, core.Options{StallTimeout: time.Second}, sink("a", out))
				rep, err := r.Wait(t)
				checkVerdicts(t, rep, core.Stalled)
				finish.checkOnce(t)
				// How Finish ended says nothing, since it was told to; the read error stays one.
				if rep.Source.Ended || rep.Source.Err != readErr || readErr != nil && !errors.Is(err, readErr) {
					t.Errorf("source %+v, error %v", rep.Source, err)
				}
				close(out.Release)
			})
		})
	}
}

// TestCancelledBeforehand requires an orderly end of a run whose ctx is done at the start.
func TestCancelledBeforehand(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	source, finish := &Finisher{}, &Finisher{}
	pr, pw := io.Pipe()
	defer pw.Close()
	rep, err := core.Run(ctx, core.Source{Reader: pr, Finish: source.ofSource}, []core.Sink{{Name: "a", Writer: &Recorder{}, Finish: finish.Finish}}, core.Options{})
	checkVerdicts(t, rep, core.Cancelled)
	source.checkOnce(t)
	finish.checkOnce(t)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
