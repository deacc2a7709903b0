package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/pattern"
)

// content returns the stream 0 of n bytes.
func content(n int) []byte {
	p := make([]byte, n)
	pattern.Fill(p, 0, int64(n), 0)
	return p
}

const total = 300_000

// TestExactlyConsumed: whatever ends a sink, and however it reads, the bytes behind the place are left in the pipe.
func TestExactlyConsumed(t *testing.T) {
	for _, at := range []int{0, 1, 4096, 65535, 131073, total} {
		for _, end := range []struct {
			option string
			status int
			signal syscall.Signal
		}{
			{"--fail-after %d", 1, 0},
			{"--exit-after %d", 0, 0},
			{"--exit-after %d=77", 77, 0},
			{"--close-after %d=1ms", 0, 0},
			{"--kill-after %d", -1, unix.SIGKILL},
			{"--kill-after %d=TERM", -1, unix.SIGTERM},
			{"--kill-after %d=SIGSEGV", -1, unix.SIGSEGV},
			{"--kill-after %d=PIPE", -1, unix.SIGPIPE},
			{"--stall-after %d", 0, 0},
			{"--stall-after %d=1ms --fail-after %[1]d", 1, 0},
			{"--rate 100MB/s --fail-after %d", 1, 0},
		} {
			for _, how := range []string{"", "--read-size 1000", "--verify", "--copy-to /dev/null"} {
				line := strings.Fields(fmt.Sprintf(end.option, at) + " " + how)
				r := filled(t, total)
				p := startReporting(t, r, nil, line...)
				p.ends(end.status, end.signal)
				if got := total - held(t, r); got != at {
					t.Errorf("%q: consumed %d", line, got)
				}
				if rep := p.told(); rep.Bytes != int64(at) || rep.Rules[0].Count == 0 {
					t.Errorf("%q: report %+v", line, rep)
				}
				r.Close()
			}
		}
	}
}

// TestWhole: without options a sink reads all; what it is told to watch does not change that.
func TestWhole(t *testing.T) {
	for _, line := range []string{"", "sink", "--verify", "--seed 0", "--read-size 7", "--rate 100MB/s", "--expect complete"} {
		r := filled(t, total)
		p := startReporting(t, r, nil, strings.Fields(line)...)
		p.ends(0, 0)
		if rep := p.told(); rep.Bytes != total || !rep.Whole || held(t, r) != 0 {
			t.Errorf("%q: %+v; %d are left", line, rep, held(t, r))
		}
	}
}

// TestUnfired: a rule whose byte never came is a failure that tells how far the stream came, whatever else went well.
func TestUnfired(t *testing.T) {
	p := startReporting(t, filled(t, total), nil, "--fail-after", "1MiB", "--verify")
	p.ends(statusUnfired, 0, "faultsink: rule 'at 1MiB exit 1' did not fire: the furthest reached byte 300000\n")
	if rep := p.told(); rep.Status != statusUnfired || rep.Rules[0].Count != 0 || rep.Rules[0].First != -1 {
		t.Errorf("%+v", rep)
	}
	start(t, filled(t, total), nil, "--plan", "at 10 exit 3; when-full nonblock 0").
		ends(statusUnfired, 0, "rule 'when-full nonblock 0' did not fire")
}

func TestSinkExpectations(t *testing.T) {
	for _, c := range []struct {
		line   string
		size   int
		status int
		text   string // of standard error
	}{
		{"--expect complete", total, 0, ""},
		{"--verify", 0, statusUnexpected, "standard input: prefix 0, expected complete"},
		{"--seed 1", total, statusUnexpected, "standard input: foreign (stream 0), expected complete"},
		{"--expect prefix_1kB --fail-after 1000", total, 1, ""},
		{"--expect prefix_999 --fail-after 1000", total, statusUnexpected, "standard input: prefix 1000, expected prefix 999"},
		{"--expect complete --fail-after 1000", total, statusUnexpected, "standard input: prefix 1000, expected complete"},
		{"--verify --fail-after 1000", total, 1, ""},
		{"--seed 1 --fail-after 1000", total, statusUnexpected, "standard input: foreign (stream 0), expected prefix 1000"},
		{"--verify --fail-after 1MB", 10, statusUnfired, "did not fire"},
		{"--seed 1 --fail-after 1MB", total, statusUnfired, "standard input: foreign"},
	} {
		args := strings.Fields(c.line)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		p := startReporting(t, filled(t, c.size), nil, args...)
		if c.text == "" {
			p.ends(c.status, 0)
		} else {
			p.ends(c.status, 0, c.text)
		}
		if rep := p.told(); rep.Status != c.status || c.status == statusUnexpected && rep.Error == "" {
			t.Errorf("%q: %+v", args, rep)
		}
	}
}

func TestSinkReport(t *testing.T) {
	p := startReporting(t, filled(t, total), nil, "--verify", "--plan", "at 1000 stall 1ms -> kill CONT -> stall 1ms; at 2kB kill TERM")
	p.ends(-1, unix.SIGTERM)
	rep := p.told()
	if rep.Stream == nil || *rep.Stream != 0 || rep.Verdict != "prefix 2000" || rep.Signal != "TERM" || rep.Status != -1 ||
		rep.Whole || rep.Verb != "sink" || rep.Version != 1 || rep.Plan != "at 1kB stall 1ms -> kill CONT -> stall 1ms; at 2kB kill TERM" {
		t.Errorf("%+v", rep)
	}
	if f := rep.Rules[0]; f.Count != 3 || f.First != 1000 || f.Last != 1000 {
		t.Errorf("%+v", f)
	}
	r, w := pipe(t, 1<<20, 0)
	start(t, filled(t, 10), w, "--report", "-").ends(0, 0)
	w.Close()
	if said, _ := io.ReadAll(r); !bytes.HasPrefix(said, []byte("{\n")) || !bytes.Contains(said, []byte(`"bytes": 10,`)) {
		t.Errorf("standard output: %s", said)
	}
}

// TestCloseAfter: the writer sees a broken pipe at once, while the process lives on until a signal comes.
func TestCloseAfter(t *testing.T) {
	r, w := pipe(t, 1<<20, 0)
	p := startReporting(t, r, nil, "--close-after", "1000")
	r.Close()
	put(t, w, 5000)
	if got := descriptor(w.Fd()).poll(0, int(patience/time.Millisecond)); got&unix.POLLERR == 0 {
		t.Fatalf("poll: %#x", got)
	}
	p.Process.Signal(unix.SIGTERM) // it is there to get it
	p.ends(-1, unix.SIGTERM)
	if rep := p.told(); rep.Bytes != 1000 || rep.Signal != "TERM" || rep.Rules[0].Count == 0 || rep.Whole {
		t.Errorf("%+v", rep)
	}
}

// TestStallForever: nothing is read any more, and each signal ends it as any program.
func TestStallForever(t *testing.T) {
	for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP} {
		r, w := pipe(t, 1<<20, 0)
		p := startReporting(t, r, nil, "--stall-after", "1000", "--verify")
		put(t, w, 5000)
		awaitHeld(t, w, 4000)
		put(t, w, 5000)
		p.Process.Signal(sig)
		p.ends(-1, sig)
		if got := held(t, w); got != 9000 {
			t.Errorf("the pipe holds %d", got)
		}
		if rep := p.told(); rep.Bytes != 1000 || rep.Verdict != "prefix 1000" {
			t.Errorf("%+v", rep)
		}
	}
}

// TestIgnoredSignal: what was ignored at start stays so.
func TestIgnoredSignal(t *testing.T) {
	r, w := pipe(t, 1<<20, 0)
	sh := startShell(t, r, `trap '' HUP; exec "$0" --exit-after 5=9 --plan 'at 4 nonblock 0'`)
	put(t, w, 4)
	awaitHeld(t, w, 0)
	sh.Process.Signal(unix.SIGHUP)
	put(t, w, 5)
	sh.ends(9, 0)
}

// TestUntilFull: the pipe is full when all its slots are taken, be it by a byte each; not before.
func TestUntilFull(t *testing.T) {
	r, w := pipe(t, 16*os.Getpagesize(), unix.O_DIRECT) // each write takes a slot of its own
	p := startReporting(t, r, nil, "--fail-after", "1", "--until-full")
	r.Close()
	for i := range 1 + 16 {
		if _, err := w.Write([]byte{0}); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	p.ends(1, 0)
	if rep := p.told(); rep.Plan != "at 1 stall until-full -> exit 1" || rep.Bytes != 1 {
		t.Errorf("%+v", rep)
	}
}

// TestNeverFull: waiting for a full pipe ends when nobody is left to fill it.
func TestNeverFull(t *testing.T) {
	start(t, filled(t, 5000), nil, "--fail-after", "1000", "--until-full").
		ends(statusUnfired, 0, "standard input was never full after byte 1000: nobody writes to it any more")
}

// TestWhenFull: a sink that reads slowly sees the pipe full.
func TestWhenFull(t *testing.T) {
	r, w := pipe(t, os.Getpagesize(), 0)
	p := startReporting(t, r, nil, "--rate", "10kB/s", "--plan", "when-full exit 4")
	r.Close()
	w.Write(content(total)) // until EPIPE
	p.ends(4, 0)
}

// TestNonblock: the flag is seen by those who share the description, and at the byte that the plan says. A sink that writes to
// it goes on all the same.
func TestNonblock(t *testing.T) {
	in, w := pipe(t, 1<<20, 0)
	out, shared := pipe(t, 2*os.Getpagesize(), 0) // one page would be full with a byte
	p := start(t, in, shared, "--copy-to", "-", "--plan", "at 10 nonblock 1")
	w.Write(content(total)[:9])
	if _, err := io.ReadFull(out, make([]byte, 9)); err != nil || isNonblocking(t, shared) {
		t.Fatalf("%v; non-blocking %v", err, isNonblocking(t, shared))
	}
	w.Write(content(total)[9:])
	w.Close()
	await(t, "a full pipe", descriptor(shared.Fd()).isFull)
	if !isNonblocking(t, shared) {
		t.Error("blocking")
	}
	shared.Close()
	if got, _ := io.ReadAll(out); !bytes.Equal(got, content(total)[9:]) {
		t.Errorf("copied %d bytes", len(got))
	}
	p.ends(0, 0)

	in, w = pipe(t, 1<<20, 0)
	_, shared = pipe(t, 1<<20, 0)
	p = start(t, in, shared, "--nonblock", "0,1")
	w.Close()
	p.ends(0, 0)
	if !isNonblocking(t, in) || !isNonblocking(t, shared) {
		t.Error("--nonblock 0,1: blocking")
	}
}

// TestNonblockingInput: a sink waits for bytes also where somebody else has set the flag.
func TestNonblockingInput(t *testing.T) {
	for _, how := range []string{"--exit-after=5=6", "--verify"} {
		r, w := pipe(t, 1<<20, unix.O_NONBLOCK)
		p := start(t, r, nil, how)
		put(t, w, 5)
		awaitHeld(t, r, 0)
		w.Close()
		if how == "--verify" {
			p.ends(0, 0)
		} else {
			p.ends(6, 0)
		}
	}
}

func TestPipeSize(t *testing.T) {
	r := filled(t, 100)
	start(t, r, nil, "--pipe-size", "8KiB").ends(0, 0)
	if got := capacity(t, r); got != 8192 {
		t.Errorf("capacity %d", got)
	}
	// While it holds more it can't be made smaller: the sink does so as soon as it can, but not after its plan began.
	r = filled(t, total)
	start(t, r, nil, "--pipe-size", "4KiB").ends(0, 0)
	if got := capacity(t, r); got != 4096 {
		t.Errorf("capacity %d", got)
	}
	r = filled(t, total)
	start(t, r, nil, "--pipe-size", "4KiB", "--fail-after", "1000").ends(statusFailed, 0,
		"--pipe-size 4KiB: the pipe held more until byte 1000, where the plan has 'exit 1': its writer was there first")
}

func TestCopyTo(t *testing.T) {
	name := filepath.Join(t.TempDir(), "copy")
	start(t, filled(t, total), nil, "--copy-to", name, "--exit-after", "70000").ends(0, 0)
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content(total)[:70000]) {
		t.Errorf("%v, %d bytes", err, len(got))
	}
	start(t, filled(t, total), nil, "--copy-to", "/dev/full").ends(statusFailed, 0, "faultsink: --copy-to: write /dev/full: no space left on device\n")
	start(t, filled(t, total), nil, "--copy-to", "/none/there").ends(statusFailed, 0, "faultsink: --copy-to: open /none/there: no such file or directory\n")
}

// TestRate: the time is at least what the bytes take; --stall-after holds them up as long.
func TestRate(t *testing.T) {
	for _, line := range []string{"--rate=1MB/s", "--stall-after=1000=250ms"} {
		begin := time.Now()
		start(t, filled(t, total), nil, line).ends(0, 0)
		if took := time.Since(begin); took < 250*time.Millisecond {
			t.Errorf("%s took %v", line, took)
		}
	}
}

// TestStallUntilFile: it ends when the file is there.
func TestStallUntilFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "go on")
	r, w := pipe(t, 1<<20, 0)
	p := start(t, r, nil, "--plan", fmt.Sprintf("at 1000 stall until %q", name))
	put(t, w, 5000)
	awaitHeld(t, w, 4000)
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	awaitHeld(t, w, 0)
	w.Close()
	p.ends(0, 0)
}

func TestSinkTimeout(t *testing.T) {
	r, w := pipe(t, 1<<20, 0)
	put(t, w, 5000)
	p := startReporting(t, r, nil, "--stall-after", "1000", "--timeout", "10ms")
	p.ends(statusTimeout, 0, "faultsink: --timeout 10ms is over: standard input at byte ")
	if rep := p.told(); rep.Status != statusTimeout || !strings.Contains(rep.Error, "is over") {
		t.Errorf("%+v", rep)
	}
	start(t, filled(t, 1000), nil, "--timeout", "1h").ends(0, 0)
}
