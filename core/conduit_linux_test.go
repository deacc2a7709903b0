package core_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// conduit is something with two ends, of which a run is given one.
type conduit struct {
	name     string
	open     func(t *testing.T) (r, w *os.File)
	taken    bool // what its reader has taken is known
	refuse   bool // as on a kernel that has no write which never blocks
	shared   bool // and that can't open it once more
	portable bool // on that path
}

var conduits = []conduit{
	{name: "pipe", open: newPipe, taken: true},
	{name: "pipe-nonblock", open: newNonblockPipe, taken: true},
	{name: "pipe-old-kernel", open: newPipe, taken: true, refuse: true},
	{name: "pipe-old-kernel-shared", open: newPipe, taken: true, refuse: true, shared: true},
	{name: "fifo", open: newFIFO, taken: true},
	{name: "socketpair", open: newSocketpair},
	{name: "pipe-portable", open: newPipe, taken: true, portable: true},
	{name: "pipe-old-kernel-portable", open: newPipe, taken: true, refuse: true, portable: true},
	{name: "pipe-old-kernel-shared-portable", open: newPipe, taken: true, refuse: true, shared: true, portable: true},
	{name: "socketpair-portable", open: newSocketpair, portable: true},
}

func eachConduit(t *testing.T, test func(t *testing.T, c conduit)) {
	for _, c := range conduits {
		t.Run("kind="+c.name, func(t *testing.T) {
			if c.refuse {
				defer sys.RefuseNowait(c.shared)()
			}
			test(t, c)
		})
	}
}

// newPipe returns a pipe in blocking mode, as a shell makes it; os.Pipe's are not.
func newPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	chooseSize(t, p[1])
	return ends(t, p)
}

func newNonblockPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	chooseSize(t, int(descriptor(t, w)))
	return r, w
}

// chooseSize gives a pipe a capacity other than the default, which is then left alone: a test's data don't fit.
func chooseSize(t *testing.T, fd int) {
	t.Helper()
	if _, err := sys.SetPipeSize(fd, sys.DefaultPipeSize()/2); err != nil {
		t.Fatal(err)
	}
}

func newFIFO(t *testing.T) (r, w *os.File) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	// Opened for both first, since either end alone waits for the other.
	both, err := unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(both)
	var p [2]int
	for i, mode := range []int{unix.O_RDONLY, unix.O_WRONLY} {
		if p[i], err = unix.Open(name, mode|unix.O_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
	}
	chooseSize(t, p[1])
	return ends(t, p)
}

func newSocketpair(t *testing.T) (r, w *os.File) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ends(t, p)
}

func ends(t *testing.T, p [2]int) (r, w *os.File) {
	r, w = os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
	t.Cleanup(func() { r.Close() })
	return r, w
}

// share returns another descriptor of f's file description, as another process would hold it.
func share(t *testing.T, f *os.File) *os.File {
	t.Helper()
	shared, err := unix.FcntlInt(descriptor(t, f), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	copied := os.NewFile(uintptr(shared), f.Name())
	t.Cleanup(func() { copied.Close() })
	return copied
}

// hangUp closes the last descriptor of a write end, and of a socket that others share.
func hangUp(t *testing.T, f *os.File) {
	unix.Shutdown(int(descriptor(t, f)), unix.SHUT_WR)
	f.Close()
}

func descriptor(t *testing.T, f *os.File) uintptr {
	t.Helper()
	fd, err := sys.FD(f)
	if err != nil {
		t.Fatal(err)
	}
	return uintptr(fd)
}

// flags are those of f's file description.
func flags(t *testing.T, f *os.File) int {
	t.Helper()
	n, err := unix.FcntlInt(descriptor(t, f), unix.F_GETFL, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// collect reads r to its end, and then delivers what came.
func collect(r io.Reader) <-chan []byte {
	const collected = sweepSize + bytes.MinRead // few tests have more
	got := make(chan []byte, 1)
	go func() {
		data := bytes.NewBuffer(make([]byte, 0, collected)) // io.ReadAll would copy five times as much as there is
		data.ReadFrom(r)
		got <- data.Bytes()
	}()
	return got
}

// take reads exactly n bytes.
func take(t *testing.T, r io.Reader, n int) []byte {
	t.Helper()
	p := make([]byte, n)
	if _, err := io.ReadFull(r, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// isGone reports whether err is what the kind's writer gets when its reader has died.
func isGone(err error) bool {
	return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET)
}

// stallWarn is how long a sink accepts nothing until a test takes it for full. Where that comes too early, on a busy
// machine, the tests hold as well.
const stallWarn = 20 * time.Millisecond

func TestConduitWhole(t *testing.T) {
	data := stream(1 << 20)
	eachConduit(t, func(t *testing.T, c conduit) {
		in, feed := c.open(t)
		r1, w1 := c.open(t)
		r2, w2 := c.open(t)
		got1, got2 := collect(r1), collect(r2)
		go func() {
			feed.Write(data)
			feed.Close()
		}()
		rep, err := start(t, core.Source{Reader: in}, core.Options{Portable: c.portable}, sink("a", w1), sink("b", w2)).Wait(t)
		checkPrefix(t, data, rep.Sinks[0], <-got1, core.Complete)
		checkPrefix(t, data, rep.Sinks[1], <-got2, core.Complete)
		if s := rep.Sinks[0]; err != nil || s.HasTaken != c.taken || c.taken && s.Taken != s.Accepted {
			t.Errorf("sink %+v, error %v", s, err)
		}
	})
}

// TestConduitFillsAndDies: a reader that takes nothing until there is no room, and dies, costs the others nothing.
func TestConduitFillsAndDies(t *testing.T) {
	data := stream(1 << 20)
	eachConduit(t, func(t *testing.T, c conduit) {
		r1, w1 := c.open(t)
		r2, w2 := c.open(t)
		r3, w3 := c.open(t)
		first, last := collect(r1), collect(r3)
		r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{Buffer: 64 << 10, StallWarn: stallWarn, Portable: c.portable},
			sink("first", w1), sink("dies", w2), sink("last", w3))
		r.Await(t, core.EventStalled, 1)
		for r.Monitor.Status().Sinks[1].Accepted == 0 { // on a busy machine the first write may come later than the warning
			runtime.Gosched()
		}
		r2.Close()
		rep, _ := r.Wait(t)
		checkPrefix(t, data, rep.Sinks[0], <-first, core.Complete)
		checkPrefix(t, data, rep.Sinks[2], <-last, core.Complete)
		s := rep.Sinks[1]
		if s.Verdict != core.Failed || !isGone(s.Err) || s.AtLeast || s.HasTaken != c.taken || s.Taken != 0 || s.Accepted == 0 {
			t.Errorf("sink %+v", s)
		}
	})
}

// TestNonblockInMidRun: a sibling sets O_NONBLOCK on the description that it shares; then the reader goes on or dies.
func TestNonblockInMidRun(t *testing.T) {
	data := stream(1 << 20)
	eachConduit(t, func(t *testing.T, c conduit) {
		for _, end := range []string{"goes on", "dies"} {
			t.Run("reader="+end, func(t *testing.T) {
				in, feed := c.open(t)
				defer in.Close()
				r1, w1 := c.open(t)
				for _, f := range []*os.File{in, w1} {
					sibling := share(t, f)
					unix.SetNonblock(int(descriptor(t, sibling)), true)
					sibling.Close()
				}
				go func() {
					feed.Write(data)
					feed.Close()
				}()
				r := start(t, core.Source{Reader: in}, core.Options{StallWarn: stallWarn, Portable: c.portable}, sink("a", w1))
				head := take(t, r1, 100_000)
				r.Await(t, core.EventStalled, 0)
				if end == "dies" {
					r1.Close()
					rep, _ := r.Wait(t)
					checkVerdicts(t, rep, core.Failed)
					return
				}
				rest := collect(r1)
				rep, _ := r.Wait(t)
				checkPrefix(t, data, rep.Sinks[0], append(head, <-rest...), core.Complete)
			})
		}
	})
}

// TestContested has another process fill the pipe of an output as soon as there is room, where the kernel knows no write to it
// that doesn't block, and the run few or too many outputs for private pipes. The other output must have each piece at once.
func TestContested(t *testing.T) {
	pieces := 3000 // the race is rarely lost
	if testing.Short() {
		pieces = 100
	}
	for _, beside := range []int{0, 200} {
		t.Run(key("beside", beside), func(t *testing.T) {
			defer sys.RefuseNowait(true)()
			in, feed, _ := os.Pipe()
			defer in.Close()
			r1, w1 := newPipe(t)
			r2, w2, _ := os.Pipe()
			defer r2.Close()
			if _, err := sys.SetPipeSize(int(descriptor(t, w1)), os.Getpagesize()); err != nil {
				t.Fatal(err)
			}
			block := make([]byte, os.Getpagesize())
			rival := share(t, w1)
			rivalry := make(chan struct{})
			go func() {
				defer close(rivalry)
				for err := error(nil); err == nil; _, err = rival.Write(block) {
				}
			}()
			sinks := []core.Sink{sink("contested", w1), sink("other", w2)}
			for range beside {
				sinks = append(sinks, sink("beside", io.Discard))
			}
			r := start(t, core.Source{Reader: in}, core.Options{}, sinks...)
			room := make([]byte, os.Getpagesize())
			for i := range pieces {
				feed.Write([]byte("piece"))
				r2.SetReadDeadline(time.Now().Add(patience / 3))
				if _, err := r2.Read(room); err != nil {
					t.Errorf("piece %d: %v", i, err)
					break
				}
				r1.Read(room)
			}
			feed.Close()
			r1.Close()
			<-rivalry
			rep, _ := r.Wait(t)
			if s := rep.Sinks[1]; s.Verdict != core.Complete {
				t.Errorf("sink %+v", s)
			}
		})
	}
}
