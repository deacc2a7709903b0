package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

func TestReaderLeavesWhileTheSourceIsIdle(t *testing.T) {
	eachConduit(t, func(t *testing.T, c conduit) {
		if c.portable && c.refuse {
			return // readers are watched as without; it would take another second
		}
		if !c.refuse { // each waits for a second whether the source ends
			t.Parallel()
		}
		source, feed := c.open(t)
		defer feed.Close()
		r1, w1 := c.open(t)
		r2, w2 := c.open(t)
		r := start(t, core.Source{Reader: source}, core.Options{Portable: c.portable}, sink("a", w1), sink("b", w2))
		feed.WriteString("hello")
		take(t, r1, 5)
		take(t, r2, 5)
		r1.Close() // nothing follows for now, but it is noticed
		if e := r.Await(t, core.EventDetached, 0); e.Sink.Accepted != 5 || !isGone(e.Sink.Err) || e.Left != 1 || !e.Pending {
			t.Errorf("event %+v", e)
		}
		feed.WriteString(" world")
		take(t, r2, 6)
		if e := r.Await(t, core.EventSettled, 0); e.Sink.Verdict != core.Failed {
			t.Errorf("event %+v", e)
		}
		r2.Close() // the last one: the run ends, though the source never does
		rep, err := r.Wait(t)
		checkVerdicts(t, rep, core.Failed, core.Failed)
		if rep.Sinks[0].Accepted != 5 || rep.Sinks[1].Accepted != 11 || rep.Source.Ended || err == nil {
			t.Errorf("report %+v, error %v", rep, err)
		}
		if c.taken && (rep.Sinks[0].Taken != 5 || rep.Sinks[1].Taken != 11) {
			t.Errorf("taken %d and %d", rep.Sinks[0].Taken, rep.Sinks[1].Taken)
		}
	})
}

// TestAllReadersLeave requires the end of a run whose plain reader can't be asked whether more will come.
func TestAllReadersLeave(t *testing.T) {
	feed := newFeedReader()
	defer feed.Close()
	r1, w1 := newPipe(t)
	r := start(t, core.Source{Reader: feed}, core.Options{}, sink("a", w1))
	feed.Feed([]byte("hello"))
	take(t, r1, 5)
	r1.Close()
	rep, _ := r.Wait(t)
	checkVerdicts(t, rep, core.Failed)
}

func TestReaderLeavesJustBeforeTheEnd(t *testing.T) {
	source, feed := newPipe(t)
	r1, w1 := newPipe(t)
	r2, w2 := newPipe(t)
	rest := collect(r2)
	r := start(t, core.Source{Reader: source}, core.Options{}, sink("a", w1), sink("b", w2))
	feed.WriteString("hello")
	take(t, r1, 5)
	r1.Close()
	r.Await(t, core.EventDetached, 0)
	feed.Close() // the stream ends where the reader left: it has got all of it
	rep, err := r.Wait(t)
	checkVerdicts(t, rep, core.Complete, core.Complete)
	if err != nil || string(<-rest) != "hello" {
		t.Errorf("error %v", err)
	}
}

// TestCommandLeavesWhileTheSourceIsIdle: if the stream turns out to end where a command has left that ended well, the command has got
// all of it, however early that was; a failure of the command stays one, and a source that fails has no end.
func TestCommandLeavesWhileTheSourceIsIdle(t *testing.T) {
	exit3 := &core.OpError{Op: core.OpExit, Err: errors.New("exit status 3")}
	for _, c := range []struct {
		finish error
		stream string
		want   core.Verdict
		err    error
	}{
		{nil, "ends", core.Complete, nil},
		{nil, "goes on", core.Failed, unix.EPIPE},
		{nil, "fails", core.Failed, unix.EPIPE},
		{core.ErrEarlyExit, "ends", core.Complete, nil},
		{core.ErrEarlyExit, "goes on", core.EarlyExit, core.ErrEarlyExit},
		{core.ErrEarlyExit, "fails", core.EarlyExit, core.ErrEarlyExit},
		{exit3, "ends", core.Failed, exit3.Err},
		{exit3, "goes on", core.Failed, exit3.Err},
	} {
		t.Run(fmt.Sprintf("finish=%v/stream=%s", c.finish, c.stream), func(t *testing.T) {
			feed := newFeedReader()
			r1, w1 := newPipe(t)
			source := core.Source{Reader: feed, Finish: func(context.Context) error {
				if c.stream == "fails" {
					return errRead
				}
				return nil
			}}
			r := start(t, source, core.Options{}, core.Sink{Name: "a", Writer: w1, Finish: func(context.Context, core.End) error {
				w1.Close()
				return c.finish
			}}, sink("b", &Recorder{}))
			feed.Feed([]byte("hello"))
			take(t, r1, 5)
			r1.Close()
			r.Await(t, core.EventDetached, 0)
			if c.stream == "goes on" {
				feed.Feed([]byte("!"))
			}
			feed.Close()
			rep, _ := r.Wait(t)
			if s := rep.Sinks[0]; s.Verdict != c.want || !errors.Is(s.Err, c.err) || s.Accepted != 5 {
				t.Errorf("sink %+v", s)
			}
		})
	}
}

// TestCommandLeavesAndGoesOn requires that FinishTimeout bounds what a command that reads no more still does.
func TestCommandLeavesAndGoesOn(t *testing.T) {
	feed, f := newFeedReader(), &Finisher{Blocks: true, Err: errClose}
	r1, w1 := newPipe(t)
	r := start(t, core.Source{Reader: feed}, core.Options{FinishTimeout: 20 * time.Millisecond},
		core.Sink{Name: "a", Writer: w1, Finish: f.Finish}, sink("b", &Recorder{}))
	feed.Feed([]byte("hello"))
	take(t, r1, 5)
	r1.Close()
	r.await(t, func(s core.SinkStatus) bool { return s.Doing == "finishing" })
	feed.Close()
	rep, _ := r.Wait(t)
	w1.Close() // in place of f
	checkVerdicts(t, rep, core.Failed, core.Complete)
	if s := rep.Sinks[0]; s.Err != unix.EPIPE || !errors.Is(f.cause, core.ErrStalled) {
		t.Errorf("sink %+v, told %v", s, f.cause)
	}
}

// TestReaderLeavesAsTheStreamEnds lets both ends happen at once: the verdict may be either, but it must come and fit.
func TestReaderLeavesAsTheStreamEnds(t *testing.T) {
	for range 200 {
		source, feed := newPipe(t)
		r1, w1 := newPipe(t)
		r := start(t, core.Source{Reader: source}, core.Options{}, sink("a", w1))
		feed.WriteString("hello")
		take(t, r1, 5)
		go feed.Close()
		r1.Close()
		rep, err := r.Wait(t)
		s := rep.Sinks[0]
		whole := s.Verdict == core.Complete && err == nil && rep.Source.Ended
		if left := s.Verdict == core.Failed && err != nil && !rep.Source.Ended; !whole && !left || s.Accepted != 5 || s.Taken != 5 {
			t.Fatalf("report %+v, error %v", rep, err)
		}
	}
}

func TestReaderLeavesBytesUnread(t *testing.T) {
	for _, unread := range []int{1, 4096, 19_999} {
		for _, ends := range []bool{false, true} {
			name := key("unread", unread) + "/source=idle"
			if ends {
				name = key("unread", unread) + "/source=ended"
			}
			t.Run(name, func(t *testing.T) {
				const size = 20_000 // fits
				feed := newFeedReader()
				r1, w1 := newPipe(t)
				r := start(t, core.Source{Reader: feed}, core.Options{}, sink("a", w1))
				feed.Feed(stream(size)) // one write, during which nobody reads
				take(t, r1, size-unread)
				op := core.OpWrite
				if ends {
					feed.Close()
					op = core.OpDrain
					r.await(t, func(s core.SinkStatus) bool { return s.Doing == "draining" })
				} else {
					defer feed.Close()
				}
				r1.Close()
				rep, _ := r.Wait(t)
				s := rep.Sinks[0]
				if s.Verdict != core.Failed || s.Accepted != size || s.Taken != int64(size-unread) || !s.HasTaken || s.Op != op {
					t.Errorf("sink %+v", s)
				}
			})
		}
	}
}

// await waits until the run's first sink is so. No event tells of it.
func (r *Running) await(t *testing.T, is func(core.SinkStatus) bool) {
	t.Helper()
	eventually(t, func() bool {
		st := r.Monitor.Status()
		return len(st.Sinks) > 0 && is(st.Sinks[0])
	})
}

// TestDrain requires that the end of the stream is not told before the reader has taken everything, that it is told how much that is,
// and its time-out.
func TestDrain(t *testing.T) {
	for _, reads := range []bool{true, false} {
		name := "reader=resumes"
		opts := core.Options{}
		if !reads {
			name, opts.FinishTimeout = "reader=stalls", 50*time.Millisecond
		}
		t.Run(name, func(t *testing.T) {
			r1, w1 := newPipe(t)
			finish := &Finisher{}
			var r *Running
			begun := make(chan struct{}) // closed when r is set
			atEnd := func(ctx context.Context, end core.End) error {
				<-begun
				if s := r.Monitor.Status().Sinks[0]; s.Blocked <= 0 || !s.BlockedSince.IsZero() {
					t.Errorf("it is closed, and blocked for %v, since %v", s.Blocked, s.BlockedSince)
				}
				return finish.Finish(ctx, end)
			}
			began, polls := time.Now(), sys.Polls()
			r = start(t, core.Source{Reader: bytes.NewReader(stream(1000))}, opts, core.Sink{Name: "a", Writer: w1, Finish: atEnd})
			close(begun)
			if reads {
				r.await(t, func(s core.SinkStatus) bool { return s.Doing == "draining" })
				take(t, r1, 400)
				r.await(t, func(s core.SinkStatus) bool { return s.Doing == "draining" && s.Taken == 400 })
				take(t, r1, 600)
			}
			rep, _ := r.Wait(t)
			if asked := sys.Polls() - polls; asked > 20+int64(time.Since(began)/(10*time.Millisecond)) {
				t.Errorf("asked %d times in %v whether the pipe is empty", asked, time.Since(began))
			}
			w1.Close() // in place of finish
			s := rep.Sinks[0]
			if reads && (s.Verdict != core.Complete || s.Taken != 1000 || !finish.end.Whole) {
				t.Errorf("sink %+v, told %+v", s, finish.end)
			}
			if !reads && (s.Verdict != core.Stalled || s.Op != core.OpDrain || s.Taken != 0 || s.Accepted != 1000 || s.AtLeast || finish.end.Whole || finish.ctx == nil) {
				t.Errorf("sink %+v, told %+v", s, finish.end)
			}
			finish.checkOnce(t)
		})
	}
}

// TestSourceReset requires that a source's error is told, with the bytes before it passed on.
func TestSourceReset(t *testing.T) {
	source, feed := newSocketpair(t)
	r1, w1 := newPipe(t)
	r := start(t, core.Source{Reader: source}, core.Options{}, sink("a", w1))
	feed.WriteString("hello")
	take(t, r1, 5)
	source.Write([]byte("unread")) // a socket closed with bytes unread is reset
	feed.Close()
	rep, err := r.Wait(t)
	checkVerdicts(t, rep, core.Cancelled)
	if !errors.Is(err, unix.ECONNRESET) || rep.Source.Bytes != 5 || rep.Source.Ended {
		t.Errorf("report %+v, error %v", rep, err)
	}
}

// TestSourceOfMessages requires that a socket of which a read may lose bytes is refused.
func TestSourceOfMessages(t *testing.T) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, b := ends(t, p)
	defer b.Close()
	if rep, err := core.Run(context.Background(), core.Source{Reader: a}, []core.Sink{sink("a", io.Discard)}, core.Options{}); err == nil {
		t.Errorf("report %+v", rep)
	}
}
