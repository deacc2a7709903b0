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
