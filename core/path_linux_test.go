package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

// pathWanted is the path that the tests of this run are for. Asking inside of a test also tells the go command that what it
// remembers of a run on one path says nothing about the other.
func pathWanted() string {
	if os.Getenv("YJOINT_PATH") == "portable" {
		return core.PathPortable
	}
	return core.PathLinux
}

// TestPath requires that the report says which path ran, and that the tests run on the one that they are meant for.
func TestPath(t *testing.T) {
	const block = 64 << 10 // fits all pipes, so that nobody is ever behind
	data := stream(32 * block)
	for _, noZeroCopy := range []bool{false, true} {
		for _, portable := range []bool{false, true} {
			t.Run(fmt.Sprintf("no-zero-copy=%t/portable=%t", noZeroCopy, portable), func(t *testing.T) {
				in, feed, _ := os.Pipe()
				defer in.Close()
				r1, w1, _ := os.Pipe()
				r2, w2, _ := os.Pipe()
				r := start(t, core.Source{Reader: in}, core.Options{NoZeroCopy: noZeroCopy, Portable: portable}, sink("a", w1), sink("b", w2))
				for at := 0; at < len(data); at += block {
					feed.Write(data[at:][:block])
					for _, out := range []*os.File{r1, r2} {
						if !bytes.Equal(take(t, out, block), data[at:][:block]) {
							t.Fatalf("wrong bytes from %d on", at)
						}
					}
				}
				feed.Close()
				rep, err := r.Wait(t)
				if err != nil {
					t.Fatal(err)
				}
				want := pathWanted()
				if portable {
					want = core.PathPortable
				}
				if rep.Path != want || rep.PathReason != "" {
					t.Errorf("path %q (%q), want %q", rep.Path, rep.PathReason, want)
				}
				if shared := want == core.PathLinux && !noZeroCopy; shared != (rep.Shared > 0) {
					t.Errorf("%d bytes were shared", rep.Shared)
				}
			})
		}
	}
}

// TestPathOfDescriptors requires that the path is chosen by what there is to read and to write, also where that is known late.
func TestPathOfDescriptors(t *testing.T) {
	pipe := func() io.Writer {
		r, w := newPipe(t)
		collect(r)
		return w
	}
	memory := func() io.Writer { return &Recorder{} }
	for _, c := range []struct {
		name string
		late bool
		out  func() io.Writer
		want string
	}{
		{"pipe", false, pipe, core.PathLinux},
		{"late pipe", true, pipe, core.PathLinux},
		{"memory", false, memory, core.PathPortable},
		{"late memory", true, memory, core.PathPortable},
	} {
		t.Run("output="+c.name, func(t *testing.T) {
			s := core.Sink{Name: "a"}
			if w := c.out(); c.late {
				s.Open = func(context.Context) (io.Writer, error) { return w, nil }
			} else {
				s.Writer = w
			}
			rep, err := run(t, stream(1000), core.Options{}, s)
			want := c.want
			if pathWanted() == core.PathPortable {
				want = core.PathPortable
			}
			if err != nil || rep.Path != want || rep.PathReason != "" {
				t.Errorf("path %q (%q), want %q, error %v", rep.Path, rep.PathReason, want, err)
			}
		})
	}
}

// TestPathRefused requires the portable path, and the reason in the report, where the system has no tee(2) and splice(2), or no
// room for what is watched.
func TestPathRefused(t *testing.T) {
	if pathWanted() != core.PathLinux {
		t.Skip("this path asks for neither")
	}
	for errno, refuse := range map[unix.Errno]func(unix.Errno) (undo func()){
		unix.ENOSYS: sys.RefuseSplice, unix.EPERM: sys.RefuseSplice, unix.EINVAL: sys.RefuseSplice, unix.ENOSPC: sys.RefuseWatch,
	} {
		t.Run("errno="+sys.ErrnoName(errno), func(t *testing.T) {
			defer refuse(errno)()
			in, feed, _ := os.Pipe()
			feed.Close()
			defer in.Close()
			r := start(t, core.Source{Reader: in}, core.Options{}, sink("a", io.Discard))
			rep, err := r.Wait(t)
			if err != nil || rep.Path != core.PathPortable || rep.PathReason != core.Describe(errno) {
				t.Errorf("path %q (%q), error %v", rep.Path, rep.PathReason, err)
			}
		})
	}
}

// TestRefusedInMidRun has splice(2) or tee(2) fail from some byte on, with bytes under way: none is lost or doubled.
func TestRefusedInMidRun(t *testing.T) {
	if pathWanted() != core.PathLinux {
		t.Skip("this path asks for neither")
	}
	refusals := map[string]func(unix.Errno) (undo func()){"splice": sys.RefuseSplice, "tee": sys.RefuseTee}
	for call, refuse := range refusals {
		for _, errno := range []unix.Errno{unix.EINVAL, unix.ENOMEM} {
			for _, noZeroCopy := range []bool{false, true} {
				if call == "splice" && errno == unix.ENOMEM {
					continue // an error of the output then
				}
				t.Run(fmt.Sprintf("call=%s/errno=%s/no-zero-copy=%t", call, sys.ErrnoName(errno), noZeroCopy), func(t *testing.T) {
					refusedInMidRun(t, func() func() { return refuse(errno) }, noZeroCopy)
				})
			}
		}
	}
}

func refusedInMidRun(t *testing.T, refuse func() (undo func()), noZeroCopy bool) {
	before := coretest.Held()
	data := stream(8 << 20)
	in, feed, _ := os.Pipe()
	defer in.Close()
	go func() {
		feed.Write(data)
		feed.Close()
	}()
	var sinks []core.Sink
	var readers []*os.File
	for i := range 3 {
		r, w, _ := os.Pipe()
		defer r.Close()
		readers = append(readers, r)
		sinks = append(sinks, sink(fmt.Sprint(i), w))
	}
	r := start(t, core.Source{Reader: in}, core.Options{NoZeroCopy: noZeroCopy}, sinks...)
	// All are full, with bytes in their private pipes, when the system changes its mind.
	for _, out := range readers {
		if !bytes.Equal(take(t, out, 100_000), data[:100_000]) {
			t.Error("wrong bytes at first")
		}
	}
	for r.Monitor.Status().Read < 1<<20 {
		runtime.Gosched()
	}
	defer refuse()()
	var got []<-chan []byte
	for _, out := range readers {
		got = append(got, collect(out))
	}
	rep, _ := r.Wait(t)
	for i, s := range rep.Sinks {
		if rest := <-got[i]; s.Verdict != core.Complete || s.Accepted != int64(len(data)) || !bytes.Equal(rest, data[100_000:]) {
			t.Errorf("sink %+v, and %d bytes then", s, len(rest))
		}
	}
	for _, out := range readers {
		out.Close()
	}
	in.Close()
	checkReleased(t, before)
}

// TestFateInRounds: a sink whose reader goes with everything taken has its verdict, and ends the run that wants all of them,
// when the stream goes on, though what follows goes round without passing the window's memory.
func TestFateInRounds(t *testing.T) {
	const block = 512 << 10
	data := stream(block)
	in, feed, _ := os.Pipe()
	var sinks []core.Sink
	var readers []*os.File
	for i := range 3 {
		r, w, _ := os.Pipe()
		defer r.Close()
		readers = append(readers, r)
		sinks = append(sinks, sink(fmt.Sprint(i), w))
	}
	r := start(t, core.Source{Reader: in}, core.Options{StopOnError: true}, sinks...)
	for range 4 {
		go feed.Write(data)
		for _, out := range readers {
			take(t, out, block)
		}
	}
	readers[2].Close()
	r.Await(t, core.EventDetached, 2)
	for _, out := range readers[:2] {
		go io.Copy(io.Discard, out)
	}
	go func() { // without an end, but the run's
		defer feed.Close()
		for {
			if _, err := feed.Write(data); err != nil {
				return
			}
		}
	}()
	rep, err := r.Wait(t)
	in.Close()
	checkVerdicts(t, rep, core.Cancelled, core.Cancelled, core.Failed)
	if !errors.Is(err, core.ErrRequireUnmet) || !isGone(rep.Sinks[2].Err) {
		t.Errorf("sink %+v, error %v", rep.Sinks[2], err)
	}
}

// TestRefusedAtFirst has splice(2) fail for an output that a copy could go to by it alone without blocking.
func TestRefusedAtFirst(t *testing.T) {
	if pathWanted() != core.PathLinux {
		t.Skip("this path asks for none")
	}
	defer sys.RefuseNowait(true)()
	data := stream(1 << 20)
	r1, w1, _ := os.Pipe()
	defer r1.Close()
	got := collect(r1)
	out := core.Sink{Name: "a", Open: func(context.Context) (io.Writer, error) {
		t.Cleanup(sys.RefuseSplice(unix.EINVAL)) // not before: the path was chosen
		return w1, nil
	}}
	rep, _ := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{}, out).Wait(t)
	checkPrefix(t, data, rep.Sinks[0], <-got, core.Complete)
}

// TestWatchRefused has the kernel refuse to watch an output: its sink's goroutine serves it, and notices all the same that its reader leaves.
func TestWatchRefused(t *testing.T) {
	eachConduit(t, func(t *testing.T, c conduit) {
		feed := newFeedReader()
		r1, w1 := c.open(t)
		r := start(t, core.Source{Reader: feed}, core.Options{}, core.Sink{Name: "a", Open: func(context.Context) (io.Writer, error) {
			t.Cleanup(sys.RefuseWatch(unix.ENOSPC)) // not before: the path was chosen
			return w1, nil
		}}, sink("b", &Recorder{}))
		feed.Feed([]byte("hello"))
		take(t, r1, 5)
		r1.Close()
		if e := r.Await(t, core.EventDetached, 0); e.Sink.Accepted != 5 || !isGone(e.Sink.Err) || !e.Pending {
			t.Errorf("event %+v", e)
		}
		feed.Feed([]byte("world"))
		feed.Close()
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Failed, core.Complete)
	})
}
