package core

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestLastWord: when all sinks have accepted everything and gone, the source has a second to end in, and then its judge all the time
// he wants: if both are well the sinks are complete. If it goes on instead, the run ends at once, as when no sink waits for its word.
func TestLastWord(t *testing.T) {
	const half = lastWord / 2
	for _, c := range []struct {
		name  string
		gone  time.Duration // when the sinks go
		act   func(w *io.PipeWriter)
		judge time.Duration
		sinks error // of their Finish
		want  Verdict
		ends  time.Duration
	}{
		{"is silent", 0, func(*io.PipeWriter) {}, 0, nil, Failed, lastWord},
		{"ends", 0, func(w *io.PipeWriter) { time.Sleep(half); w.Close() }, 0, nil, Complete, half},
		{"ends, is judged late", 0, func(w *io.PipeWriter) { time.Sleep(half); w.Close() }, time.Hour, nil, Complete, half + time.Hour},
		{"had ended, is judged late", half, func(w *io.PipeWriter) { w.Close() }, time.Hour, nil, Complete, time.Hour},
		{"goes on", 0, func(w *io.PipeWriter) { time.Sleep(half); w.Write([]byte("x")) }, 0, nil, Failed, half},
		{"is silent, commands were done", 0, func(*io.PipeWriter) {}, 0, ErrEarlyExit, EarlyExit, lastWord},
		{"is silent, commands failed", 0, func(*io.PipeWriter) {}, 0, io.ErrUnexpectedEOF, Failed, 0},
	} {
		t.Run("source="+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, feed := io.Pipe()
				defer feed.Close()
				finish := func(ctx context.Context) error {
					select {
					case <-ctx.Done():
					case <-time.After(c.judge):
					}
					return nil
				}
				end := func(context.Context, End) error { return c.sinks }
				r, err := newRun(Source{Reader: in, Finish: finish},
					[]Sink{{Name: "a", Writer: io.Discard, Finish: end}, {Name: "b", Writer: io.Discard, Finish: end}}, Options{}, 0)
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				done := make(chan struct{})
				go func() { r.serve(t.Context()); close(done) }()
				feed.Write([]byte("hello"))
				go c.act(feed)
				time.Sleep(c.gone) // of fake time
				synctest.Wait()
				for _, s := range r.sinks {
					r.window.markGone(s.cur)
				}
				<-done
				if took := time.Since(began); took != c.ends {
					t.Errorf("ended after %v, want %v", took, c.ends)
				}
				rep := r.report()
				for _, s := range rep.Sinks {
					if s.Verdict != c.want || s.Accepted != 5 {
						t.Errorf("sink %+v", s)
					}
				}
				if rep.Source.Ended != (c.want == Complete) || rep.Source.Err != nil {
					t.Errorf("source %+v", rep.Source)
				}
			})
		})
	}
}

// TestSourceIsStoppedBeforeFinish: where all sinks have gone and are still at their Finish, the source is told at once, or as soon as
// it goes on: a producer must not work for as long as commands clean up.
func TestSourceIsStoppedBeforeFinish(t *testing.T) {
	const half = lastWord / 2
	_, broken := io.Pipe()
	broken.Close()
	for _, c := range []struct {
		name string
		out  io.Writer
		want time.Duration
	}{
		{"fails", broken, 0},
		{"goes with all there was", io.Discard, half},
	} {
		t.Run("sink="+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, feed := io.Pipe()
				end := func(context.Context, End) error { time.Sleep(time.Hour); return nil }
				r, err := newRun(Source{Reader: in}, []Sink{{Name: "a", Writer: c.out, Finish: end}}, Options{}, 0)
				if err != nil {
					t.Fatal(err)
				}
				began, stopped := time.Now(), time.Duration(-1)
				context.AfterFunc(r.sourceCtx, func() { stopped = time.Since(began) })
				done := make(chan struct{})
				go func() { r.serve(t.Context()); close(done) }()
				feed.Write([]byte("hello"))
				synctest.Wait()
				r.window.markGone(r.sinks[0].cur)
				time.Sleep(half) // of fake time
				go feed.Write([]byte("x"))
				<-done
				feed.Close()
				synctest.Wait()
				if stopped != c.want {
					t.Errorf("told after %v, want %v", stopped, c.want)
				}
			})
		})
	}
}
