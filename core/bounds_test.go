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

// CountingReader delivers Size bytes without producing them.
type CountingReader struct{ Size int64 }

func (r *CountingReader) Read(p []byte) (int, error) {
	if r.Size == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.Size)
	r.Size -= n
	return int(n), nil
}

// CountingWriter accepts Size bytes without looking at them, and fails then.
type CountingWriter struct{ Size int64 }

func (w *CountingWriter) Write(p []byte) (int, error) {
	n := min(int64(len(p)), w.Size)
	w.Size -= n
	if n < int64(len(p)) {
		return int(n), errWrite
	}
	return int(n), nil
}

// TestCountsPast8GiB requires exact counts, also where int has 32 bits.
func TestCountsPast8GiB(t *testing.T) {
	const end = 8<<30 + 5
	marks := []int64{2<<30 - 1, 2 << 30, 4<<30 - 1, 4<<30 + 1, 8<<30 - 1, 8<<30 + 1}
	sinks := []core.Sink{sink("whole", io.Discard)}
	for _, m := range marks {
		sinks = append(sinks, sink("dies", &CountingWriter{m}))
	}
	rep, _ := core.Run(context.Background(), core.Source{Reader: &CountingReader{end}}, sinks, core.Options{})
	if rep.Source.Bytes != end || rep.Sinks[0].Accepted != end || rep.Sinks[0].Verdict != core.Complete {
		t.Errorf("report %+v", rep)
	}
	for i, m := range marks {
		if s := rep.Sinks[i+1]; s.Accepted != m || s.Verdict != core.Failed {
			t.Errorf("accepted %d, want %d", s.Accepted, m)
		}
	}
}

// TestRunAhead requires that the fastest sink gets exactly Buffer bytes ahead of one that takes nothing, and not one more.
func TestRunAhead(t *testing.T) {
	for _, buffer := range []int{1, 2, 4095, 4096, 4097, 1 << 20, 5<<20 + 1, 64<<20 + 1} {
		t.Run(key("buffer", buffer), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				total := int64(buffer + min(3*buffer, 3*chunk) + 1)
				stuck, fast := newBlockedWriter(0), &CountingWriter{total}
				r := start(t, core.Source{Reader: &CountingReader{total}}, core.Options{Buffer: int64(buffer)}, sink("stuck", stuck), sink("fast", fast))
				synctest.Wait()
				if got := total - fast.Size; got != int64(buffer) {
					t.Errorf("the fast one got %d bytes", got)
				}
				if st := r.Monitor.Status(); st.Read != int64(buffer) || st.Sinks[0].Waiting != int64(buffer) || st.Sinks[1].Waiting != 0 {
					t.Errorf("status %+v", st)
				}
				close(stuck.Release)
				rep, err := r.Wait(t)
				if err != nil || fast.Size != 0 || int64(stuck.Len()) != total {
					t.Errorf("report %+v, error %v", rep, err)
				}
			})
		})
	}
}

// TestSmallPieces requires that small pieces use up no more of the window than their bytes, and are passed on at once.
func TestSmallPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := newFeedReader()
		stuck, fast := newBlockedWriter(0), &Recorder{}
		r := start(t, core.Source{Reader: feed}, core.Options{}, sink("stuck", stuck), sink("fast", fast))
		for i := range 10000 {
			feed.Feed([]byte("a line\n"))
			synctest.Wait()
			if got := fast.Len(); got != 7*(i+1) {
				t.Fatalf("%d bytes after line %d", got, i)
			}
		}
		stuck.Limit = 1 << 20
		close(stuck.Release)
		feed.Close()
		if rep, err := r.Wait(t); err != nil {
			t.Errorf("report %+v, error %v", rep, err)
		}
	})
}

// TestPrompt requires that each byte that is read reaches every sink before another is there.
func TestPrompt(t *testing.T) {
	feed := newFeedReader()
	a, b := &Recorder{}, &ShortWriter{Most: 1}
	r := start(t, core.Source{Reader: feed}, core.Options{}, sink("a", a), sink("b", b))
	data := stream(1000)
	for i := range data {
		feed.Feed(data[i : i+1])
		a.Await(i + 1)
		b.Await(i + 1)
	}
	feed.Close()
	rep, _ := r.Wait(t)
	checkPrefix(t, data, rep.Sinks[0], a.Bytes(), core.Complete)
	checkPrefix(t, data, rep.Sinks[1], b.Bytes(), core.Complete)
}

// TestStallDetaches requires that a writer which blocks for ever is left, that what it holds is not used again, and that
// nobody else is hurt.
func TestStallDetaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := stream(4 << 20)
		stuck, other := newBlockedWriter(100), &Recorder{}
		pieces := &PieceReader{Data: data, Sizes: []int{100, 70000}}
		began := time.Now()
		r := start(t, core.Source{Reader: pieces}, core.Options{StallTimeout: 10 * time.Second}, sink("stuck", stuck), sink("other", other))
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Stalled, core.Complete)
		s := rep.Sinks[0]
		if took := time.Since(began); took < 10*time.Second || took > 12*time.Second { // a tick to see the wait, another to leave the call
			t.Errorf("detached after %v", took)
		}
		if !errors.Is(err, core.ErrStalled) || !s.AtLeast || s.Accepted != int64(stuck.Len()) || rep.Abandoned != 1 {
			t.Errorf("report %+v, error %v", rep, err)
		}
		if !bytes.Equal(other.Bytes(), data) {
			t.Error("the survivor differs")
		}
		<-stuck.Entered
		if at := stuck.Len(); !bytes.Equal(stuck.held, data[at:at+len(stuck.held)]) {
			t.Error("the memory that the abandoned write holds has changed")
		}
		close(stuck.Release)
	})
}

// TestStallNeedsWaitingBytes requires that an idle source is no stall, however long.
func TestStallNeedsWaitingBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := newFeedReader()
		out := &Recorder{}
		r := start(t, core.Source{Reader: feed}, core.Options{StallTimeout: time.Second, StallWarn: time.Second}, sink("a", out))
		feed.Feed([]byte("hello"))
		time.Sleep(time.Hour) // of fake time
		feed.Close()
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Complete)
		if kinds := r.Kinds(0); err != nil || len(kinds) != 1 {
			t.Errorf("events %v, error %v", kinds, err)
		}
	})
}

func TestStallWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := newBlockedWriter(0)
		r := start(t, core.Source{Reader: bytes.NewReader(stream(100))}, core.Options{StallWarn: 10 * time.Second, Buffer: 50}, sink("a", stuck))
		e := r.Await(t, core.EventStalled, 0)
		if e.For != 10*time.Second || e.Waiting != 50 || !e.Holding {
			t.Errorf("event %+v", e)
		}
		synctest.Wait()
		stuck.Limit = 100
		close(stuck.Release)
		if rep, err := r.Wait(t); err != nil {
			t.Errorf("report %+v, error %v", rep, err)
		}
	})
}
