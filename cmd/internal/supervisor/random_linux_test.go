//go:build linux && (amd64 || arm64)

package supervisor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/conformance"
	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	"yjoint/core/pattern"
	_ "yjoint/internal/sysmon"
)

// streamSize is that of each file of the random plans.
const streamSize = 200_000

// stream is what is written to each file.
func stream() []byte {
	p := make([]byte, streamSize)
	if _, err := io.ReadFull(pattern.NewReader(0, streamSize), p); err != nil {
		panic(err)
	}
	return p
}

// way is a way to write p, the stream from offset on, to a file. It returns what was accepted.
type way struct {
	name  string
	write func(w *writing, p []byte, offset int64) (int, error)
}

// writing is a file that is being written to by one way.
type writing struct {
	fd     int
	source int // a file that has the stream, for calls that copy from one
	pipe   [2]int
}

var ways = []way{
	{"write", func(w *writing, p []byte, _ int64) (int, error) { return unix.Write(w.fd, p) }},
	{"pwrite64", func(w *writing, p []byte, at int64) (int, error) { return unix.Pwrite(w.fd, p, at) }},
	{"writev", func(w *writing, p []byte, _ int64) (int, error) { return unix.Writev(w.fd, thirds(p)) }},
	{"pwritev", func(w *writing, p []byte, at int64) (int, error) { return unix.Pwritev(w.fd, thirds(p), at) }},
	{"pwritev2", func(w *writing, p []byte, at int64) (int, error) { return unix.Pwritev2(w.fd, thirds(p), at, 0) }},
	{"copy_file_range", func(w *writing, p []byte, at int64) (int, error) {
		from, to := at, at
		n, err := unix.CopyFileRange(w.source, &from, w.fd, &to, len(p), 0)
		if err == nil && (from != at+int64(n) || to != from) {
			err = fmt.Errorf("%d bytes were copied, but the offsets are %d and %d", n, from, to)
		}
		return n, err
	}},
	{"sendfile", func(w *writing, p []byte, at int64) (int, error) {
		from := at
		n, err := unix.Sendfile(w.fd, w.source, &from, len(p))
		if err == nil && from != at+int64(n) {
			err = fmt.Errorf("%d bytes were sent, but the offset is %d", n, from)
		}
		return n, err
	}},
	{"splice", func(w *writing, p []byte, at int64) (int, error) {
		held, err := unix.IoctlGetInt(w.pipe[0], unix.TIOCINQ)
		if err != nil {
			return 0, err
		}
		if more := min(len(p), 60_000) - held; more > 0 { // what an error has left in the pipe comes first
			if _, err := unix.Write(w.pipe[1], p[held:held+more]); err != nil {
				return 0, err
			}
		}
		n, err := unix.Splice(w.pipe[0], nil, w.fd, nil, min(len(p), 60_000), 0)
		return int(n), err
	}},
}

func thirds(p []byte) [][]byte {
	n := len(p) / 3
	return [][]byte{p[:n], p[n : 2*n], p[2*n:]}
}

// writerMain is the program that writes: one file for each number below the first argument, in the current folder, by the
// ways in turn. It goes on after errors, but gives up after many in a row, and leaves beside each file how much was accepted.
func writerMain(count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	whole := stream()
	if err := os.WriteFile("whole", whole, 0o600); err != nil {
		return err
	}
	for i := range n {
		if err := writeOne(i, whole); err != nil {
			return fmt.Errorf("file %d by %s: %w", i, ways[i%len(ways)].name, err)
		}
	}
	return nil
}

func writeOne(i int, whole []byte) error {
	name := fmt.Sprintf("p%d", i)
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	source, err := unix.Open("whole", unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(source)
	w := &writing{fd: fd, source: source}
	if err := unix.Pipe2(w.pipe[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(w.pipe[0])
	defer unix.Close(w.pipe[1])
	const mostErrors = 20
	block := 300 + 977*i%9000 // sizes of all kinds
	accepted, failures := 0, 0
	for accepted < len(whole) && failures < mostErrors {
		n, err := ways[i%len(ways)].write(w, whole[accepted:min(len(whole), accepted+block)], int64(accepted))
		var errno syscall.Errno
		switch {
		case errors.As(err, &errno):
			failures++
			continue
		case err != nil:
			return err
		case n <= 0:
			return fmt.Errorf("%d bytes were accepted at %d", n, accepted)
		}
		accepted += n
		failures = 0
	}
	unix.Close(fd)
	return os.WriteFile(name+".accepted", []byte(strconv.Itoa(accepted)), 0o600)
}

// TestRandomPlans gives thousands of files a random plan each, and writes to them in all ways that there are: each must have exactly
// the bytes of which the program was told that they were accepted.
func TestRandomPlans(t *testing.T) {
	runs, each := 10, 80
	switch {
	case os.Getenv("YJOINT_LONG") != "":
		runs = 100
	case testing.Short():
		runs = 4
	}
	whole := stream()
	for run := range runs {
		dir := t.TempDir()
		var specs []ledger.Spec
		for i := range each {
			s, err := ledger.Parse(fmt.Sprintf("p%d=random %d", i, streamSize), fault.ForExec, true, dir)
			if err != nil {
				t.Fatal(err)
			}
			specs = append(specs, s)
		}
		ledger.Draw(specs, uint64(run))
		l := ledger.New(specs)
		runWriter(t, dir, l, strconv.Itoa(each))
		fired := int64(0)
		for _, r := range l.Rules() {
			fired += r.Fired
		}
		if fired < int64(each)/2 {
			t.Errorf("seed %d: only %d actions were met", run, fired)
		}
		for i, s := range specs {
			name := filepath.Join(dir, fmt.Sprintf("p%d", i))
			got, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(name + ".accepted")
			if err != nil {
				t.Fatal(err)
			}
			if accepted, _ := strconv.Atoi(string(text)); len(got) != accepted || string(got) != string(whole[:accepted]) {
				t.Errorf("seed %d, %s, '%v': %d bytes were accepted, and %d stored; equal to byte %d",
					run, ways[i%len(ways)].name, s, accepted, len(got), equal(got, whole))
			}
		}
	}
}

func equal(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// TestVmsplice gives a pipe a random plan. Its reader must get exactly what was accepted.
func TestVmsplice(t *testing.T) {
	for seed := range 20 {
		plan := fault.Random(uint64(seed), 0, fault.RandomOptions{Size: streamSize, Errnos: []syscall.Errno{unix.EINTR, unix.EAGAIN, unix.EIO}})
		dir := t.TempDir()
		if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
			t.Fatal(err)
		}
		spec, err := ledger.Parse("fifo="+plan.String(), fault.ForExec, true, dir)
		if err != nil {
			t.Fatal(err)
		}
		v := pattern.NewVerifier(0)
		read := make(chan error)
		go func() {
			text, err := os.ReadFile(filepath.Join(dir, "fifo"))
			v.Write(text)
			read <- err
		}()
		runWriter(t, dir, ledger.New([]ledger.Spec{spec}), "vmsplice")
		if err := <-read; err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "accepted"))
		if err != nil {
			t.Fatal(err)
		}
		accepted, _ := strconv.ParseInt(string(text), 10, 64)
		if got := v.Verdict(); got.Received != accepted || got.Kind != pattern.Prefix && got.Kind != pattern.Complete {
			t.Errorf("seed %d, '%v': %d bytes were accepted, and what was read is %v (%d bytes)", seed, plan, accepted, got, got.Received)
		}
	}
}

// vmspliceMain writes the stream to a FIFO by vmsplice(2).
func vmspliceMain() error {
	whole := stream()
	fd, err := unix.Open("fifo", unix.O_WRONLY, 0)
	if err != nil {
		return err
	}
	accepted, failures := 0, 0
	for accepted < len(whole) && failures < 20 {
		iov := unix.Iovec{Base: &whole[accepted]}
		iov.SetLen(min(5000, len(whole)-accepted))
		n, _, errno := unix.Syscall6(unix.SYS_VMSPLICE, uintptr(fd), uintptr(unsafe.Pointer(&iov)), 1, 0, 0, 0)
		if errno != 0 {
			failures++
			continue
		}
		accepted += int(n)
		failures = 0
	}
	return os.WriteFile("accepted", []byte(strconv.Itoa(accepted)), 0o600)
}

const writerVariable = "SUPERVISOR_TEST_WRITER"

func TestMain(m *testing.M) {
	Main()
	conformance.Main()
	if what := os.Getenv(writerVariable); what != "" {
		if err := programMain(what); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// programMain is what the test binary does as a program under supervision.
func programMain(what string) error {
	if dir := os.Getenv(writerVariable + "_DIR"); dir != "" {
		if err := os.Chdir(dir); err != nil {
			return err
		}
	}
	if what == "vmsplice" {
		return vmspliceMain()
	}
	if strings.Trim(what, "0123456789") == "" {
		return writerMain(what)
	}
	if run, ok := strings.CutPrefix(what, "time "); ok {
		return timeMain(run)
	}
	return deedMain(what)
}

// runWriter runs this test binary as the program, and requires that it ends well.
func runWriter(t *testing.T, dir string, l *ledger.Ledger, what string) {
	t.Helper()
	if ws, notes := runProgram(t, dir, l, what); ws.ExitStatus() != 0 {
		t.Fatalf("the program ended by %v; notes: %q", ws, notes)
	}
}

// runProgram runs this test binary under supervision and returns how it ended.
func runProgram(t *testing.T, dir string, l *ledger.Ledger, what string) (syscall.WaitStatus, []string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// No signal of Go's runtime may interrupt what a plan makes slow.
	r, err := Start(Options{Path: exe, Args: []string{"program"}, Ledger: l,
		Env: append(os.Environ(), writerVariable+"="+what, writerVariable+"_DIR="+dir, "GORACE=atexit_sleep_ms=0", "GODEBUG=asyncpreemptoff=1")})
	if err != nil {
		t.Fatal(err)
	}
	<-r.Process().Exited()
	ws, err := r.Process().Status()
	if err != nil {
		t.Fatal(err)
	}
	r.Process().End()
	notes, err := r.Conclude()
	if err != nil {
		t.Fatal(err)
	}
	return ws, notes
}
