package core_test

import (
	"bytes"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

// TestFragments has a source whose pipe holds small pieces, each of which takes a slot of every pipe that it comes to, and one
// reader that lags: its private pipe has room for the bytes of a round, but not for all of their pieces.
func TestFragments(t *testing.T) {
	for lagging, name := range map[int]string{0: "first", 1: "middle", 2: "last"} {
		t.Run("lagging="+name, func(t *testing.T) { fragments(t, lagging) })
	}
}

func fragments(t *testing.T, lagging int) {
	before := coretest.Held()
	data := stream(6 << 20)
	in, feed, _ := os.Pipe()
	defer in.Close()
	if _, err := sys.SetPipeSize(int(in.Fd()), sys.MaxPipe); err != nil {
		t.Fatal(err)
	}
	var sinks []core.Sink
	var readers []*os.File
	for _, name := range []string{"a", "b", "c"} {
		r, w, _ := os.Pipe()
		defer r.Close()
		readers = append(readers, r)
		sinks = append(sinks, sink(name, w))
	}
	r := start(t, core.Source{Reader: in}, core.Options{}, sinks...)
	go func() {
		defer feed.Close()
		spliceInPieces(t, feed, data, 1000, func() int64 { return r.Monitor.Status().Read })
	}()
	var got []<-chan []byte
	for i, out := range readers {
		if i != lagging {
			got = append(got, collect(out))
		}
	}
	for r.Monitor.Status().Read < core.DefaultBuffer {
		runtime.Gosched() // the others are ahead by as much as they can be
	}
	var lagged []byte
	for len(lagged) < len(data) {
		lagged = append(lagged, take(t, readers[lagging], min(50_000, len(data)-len(lagged)))...)
	}
	rep, err := r.Wait(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range got {
		if !bytes.Equal(<-other, data) {
			t.Error("wrong bytes")
		}
	}
	if !bytes.Equal(lagged, data) {
		t.Error("wrong bytes for the one that lags")
	}
	if shared := pathWanted() == core.PathLinux; shared != (rep.Shared > 0) {
		t.Errorf("%d bytes were shared", rep.Shared)
	}
	for _, out := range readers {
		out.Close()
	}
	in.Close()
	checkReleased(t, before)
}

// spliceInPieces writes data in pieces of so many bytes, as many at once as fill a pipe, each time that all before were read.
func spliceInPieces(t *testing.T, to *os.File, data []byte, size int, read func() int64) {
	r, w, _ := os.Pipe()
	r2, w2, _ := os.Pipe()
	for _, f := range []*os.File{r, w, r2, w2} {
		defer f.Close()
	}
	most, err := sys.SetPipeSize(int(w2.Fd()), sys.MaxPipe)
	if err != nil {
		t.Error(err)
		return
	}
	for sent := int64(0); len(data) > 0; {
		full := 0
		for range min(most/os.Getpagesize(), (len(data)+size-1)/size) {
			piece := data[:min(size, len(data))]
			data = data[len(piece):]
			if _, err := w.Write(piece); err != nil {
				t.Error(err)
				return
			}
			move(t, r, w2, len(piece)) // write(2) would put it behind the last one, in the same page
			full += len(piece)
		}
		for read() < sent {
			runtime.Gosched()
		}
		move(t, r2, to, full)
		sent += int64(full)
	}
}

func move(t *testing.T, from, to *os.File, n int) {
	for n > 0 {
		moved, err := unix.Splice(int(from.Fd()), nil, int(to.Fd()), nil, n, 0)
		if err != nil && err != unix.EINTR {
			t.Error(err)
			return
		}
		n -= max(int(moved), 0)
	}
}
