package core

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestLastWord: when all sinks have accepted everything and gone, the source has a second to end in, and then its judge all the time
// he wants: if both are well the sinks are complete. If it goes on instead, the run ends at once.
func TestLastWord(t *testing.T) {
	const half = lastWord / 2
	for _, c := range []struct {
		name  string
		gone  time.Duration // when the sinks go
		act   func(w *io.PipeWriter)
		judge time.Duration
		want  Verdict
		ends  time.Duration
	}{
		{"is silent", 0, func(*io.PipeWriter) {}, 0, Failed, lastWord},
		{"ends", 0, func(w *io.PipeWriter) { time.Sleep(half); w.Close() }, 0, Complete, half},
		{"ends, is judged late", 0, func(w *io.PipeWriter) { time.Sleep(half); w.Close() }, time.Hour, Complete, half + time.Hour},
		{"had ended, is judged late", half, func(w *io.PipeWriter) { w.Close() }, time.Hour, Complete, time.Hour},
		{"goes on", 0, func(w *io.PipeWriter) { time.Sleep(half); w.Write([]byte("x")) }, 0, Failed, half},
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
				r, err := newRun(Source{Reader: in, Finish: finish}, []Sink{{Name: "a", Writer: io.Discard}, {Name: "b", Writer: io.Discard}}, Options{}, 0)
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
