package core_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
)

// newPTY returns a terminal, in raw mode, and the other side of it.
func newPTY(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	m, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	master = os.NewFile(uintptr(m), "master")
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(m, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(m, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	s, err := unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip(err)
	}
	raw, err := unix.IoctlGetTermios(s, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	raw.Oflag &^= unix.OPOST
	raw.Lflag &^= unix.ECHO | unix.ICANON
	if err := unix.IoctlSetTermios(s, unix.TCSETS, raw); err != nil {
		t.Fatal(err)
	}
	return master, os.NewFile(uintptr(s), "terminal")
}

func TestTerminalWhole(t *testing.T) {
	data := stream(100_000)
	master, terminal := newPTY(t)
	r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{}, sink("tty", terminal))
	got := take(t, master, len(data))
	rep, _ := r.Wait(t)
	checkPrefix(t, data, rep.Sinks[0], got, core.Complete)
}

// TestTerminalHangsUp: it is noticed while the source is idle, and while a write blocks.
func TestTerminalHangsUp(t *testing.T) {
	for _, while := range []string{"idle", "blocked"} {
		t.Run("while="+while, func(t *testing.T) {
			master, terminal := newPTY(t)
			feed, other := newFeedReader(), &Recorder{}
			r := start(t, core.Source{Reader: feed}, core.Options{StallWarn: stallWarn}, sink("tty", terminal), sink("other", other))
			data := []byte("hello")
			if while == "blocked" {
				data = stream(100_000)
			}
			feed.Feed(data)
			if while == "blocked" {
				r.Await(t, core.EventStalled, 0)
			} else {
				take(t, master, 5)
			}
			master.Close()
			if e := r.Await(t, core.EventDetached, 0); !errors.Is(e.Sink.Err, unix.EIO) || e.Left != 1 {
				t.Errorf("event %+v", e)
			}
			feed.Feed(data)
			feed.Close()
			rep, _ := r.Wait(t)
			checkVerdicts(t, rep, core.Failed, core.Complete)
			if s := rep.Sinks[0]; s.AtLeast || while == "idle" && s.Accepted != 5 || other.Len() != 2*len(data) {
				t.Errorf("sink %+v, the other has %d bytes", s, other.Len())
			}
		})
	}
}

// awaitWriter returns when a thread of this process is asleep in a write to f.
func awaitWriter(t *testing.T, f *os.File) {
	t.Helper()
	call := fmt.Sprintf("%d %#x ", unix.SYS_WRITE, descriptor(t, f))
	for {
		threads, _ := filepath.Glob("/proc/self/task/*")
		if slices.ContainsFunc(threads, func(dir string) bool {
			now, _ := os.ReadFile(filepath.Join(dir, "syscall")) // "running" while it does
			state, _ := os.ReadFile(filepath.Join(dir, "stat"))
			return strings.HasPrefix(string(now), call) && strings.Contains(string(state), ") S ")
		}) {
			return
		}
		runtime.Gosched()
	}
}

// TestTerminalBlocks: a write that can't be left is left behind, with a thread, and a count that says so. The timeout leaves
// a busy machine time to come to that write.
func TestTerminalBlocks(t *testing.T) {
	for _, end := range []string{"stall", "cancel"} {
		t.Run("end="+end, func(t *testing.T) {
			before := coretest.Held()
			data := stream(100_000)
			master, terminal := newPTY(t)
			opts := core.Options{StallWarn: stallWarn}
			if end == "stall" {
				opts.StallTimeout = 25 * stallWarn
			}
			feed, other := newFeedReader(), &Recorder{}
			r := start(t, core.Source{Reader: feed}, opts, sink("tty", terminal), sink("other", other))
			feed.Feed(data)
			awaitWriter(t, terminal)
			for other.Len() < len(data) {
				runtime.Gosched()
			}
			if end == "cancel" {
				r.Cancel(nil)
			} else {
				r.Await(t, core.EventSettled, 0)
			}
			feed.Close()
			rep, _ := r.Wait(t)
			s := rep.Sinks[0]
			if !s.AtLeast || rep.Abandoned != 1 || s.Accepted >= int64(len(data)) || other.Len() != len(data) {
				t.Errorf("sink %+v, abandoned %d, the other has %d bytes", s, rep.Abandoned, other.Len())
			}
			if end == "stall" {
				checkVerdicts(t, rep, core.Stalled, core.Complete)
			}
			got := take(t, master, int(s.Accepted))
			if !bytes.Equal(got, data[:len(got)]) {
				t.Error("the terminal got something else")
			}
			master.Close() // sets the write free
			checkReleased(t, before)
		})
	}
}

// TestSlowTerminal requires that one which takes a little now and then is not called stalled for as long as the bytes take that
// it was given: what it takes is progress.
func TestSlowTerminal(t *testing.T) {
	const (
		rounds = 6
		little = 32 << 10 // more than the kernel holds
	)
	data := stream((rounds + 2) * little) // what is left after the rounds stalls too
	master, terminal := newPTY(t)
	r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{StallWarn: stallWarn}, sink("tty", terminal))
	var got []byte
	for i := range rounds {
		r.AwaitNth(t, core.EventStalled, 0, i)
		got = append(got, take(t, master, little)...)
		r.AwaitNth(t, core.EventResumed, 0, i) // while nothing is taken again
	}
	got = append(got, take(t, master, len(data)-len(got))...)
	rep, _ := r.Wait(t)
	checkPrefix(t, data, rep.Sinks[0], got, core.Complete)
}
