package core_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
)

// TestDescriptorsLeft has an output opened late in a process that may have few more descriptors: what the engine takes to be
// faster must leave some.
func TestDescriptorsLeft(t *testing.T) {
	const asChild = "CORE_TEST_DESCRIPTORS"
	if os.Getenv(asChild) == "" {
		// The limit holds for a whole process.
		cmd := exec.Command(os.Args[0], "-test.run=^TestDescriptorsLeft$", "-test.v")
		cmd.Env = append(os.Environ(), asChild+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestDescriptorsLeft") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	data := stream(4 << 20)
	for _, more := range []int{1, 2, 7, 16, 17, 20} {
		descriptorsLeft(t, data, more)
	}
}

func descriptorsLeft(t *testing.T, data []byte, more int) {
	t.Helper()
	in, feed, _ := os.Pipe()
	defer in.Close()
	var sinks []core.Sink
	var got []<-chan []byte
	for i := range 8 {
		r, w, _ := os.Pipe()
		defer r.Close()
		sinks, got = append(sinks, sink(fmt.Sprint(i), w)), append(got, collect(r))
	}
	name := filepath.Join(t.TempDir(), "late")
	half := make(chan struct{})
	sinks = append(sinks, core.Sink{Name: "late", Open: func(context.Context) (io.Writer, error) {
		defer allowDescriptors(t, in, more)()
		go feed.Write(data[:len(data)/2])
		<-half
		return os.Create(name)
	}})
	r := start(t, core.Source{Reader: in}, core.Options{Buffer: int64(len(data))}, sinks...)
	for r.Monitor.Status().Read < int64(len(data)/2) {
		runtime.Gosched()
		if len(r.Kinds(8)) > 0 {
			break
		}
	}
	close(half)
	go func() {
		feed.Write(data[len(data)/2:])
		feed.Close()
	}()
	rep, _ := r.Wait(t)
	for i, s := range rep.Sinks[:8] {
		checkPrefix(t, data, s, <-got[i], core.Complete)
	}
	if s := rep.Sinks[8]; s.Verdict != core.Complete {
		t.Errorf("%d more descriptors: sink %+v", more, s)
	}
}

// TestNoDescriptorsLeft has a run begin in a process that may have few more descriptors: it is refused, or does without what it lacks,
// and touches nothing of others.
func TestNoDescriptorsLeft(t *testing.T) {
	const asChild = "CORE_TEST_NO_DESCRIPTORS"
	if os.Getenv(asChild) == "" {
		// The limit holds for a whole process, and its standard input is watched.
		in, feed := newPipe(t)
		defer feed.Close()
		back := share(t, feed)
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoDescriptorsLeft$", "-test.v")
		cmd.Env, cmd.Stdin = append(os.Environ(), asChild+"=1"), back
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestNoDescriptorsLeft") {
			t.Fatalf("%v\n%s", err, out)
		}
		back.Close()
		feed.Close()
		if got := <-collect(in); len(got) > 0 {
			t.Errorf("%d bytes were written to its standard input", len(got))
		}
		return
	}
	data := stream(100_000)
	for more := range 24 {
		before := coretest.Held()
		in, feed, _ := os.Pipe()
		out, w, _ := os.Pipe()
		got := collect(out)
		go func() {
			feed.Write(data)
			feed.Close()
		}()
		restore := allowDescriptors(t, in, more)
		rep, err := core.Run(context.Background(), core.Source{Reader: in}, []core.Sink{sink("a", w)}, core.Options{})
		restore()
		if err == nil {
			checkPrefix(t, data, rep.Sinks[0], <-got, core.Complete)
		} else if w.Close() != nil || rep.Sinks != nil || !errors.Is(err, unix.EMFILE) {
			t.Errorf("%d more descriptors: report %+v, error %v", more, rep, err)
		}
		// Without the means to halt it, or to hear of readers that leave, nothing is begun.
		if refused := err != nil; refused != (more < 4) {
			t.Errorf("%d more descriptors: error %v", more, err)
		}
		in.Close()
		out.Close()
		checkReleased(t, before)
		if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err != nil {
			t.Fatalf("%d more descriptors: standard input: %v", more, err)
		}
	}
}

// allowDescriptors lets the process have so many more, until restore is called. It needs any open file.
func allowDescriptors(t *testing.T, f *os.File, more int) (restore func()) {
	t.Helper()
	next, err := unix.Dup(int(descriptor(t, f)))
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(next)
	var old unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &old)
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(next + more), Max: old.Max})
	return func() { unix.Setrlimit(unix.RLIMIT_NOFILE, &old) }
}
