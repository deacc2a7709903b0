package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestExactlyWritten: whatever ends gen, its reader gets exactly the bytes before the place.
func TestExactlyWritten(t *testing.T) {
	for _, at := range []int{0, 1, 4096, 65535, 131073, total} {
		for _, end := range []struct {
			option string
			status int
			signal syscall.Signal
		}{
			{"--fail-after %d", 1, 0},
			{"--exit-after %d=77", 77, 0},
			{"--close-after %d=1ms", 0, 0},
			{"--kill-after %d", -1, unix.SIGKILL},
			{"--kill-after %d=INT", -1, unix.SIGINT},
			{"--rate 100MB/s --fail-after %d", 1, 0},
			{"--stall-after %d=1ms --exit-after %[1]d", 0, 0},
			{"--chunk-size 1000 --fail-after %d", 1, 0},
		} {
			line := "gen 300000 " + fmt.Sprintf(end.option, at)
			r, w := pipe(t, 1<<20, 0)
			p := startReporting(t, nil, w, strings.Fields(line)...)
			w.Close()
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, content(total)[:at]) {
				t.Errorf("%s: %v, %d bytes", line, err, len(got))
			}
			p.ends(end.status, end.signal)
			if rep := p.told(); rep.Bytes != int64(at) || rep.Whole != (at == total) || rep.Rules[0].Count == 0 || rep.Verb != "gen" {
				t.Errorf("%s: %+v", line, rep)
			}
			r.Close()
		}
	}
}

// TestKillIgnoredAtStart: a background job of a script ignores SIGINT, what nohup runs SIGHUP; a kill of the plan ends gen
// all the same.
func TestKillIgnoredAtStart(t *testing.T) {
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGHUP, unix.SIGTERM, unix.SIGPIPE} {
		startShell(t, nil, fmt.Sprintf(`trap '' %s; exec "$0" gen 10 --kill-after 4=%[1]s`, signalName(sig))).ends(-1, sig)
	}
}

func TestGenUnfired(t *testing.T) {
	_, w := pipe(t, 1<<20, 0)
	start(t, nil, w, "gen", "1000", "--kill-after", "1001").
		ends(statusUnfired, 0, "faultsink: rule 'at 1001 kill KILL' did not fire: the furthest reached byte 1000")
}

// TestBrokenPipe: gen dies as other producers do, and says nothing; but not if its plan has not been carried out.
func TestBrokenPipe(t *testing.T) {
	r, w := pipe(t, 1<<20, 0)
	r.Close()
	p := startReporting(t, nil, w, "gen", "1GiB")
	p.ends(-1, unix.SIGPIPE)
	if rep := p.told(); rep.Signal != "PIPE" || rep.Bytes != 0 || rep.Whole {
		t.Errorf("%+v", rep)
	}
	start(t, nil, w, "gen", "1GiB", "--fail-after", "1MiB").ends(statusUnfired, 0, "rule 'at 1MiB exit 1' did not fire: the furthest reached byte 0")
}

// TestBrokenPipeWhileBlocked: what the pipe took before its reader left is counted, of a write that was cut short as well.
func TestBrokenPipeWhileBlocked(t *testing.T) {
	r, w := pipe(t, 65536, 0)
	p := startReporting(t, nil, w, "gen", "1GiB", "--pipe-size", "64KiB", "--chunk-size", "100000")
	w.Close()
	awaitHeld(t, r, 65536)
	r.Close()
	p.ends(-1, unix.SIGPIPE)
	if rep := p.told(); rep.Bytes != 65536 || rep.AtLeast {
		t.Errorf("%+v", rep)
	}
}

// TestGenSignalled: a write that is in flight when a signal comes may have got further than was reported.
func TestGenSignalled(t *testing.T) {
	r, w := pipe(t, 65536, 0)
	p := startReporting(t, nil, w, "gen", "1GiB", "--pipe-size", "64KiB")
	awaitHeld(t, r, 65536)
	p.Process.Signal(unix.SIGTERM)
	p.ends(-1, unix.SIGTERM)
	// The runtime's own signals may have cut the first write short.
	if rep := p.told(); rep.Signal != "TERM" || rep.Bytes != 0 && rep.Bytes != 65536 || !rep.AtLeast {
		t.Errorf("%+v", rep)
	}
}

// TestGenStallForever: nothing is written any more, and it ends when its reader has gone.
func TestGenStallForever(t *testing.T) {
	r, w := pipe(t, 1<<20, 0)
	p := startReporting(t, nil, w, "gen", "1MB", "--stall-after", "5000")
	w.Close()
	if _, err := io.ReadFull(r, make([]byte, 5000)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	p.ends(0, 0)
	if rep := p.told(); rep.Bytes != 5000 || rep.Whole {
		t.Errorf("%+v", rep)
	}
}

// TestGenWhenFull: gen sees that it can't go on.
func TestGenWhenFull(t *testing.T) {
	r, w := pipe(t, 65536, 0)
	start(t, nil, w, "gen", "1MB", "--plan", "when-full exit 5").ends(5, 0)
	if held(t, r) != 65536 {
		t.Errorf("the pipe holds %d", held(t, r))
	}
}

// TestGenContent: seed and beginning are as asked for, and so is each write.
func TestGenContent(t *testing.T) {
	for line, expect := range map[string]string{
		"gen 100kB --seed 5":           "complete",
		"gen 100kB --seed 6":           "foreign (stream 6)",
		"gen 100kB --seed 5 --from 8":  "gap [0,8)",
		"gen 99kB --seed 5 --from 0":   "complete",
		"gen 100kB --seed 5 --from 1B": "gap [0,1)",
	} {
		r, w := pipe(t, 1<<20, 0)
		p := startReporting(t, nil, w, strings.Fields(line)...)
		w.Close()
		start(t, r, nil, "verify", "--seed", "5", "--expect", expect).ends(0, 0)
		p.ends(0, 0)
		if !p.told().Whole {
			t.Errorf("%s is not whole", line)
		}
	}
	r, w := pipe(t, 1<<20, unix.O_DIRECT) // a read returns what a write wrote
	p := start(t, nil, w, "gen", "2500", "--chunk-size", "1000")
	for _, want := range []int{1000, 1000, 500} {
		if n, err := r.Read(make([]byte, 4096)); n != want {
			t.Errorf("a write of %d bytes, %v; want %d", n, err, want)
		}
	}
	p.ends(0, 0)
}

// TestGenPipe: a pipe of the default capacity is enlarged, unless somebody wants another.
func TestGenPipe(t *testing.T) {
	small := 16 * os.Getpagesize()
	for _, c := range []struct {
		line      string
		had, want int
	}{
		{"gen 10", small, pipeCapacity},
		{"gen 10", 2 * small, 2 * small},
		{"gen 10 --pipe-size 8KiB", small, 8192},
		{"gen 10 --plan at_10_exit_0", small, pipeCapacity},
		{"gen 1MB --plan when-full_exit_0", small, small},
	} {
		r, w := pipe(t, c.had, 0)
		args := strings.Fields(c.line)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		start(t, nil, w, args...).ends(0, 0)
		if got := capacity(t, r); got != c.want {
			t.Errorf("%s: capacity %d, want %d", c.line, got, c.want)
		}
	}
}

// TestGenNonblocking: a standard output that somebody has made non-blocking is waited for.
func TestGenNonblocking(t *testing.T) {
	r, w := pipe(t, 4096, unix.O_NONBLOCK)
	unix.SetNonblock(int(r.Fd()), false)
	p := start(t, nil, w, "gen", "300000", "--nonblock", "1")
	awaitHeld(t, r, 4096)
	w.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content(total)) {
		t.Errorf("%v, %d bytes", err, len(got))
	}
	p.ends(0, 0)
}

func TestGenTimeout(t *testing.T) {
	_, w := pipe(t, 65536, 0)
	start(t, nil, w, "gen", "1GiB", "--timeout", "10ms").ends(statusTimeout, 0, "--timeout 10ms is over: standard output at byte ")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	start(t, nil, full, "gen", "1GiB").ends(statusFailed, 0, "faultsink: standard output: write at byte 0: no space left on device\n")
}
