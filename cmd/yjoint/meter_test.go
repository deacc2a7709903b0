package main

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"yjoint/core"
)

// sinkAt is the status of a sink that has accepted so many bytes.
func sinkAt(name string, accepted, waiting int64) core.SinkStatus {
	return core.SinkStatus{SinkReport: core.SinkReport{Name: name, Accepted: accepted}, Doing: "writing", Waiting: waiting}
}

// TestMeter: rates are means of the last rateSpan, and the ETA follows from them.
func TestMeter(t *testing.T) {
	cat := &reader{Command: "cat", PID: 12}
	m := newMeter(10_000, func(int) *reader { return cat })
	at := func(seconds int, read, accepted int64) view {
		st := core.Status{Read: read, Sinks: []core.SinkStatus{sinkAt("a", accepted, read-accepted)}}
		return m.look(st, m.started.Add(time.Duration(seconds)*time.Second))
	}
	check := func(v view, rate, of float64, left time.Duration) {
		t.Helper()
		if got, _ := v.left(); v.rate != rate || v.outputs[0].rate != of || got != left {
			t.Errorf("after %v: %v and %v bytes a second, %v left; want %v, %v, %v", v.elapsed, v.rate, v.outputs[0].rate, got, rate, of, left)
		}
	}
	m.look(core.Status{}, m.started) // before the run has begun
	if got := at(0, 0, 0).outputs[0].reader; got != cat {
		t.Errorf("read by %v, want %v", got, cat)
	}
	check(at(1, 1000, 500), 1000, 500, 9*time.Second)
	check(at(2, 2000, 500), 1000, 250, 8*time.Second)
	check(at(6, 2000, 1500), 200, 200, 40*time.Second) // since 1
	check(at(7, 2000, 2000), 0, 300, 0)                // since 2
	check(at(60, 10_000, 10_000), 8000./53, 8000./53, 0)
	if _, ok := at(61, 10_001, 10_000).left(); ok {
		t.Error("a source that is longer than was said has a time left")
	}
}

func sampleView() view {
	return view{
		read: 3 << 30, size: 4 << 30, rate: 100 << 20, elapsed: 65 * time.Second,
		outputs: []outputView{
			{name: "host1", doing: "writing", accepted: 3<<30 - 10, lag: 10, rate: 100 << 20},
			{name: "日本語\x1b[2J-a-long-name-of-an-output", doing: "writing", accepted: 1 << 30, lag: 2 << 30, blocked: 75500 * time.Millisecond, inAll: 80 * time.Second},
			{name: "bad", doing: "failed", over: true, accepted: 1000},
		},
	}
}

func TestRows(t *testing.T) {
	want := []string{
		`host1                         3.0 GiB  100.0 MiB/s  lag       10 B  writing`,
		`日本語\x1b[2J-a-long-name…    1.0 GiB        0 B/s  lag    2.0 GiB  writing, bl…`,
		`bad                            1000 B               lag        0 B  failed`,
		`total                         3.0 GiB  100.0 MiB/s  0:01:05  ETA 0:00:10  75% o…`,
	}
	if diff := cmp.Diff(want, sampleView().rows(80, 10)); diff != "" {
		t.Error(diff)
	}
	for _, width := range []int{40, 60, 200} {
		for _, row := range sampleView().rows(width, 10) {
			if got := ansi.StringWidth(row); got > width {
				t.Errorf("%d columns of %d: %q", got, width, row)
			}
		}
	}
	// Where there is no room for all, those that lag most are shown.
	want = []string{
		`日本語\x1b[2J-a-long-name-of-an-output    1.0 GiB        0 B/s  lag    2.0 GiB  writing, blocked for 1m15s`,
		`total                                     3.0 GiB  100.0 MiB/s  0:01:05  ETA 0:00:10  75% of 4.0 GiB  2 outputs not shown`,
	}
	if diff := cmp.Diff(want, sampleView().rows(130, 2)); diff != "" {
		t.Error(diff)
	}
}

func TestLines(t *testing.T) {
	v := sampleView()
	v.outputs[1].name, v.outputs[1].reader = "slow", &reader{Command: "cat", PID: 12}
	want := []string{
		"host1: writing, 3221225462 bytes accepted, 10 bytes waiting, 100.0 MiB/s",
		"slow: writing, 1073741824 bytes accepted, 2147483648 bytes waiting, 0 B/s, blocked for 1m16s, blocked for 1m20s in all, read by \"cat\" (pid 12)",
		"bad: failed, 1000 bytes accepted, 0 bytes waiting",
		"total: 3221225472 bytes read of 4294967296 (75%), 100.0 MiB/s, 1m5s elapsed, ETA 10s",
	}
	if diff := cmp.Diff(want, v.lines()); diff != "" {
		t.Error(diff)
	}
	v = view{read: 1, size: sizeUnknown, elapsed: 1500 * time.Microsecond}
	if diff := cmp.Diff([]string{"total: 1 byte read, 0 B/s, 2ms elapsed"}, v.lines()); diff != "" {
		t.Error(diff)
	}
}

func TestRough(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1<<20 - 1: "1.0 MiB", 1<<20 - 100: "1023.9 KiB", 15032385536: "14.0 GiB", 1<<63 - 1: "8.0 EiB",
	} {
		if got := rough(bytes); got != want {
			t.Errorf("%d bytes: %q, want %q", bytes, got, want)
		}
	}
}
