//go:build unix

package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
)

const fileSizeLimit = 100_001

// TestFileSizeLimit: a partial write, then EFBIG. The limit holds for a whole process, so that it needs one of its own.
func TestFileSizeLimit(t *testing.T) {
	if dir := os.Getenv("CORE_TEST_LIMITED"); dir != "" {
		limitedRun(dir)
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$")
	cmd.Env = append(os.Environ(), "CORE_TEST_LIMITED="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("PASS")) {
		t.Fatalf("%v\n%s", err, out)
	}
	data := stream(3 * fileSizeLimit)
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || !bytes.Equal(got, data[:fileSizeLimit]) {
		t.Errorf("%d bytes in the file, error %v", len(got), err)
	}
}

// limitedRun panics where the run isn't as it should be.
func limitedRun(dir string) {
	signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ) // or the runtime dies of it
	limit := unix.Rlimit{Cur: fileSizeLimit, Max: fileSizeLimit}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
	file, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		panic(err)
	}
	data, other := stream(3*fileSizeLimit), &Recorder{}
	rep, err := core.Run(context.Background(), core.Source{Reader: bytes.NewReader(data)},
		[]core.Sink{sink("limited", file), sink("other", other)}, core.Options{})
	s := rep.Sinks[0]
	if s.Verdict != core.Failed || s.Accepted != fileSizeLimit || !errors.Is(s.Err, unix.EFBIG) || !errors.Is(err, unix.EFBIG) || !bytes.Equal(other.Bytes(), data) {
		panic(fmt.Sprintf("sink %+v, error %v", s, err))
	}
}

// TestDescriptorsRunOut requires, with more and more descriptors to be had until there are enough, that a run is refused without having
// touched anything, or goes well on whatever path can be had.
func TestDescriptorsRunOut(t *testing.T) {
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for more := 0; ; more++ {
		in, feed, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		feed.WriteString("hello")
		feed.Close()
		before, w := coretest.Held(), &Recorder{}
		limit := was
		set(&limit.Cur, lowestFree(t)+more)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		rep, err := start(t, core.Source{Reader: in}, core.Options{}, sink("a", w)).Wait(t)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
		checkReleased(t, before)
		in.Close()
		switch {
		case err == nil && rep.PathReason == "":
			checkPrefix(t, []byte("hello"), rep.Sinks[0], w.Bytes(), core.Complete)
			if refused == 0 {
				t.Error("nothing was refused")
			}
			return
		case err == nil:
			checkPrefix(t, []byte("hello"), rep.Sinks[0], w.Bytes(), core.Complete)
		case !errors.Is(err, unix.EMFILE) || rep.Sinks != nil || w.Len() != 0 || w.Closed() != 0:
			t.Errorf("%d more: report %+v, error %v", more, rep, err)
		default:
			refused++
		}
	}
}

// set sets a limit, whose type is not the same on all systems.
func set[T int64 | uint64](limit *T, n int) { *limit = T(n) }

// lowestFree returns the number of the descriptor that would be opened next.
func lowestFree(t *testing.T) int {
	t.Helper()
	fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	return fd
}
