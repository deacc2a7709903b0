package core_test

import (
	"context"
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
		var old unix.Rlimit
		unix.Getrlimit(unix.RLIMIT_NOFILE, &old)
		defer unix.Setrlimit(unix.RLIMIT_NOFILE, &old)
		next, err := unix.Dup(int(descriptor(t, in)))
		if err != nil {
			return nil, err
		}
		unix.Close(next)
		unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(next + more), Max: old.Max})
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
