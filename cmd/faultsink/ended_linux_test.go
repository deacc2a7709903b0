package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSinkEndedInMidStream: what a sink took is what it tells, also where its end comes from outside while bytes come.
func TestSinkEndedInMidStream(t *testing.T) {
	for _, how := range []string{"", "--copy-to /dev/null", "--read-size 1", "--verify --read-size 100"} {
		for range 5 {
			r, w := pipe(t, 1<<16, 0)
			p := startReporting(t, r, nil, strings.Fields(how)...)
			r.Close()
			written := pour(t, w, 1<<18)
			p.Process.Signal(unix.SIGTERM)
			written += pourAll(w)
			p.ends(-1, unix.SIGTERM)
			if rep, taken := p.told(), written-held(t, w); rep.Bytes != int64(taken) || rep.AtLeast || rep.Whole {
				t.Errorf("%q: took %d, report %+v", how, taken, rep)
			}
			w.Close()
		}
	}
}

// TestSinkOverInMidStream: the watchdog's message tells the same byte as the report.
func TestSinkOverInMidStream(t *testing.T) {
	for range 5 {
		r, w := pipe(t, 1<<16, 0)
		p := startReporting(t, r, nil, "--timeout", "10ms")
		r.Close()
		taken := pourAll(w) - held(t, w)
		p.ends(statusTimeout, 0, fmt.Sprintf("standard input at byte %d\n", taken))
		if rep := p.told(); rep.Bytes != int64(taken) || rep.AtLeast {
			t.Errorf("took %d, report %+v", taken, rep)
		}
		w.Close()
	}
}

// TestFIFOEndedInMidStream: a FIFO may have no read that doesn't block. One that was under way is told of.
func TestFIFOEndedInMidStream(t *testing.T) {
	for range 5 {
		name := filepath.Join(t.TempDir(), "fifo")
		if err := unix.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		p := startReporting(t, w, nil, "--read-size", "1")
		written := pour(t, w, 1<<18)
		p.Process.Signal(unix.SIGTERM)
		p.ends(-1, unix.SIGTERM)
		rep, taken := p.told(), int64(written-held(t, w))
		if rep.Bytes != taken && (rep.Bytes != taken-1 || !rep.AtLeast) {
			t.Errorf("took %d, report %+v", taken, rep)
		}
	}
}

func TestConnectionEndedInMidStream(t *testing.T) {
	r, w := connection(t)
	p := startReporting(t, r, nil, "--read-size", "100")
	written := pour(t, w, 1<<18)
	p.Process.Signal(unix.SIGTERM)
	p.ends(-1, unix.SIGTERM)
	w.Close()
	left, err := io.Copy(io.Discard, r)
	if rep, taken := p.told(), int64(written)-left; err != nil || rep.Bytes != taken || rep.AtLeast {
		t.Errorf("took %d, %v; report %+v", taken, err, rep)
	}
}

// TestSinkEndedWhileIdle: a sink that waits for bytes doesn't hold up its end, and knows what it has.
func TestSinkEndedWhileIdle(t *testing.T) {
	for _, how := range []string{"", "--read-size 100", "--verify"} {
		r, w := pipe(t, 1<<16, 0)
		p := startReporting(t, r, nil, strings.Fields(how)...)
		put(t, w, 5000)
		awaitHeld(t, w, 0)
		p.Process.Signal(unix.SIGTERM)
		p.ends(-1, unix.SIGTERM)
		if rep := p.told(); rep.Bytes != 5000 || rep.AtLeast {
			t.Errorf("%q: %+v", how, rep)
		}
	}
}

// TestGenEndedInMidStream: what was accepted from gen is what it tells, but for a write that was under way.
func TestGenEndedInMidStream(t *testing.T) {
	for range 5 {
		r, w := pipe(t, 1<<16, 0)
		p := startReporting(t, nil, w, "gen", "1GiB", "--chunk-size", "1")
		w.Close()
		const before = 1 << 16
		if _, err := io.CopyN(io.Discard, r, before); err != nil {
			t.Fatal(err)
		}
		p.Process.Signal(unix.SIGTERM)
		rest, err := io.Copy(io.Discard, r)
		p.ends(-1, unix.SIGTERM)
		rep, accepted := p.told(), before+rest
		if err != nil || rep.Bytes != accepted && (rep.Bytes != accepted-1 || !rep.AtLeast) {
			t.Errorf("accepted %d, %v; report %+v", accepted, err, rep)
		}
	}
}

// pour writes n bytes.
func pour(t *testing.T, w io.Writer, n int) int {
	t.Helper()
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	return n
}

// pourAll writes until nobody reads any more, and returns how many bytes were accepted.
func pourAll(w io.Writer) (total int) {
	for p := make([]byte, 1<<16); ; {
		n, err := w.Write(p)
		total += n
		if err != nil {
			return total
		}
	}
}

// connection returns both ends of one, in blocking mode.
func connection(t *testing.T) (a, b *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, b = os.NewFile(uintptr(fds[0]), "a"), os.NewFile(uintptr(fds[1]), "b")
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}
