//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	_ "yjoint/internal/sysmon"
)

const oneMiB = 1 << 20

func TestMain(m *testing.M) {
	roles["lose"], roles["hang"] = lose, hang
	if len(os.Args) > 1 && os.Args[1] == roleWord {
		os.Exit(playRole(os.Args[2:]))
	}
	// Under the race detector each role would take a second to exit.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	os.Exit(m.Run())
}

// lose is a tee with one output that loses the byte at n.
func lose(n int64) (string, error) {
	var failed error
	var at int64
	err := readAll(func(p []byte) {
		if i := n - at; i >= 0 && i < int64(len(p)) {
			failed = errors.Join(failed, writeAll(p[:i]))
			p = p[i+1:]
			at++
		}
		failed = errors.Join(failed, writeAll(p))
		at += int64(len(p))
	})
	return "", errors.Join(failed, err)
}

// hang reads nothing.
func hang(int64) (string, error) {
	for {
		if _, err := unix.Poll(nil, -1); err != unix.EINTR {
			return "", err
		}
	}
}

func newTestBench(t *testing.T) *bench {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	o := &options{rounds: 2, timeout: time.Minute, work: regexp.MustCompile(""), tool: regexp.MustCompile("yjoint")}
	b, err := newBench(ctx, o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.clear(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func workNamed(t *testing.T, name string) work {
	t.Helper()
	for _, w := range allWorks {
		if w.name == name {
			return w
		}
	}
	t.Fatalf("there is no work %q", name)
	return work{}
}

// inRole is a tool that is this test in a role, with one output.
func inRole(t *testing.T, b *bench, words ...string) tool {
	t.Helper()
	return tool{name: words[0], path: b.self, leading: append([]string{roleWord}, words...), outputs: asTee}
}

// TestWorks runs yjoint, and the tee that is here, at small works.
func TestWorks(t *testing.T) {
	b := newTestBench(t)
	tools, err := b.prepare()
	if err != nil {
		t.Fatal(err)
	}
	if len(tools) != 4 {
		t.Fatalf("%d tools, want the reference and yjoint in three ways", len(tools))
	}
	for name, n := range map[string]int64{"pipe-2-pipes": oneMiB, "file-2-pipes": oneMiB, "messages": 200} {
		t.Run(name, func(t *testing.T) {
			r := b.measure(workNamed(t, name), tools, n)
			if len(r.rows) != len(tools) {
				t.Fatalf("%d rows, want %d", len(r.rows), len(tools))
			}
			for _, o := range r.rows {
				expectFigures(t, o, b.options.rounds)
			}
		})
	}
}

func expectFigures(t *testing.T, o *row, rounds int) {
	t.Helper()
	if o.failure != nil || len(o.samples) != rounds {
		t.Errorf("%s: %d samples, want %d: %v", o.tool.name, len(o.samples), rounds, o.failure)
	}
	for _, f := range o.samples {
		if f.wall <= 0 || f.cpu <= 0 {
			t.Errorf("%s: %+v: want times above 0", o.tool.name, f)
		}
	}
}

// TestWrongBytes has a tool that loses a byte, which is found when bytes are checked and when they are counted.
func TestWrongBytes(t *testing.T) {
	b := newTestBench(t)
	w := workNamed(t, "pipe-2-pipes")
	w.outputs = 1
	for want, unchecked := range map[string]bool{
		"WRONG BYTES: output 1: gap [4096,4097)":          false,
		"WRONG BYTES: output 1: 1048575 of 1048576 bytes": true,
	} {
		w.unchecked = unchecked
		var out bytes.Buffer
		r := b.measure(w, []tool{inRole(t, b, "lose", "4096")}, oneMiB)
		if err := r.print(&out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, &out)
		}
	}
}

// TestHang has a tool that reads nothing, which is ended and told.
func TestHang(t *testing.T) {
	b := newTestBench(t)
	b.timeout = 300 * time.Millisecond
	w := workNamed(t, "pipe-2-pipes")
	w.outputs = 1
	r := b.measure(w, []tool{inRole(t, b, "hang", "0")}, oneMiB)
	if got, want := r.rows[0].failed(), "failed: hangs: ended after 300ms"; got != want {
		t.Errorf("the table says %q, want %q", got, want)
	}
}

// TestNoRoom has outputs that memory would not hold.
func TestNoRoom(t *testing.T) {
	b := newTestBench(t)
	r := b.measure(workNamed(t, "pipe-2-files"), nil, 1<<60)
	if len(r.rows) != 0 || len(r.left) != 1 || r.hasYjoint() {
		t.Errorf("%+v: want it left out", r)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	for name, want := range map[string]string{
		"tee": "tee", "tee-gnu": "tee", "busybox": "busybox", "tee-busybox": "tee", "uutils_tee": "tee",
		"pee": "pee", "mbuffer": "mbuffer", "steep": "", "committee": "",
	} {
		if got := kindOf(name); got != want {
			t.Errorf("kindOf(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"-rounds", "0"}, {"-size", "0"}, {"-size", "NaN"}, {"-work", "nothing"}, {"-timeout", "0s"}, {"-tool", "("}} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%q is taken, want it refused", args)
		}
	}
}
