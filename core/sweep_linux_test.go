package core_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

// sweepSize is more than three full pipes and a window hold, so that an output which stalls holds up the source.
const sweepSize = 4 << 20

// sweepBytes are after how many bytes the reader in a place dies: around nothing, a page, the capacities of pipes, and a chunk. The short
// form has each place and each of three numbers once.
func sweepBytes(place int) (all []int) {
	if testing.Short() {
		return []int{[]int{0, 1, 64<<10 + 1}[place]}
	}
	around := []int{0, 1, 4 << 10, 32 << 10, 64 << 10, 256 << 10, 1 << 20}
	for _, around := range around {
		for _, k := range []int{around - 1, around, around + 1} {
			if k >= 0 {
				all = append(all, k)
			}
		}
	}
	return all
}

// deaths are the ways in which a reader takes k bytes and dies.
var deaths = map[string]func(t *testing.T, r, w *os.File){
	"at-once": func(*testing.T, *os.File, *os.File) {},
	"full":    func(t *testing.T, _, w *os.File) { awaitFull(t, w) },
	"nonblock-full": func(t *testing.T, _, w *os.File) {
		if err := unix.SetNonblock(int(descriptor(t, w)), true); err != nil {
			t.Error(err)
		}
		awaitFull(t, w)
	},
}

// TestSweepDeaths kills one reader of three after every number of bytes, in every place, and requires that the two others get
// everything, and the one an exact prefix.
func TestSweepDeaths(t *testing.T) {
	whole := coretest.Bytes(stream(sweepSize))
	for death := range deaths {
		for _, mode := range []string{"shared", "copied", "digest", "beside-file"} {
			t.Run(fmt.Sprintf("death=%s/mode=%s", death, mode), func(t *testing.T) {
				before := coretest.Held()
				for place := range 3 {
					for _, k := range sweepBytes(place) {
						sweepDeath(t, whole, death, mode, place, k)
					}
				}
				checkReleased(t, before)
			})
		}
	}
}

func sweepDeath(t *testing.T, whole coretest.Stream, death, mode string, place, k int) {
	t.Helper()
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		io.Copy(feed, whole.Reader())
		feed.Close()
	}()
	defer in.Close()
	var sinks []core.Sink
	run := coretest.Run{Stream: whole}
	var ended []<-chan struct{}
	for i := range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		got := whole.Receiver()
		run.Sinks = append(run.Sinks, coretest.Sink{Holds: got, Leaves: i == place})
		if i == place {
			ended = append(ended, dying(t, r, share(t, w), k, got, deaths[death]))
		} else {
			ended = append(ended, receive(r, got))
		}
		sinks = append(sinks, sink(fmt.Sprint(i), w))
	}
	name := filepath.Join(t.TempDir(), "file")
	if mode == "beside-file" {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		sinks = append(sinks, sink("file", f))
	}
	opts := core.Options{NoZeroCopy: mode == "copied"}
	if mode == "digest" {
		opts.Digest, run.Digest = sha256.New(), sha256.New
	}
	run.Report, run.Err = start(t, core.Source{Reader: in}, opts, sinks...).Wait(t)
	for _, end := range ended {
		<-end
	}
	if mode == "beside-file" {
		run.Sinks = append(run.Sinks, coretest.Sink{Holds: whole.Received(contents(t, name))})
	}
	if err := run.Check(); err != nil {
		t.Errorf("place %d, after %d bytes: %v", place, k, err)
	}
	if s := run.Report.Sinks[place]; s.Verdict != core.Failed || !s.HasTaken || s.Taken != int64(k) {
		t.Errorf("place %d, after %d bytes: sink %+v", place, k, s)
	}
}

// contents returns what a file holds.
func contents(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// receive passes on to got what comes from r, closes it at its end, and then the channel. An error of r is an end: a sink that is
// complete must have all.
func receive(r *os.File, got *coretest.Receiver) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer r.Close()
		pour(r, got)
	}()
	return ended
}

// dying takes k bytes from r, does what before does, and closes it. watch is the other end.
func dying(t *testing.T, r, watch *os.File, k int, got *coretest.Receiver, before func(t *testing.T, r, w *os.File)) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer r.Close()
		defer watch.Close()
		if err := pour(io.LimitReader(r, int64(k)), got); err != nil || got.Len() != int64(k) {
			t.Errorf("%d bytes came, want %d: %v", got.Len(), k, err)
		}
		before(t, r, watch)
	}()
	return ended
}

// pour is io.Copy by plain reads, whatever else r can do.
func pour(r io.Reader, got *coretest.Receiver) error {
	_, err := io.CopyBuffer(got, struct{ io.Reader }{r}, make([]byte, 64<<10))
	return err
}

// awaitFull waits until the pipe takes nothing more, in vain if nothing holds it up.
func awaitFull(t *testing.T, w *os.File) {
	fd := int(descriptor(t, w))
	deadline := time.Now().Add(patience)
	for sys.Ready(fd, unix.POLLOUT) {
		if time.Now().After(deadline) {
			t.Error("the pipe does not fill")
			return
		}
		time.Sleep(100 * time.Microsecond) // no event says it; leave the processor to who fills it
	}
}

// TestSweepFileLimit has a file among pipes fail with EFBIG after a partial write, at every number of bytes and in every place.
func TestSweepFileLimit(t *testing.T) {
	const asChild = "CORE_TEST_SWEEP"
	if os.Getenv(asChild) == "" {
		// The limit holds for a whole process.
		cmd := exec.Command(os.Args[0], "-test.run=^TestSweepFileLimit$", "-test.v", fmt.Sprintf("-test.short=%t", testing.Short()))
		cmd.Env = append(os.Environ(), asChild+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestSweepFileLimit") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ) // or the runtime dies of it
	data := stream(sweepSize)
	for place := range 3 {
		for _, k := range sweepBytes(place) {
			sweepFileLimit(t, data, place, k)
		}
	}
}

func sweepFileLimit(t *testing.T, data []byte, place, k int) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(k), Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_FSIZE, &old)
	in, feed, _ := os.Pipe()
	go func() {
		feed.Write(data)
		feed.Close()
	}()
	defer in.Close()
	var sinks []core.Sink
	var got []<-chan []byte
	for i := range 3 {
		if i == place {
			sinks, got = append(sinks, sink("file", file)), append(got, nil)
			continue
		}
		r, w, _ := os.Pipe()
		defer r.Close()
		sinks, got = append(sinks, sink(fmt.Sprint(i), w)), append(got, collect(r))
	}
	rep, err := start(t, core.Source{Reader: in}, core.Options{}, sinks...).Wait(t)
	run := coretest.Run{Stream: coretest.Bytes(data), Report: rep, Err: err}
	for i, read := range got {
		if i == place {
			fault := []coretest.Fault{{Op: core.OpWrite, Err: unix.EFBIG}}
			run.Sinks = append(run.Sinks, coretest.Sink{Holds: run.Stream.Received(contents(t, name)), Faults: fault})
			continue
		}
		run.Sinks = append(run.Sinks, coretest.Sink{Holds: run.Stream.Received(<-read)})
	}
	if err := run.Check(); err != nil || rep.Sinks[place].Accepted != int64(k) {
		t.Errorf("place %d, limit %d: sink %+v: %v", place, k, rep.Sinks[place], err)
	}
}
