package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asProgram makes the test binary be faultsink itself.
const asProgram = "FAULTSINK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	defaultSignals()
	os.Exit(m.Run())
}

// defaultSignals lets the programs that tests start begin with the default action for SIGHUP and SIGINT even where the test
// run itself ignores them (nohup, a background job of sh).
func defaultSignals() {
	for _, sig := range []os.Signal{unix.SIGHUP, unix.SIGINT} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// process is faultsink on its own, with what it said.
type process struct {
	*exec.Cmd
	t      *testing.T
	stderr bytes.Buffer
	report string // file
}

// start runs faultsink. Its standard input and output are descriptors, in blocking mode as a shell's are; nil is none.
func start(t *testing.T, in, out *os.File, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), t: t}
	p.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0") // race detectors sleep for a second otherwise
	if in != nil {
		p.Stdin = in
	}
	if out != nil {
		p.Stdout = out
	}
	p.Stderr = &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// startShell runs a script, in which $0 is faultsink.
func startShell(t *testing.T, in *os.File, script string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command("sh", "-c", script, os.Args[0]), t: t}
	p.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0") // race detectors sleep for a second otherwise
	p.Stdin, p.Stderr = in, &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// startReporting is start with a --report.
func startReporting(t *testing.T, in, out *os.File, args ...string) *process {
	t.Helper()
	name := filepath.Join(t.TempDir(), "report.json")
	p := start(t, in, out, append(args, "--report", name)...)
	p.report = name
	return p
}

// wait returns how the process ended: the status, or the signal.
func (p *process) wait() (int, syscall.Signal) {
	p.t.Helper()
	watchdog := time.AfterFunc(patience, func() { p.Process.Signal(unix.SIGABRT) })
	defer watchdog.Stop()
	var exited *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exited) {
		p.t.Fatal(err)
	}
	ws := p.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return -1, ws.Signal()
	}
	return ws.ExitStatus(), 0
}

// ends requires an end by that status (or signal, with status -1) and a standard error that contains each of texts; without
// texts it must be empty.
func (p *process) ends(status int, signal syscall.Signal, texts ...string) {
	p.t.Helper()
	gotStatus, gotSignal := p.wait()
	if gotStatus != status || gotSignal != signal {
		p.t.Errorf("%q: status %d, signal %v; want %d, %v; standard error: %s", p.Args[1:], gotStatus, gotSignal, status, signal, &p.stderr)
	}
	said := p.stderr.String()
	if len(texts) == 0 && said != "" {
		p.t.Errorf("%q said: %s", p.Args[1:], said)
	}
	for _, text := range texts {
		if !strings.Contains(said, text) {
			p.t.Errorf("%q said %q, want %q", p.Args[1:], said, text)
		}
	}
}

// told returns the report.
func (p *process) told() report {
	p.t.Helper()
	data, err := os.ReadFile(p.report)
	if err != nil {
		p.t.Fatal(err)
	}
	r := report{checked: &checked{}}
	if err := json.Unmarshal(data, &r); err != nil {
		p.t.Fatalf("%v: %s", err, data)
	}
	return r
}

// pipe returns a new pipe of that capacity, both ends in blocking mode.
func pipe(t *testing.T, capacity, flags int) (r, w *os.File) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|flags); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
	t.Cleanup(func() { r.Close(); w.Close() })
	if _, err := unix.FcntlInt(r.Fd(), unix.F_SETPIPE_SZ, capacity); err != nil {
		t.Fatal(err)
	}
	return r, w
}

// filled returns the reading end of a pipe that holds n bytes of stream 0, which has that size, and that nobody writes to.
func filled(t *testing.T, n int) *os.File {
	t.Helper()
	r, w := pipe(t, 1<<20, 0)
	put(t, w, n)
	w.Close()
	return r
}

// put writes the stream of that size.
func put(t *testing.T, w io.Writer, n int) {
	t.Helper()
	if _, err := w.Write(content(n)); err != nil {
		t.Fatal(err)
	}
}

// held returns how many bytes the pipe holds.
func held(t *testing.T, f *os.File) int {
	t.Helper()
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// await waits until it is so.
func await(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !isSo(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// awaitHeld waits until the pipe holds n bytes.
func awaitHeld(t *testing.T, f *os.File, n int) {
	t.Helper()
	await(t, fmt.Sprintf("a pipe that holds %d bytes", n), func() bool { return held(t, f) == n })
}

// capacity returns how much the pipe can hold.
func capacity(t *testing.T, f *os.File) int {
	t.Helper()
	n, err := unix.FcntlInt(f.Fd(), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// isNonblocking reports whether the description is so.
func isNonblocking(t *testing.T, f *os.File) bool {
	t.Helper()
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		t.Fatal(err)
	}
	return flags&unix.O_NONBLOCK != 0
}
