package core_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// run runs to the end with a source that never blocks.
func run(t *testing.T, data []byte, opts core.Options, sinks ...core.Sink) (core.Report, error) {
	t.Helper()
	return start(t, core.Source{Reader: bytes.NewReader(data)}, opts, sinks...).Wait(t)
}

const chunk = 256 << 10 // of a window of 1 MiB and more

func TestErrorAtByte(t *testing.T) {
	data := stream(2*chunk + 1000)
	for _, k := range []int{0, 1, 1000, chunk - 1, chunk, chunk + 1, len(data) - 1, len(data)} {
		t.Run(key("byte", k), func(t *testing.T) {
			var before, after Recorder
			failing := &FailAfter{Limit: k}
			rep, err := run(t, data, core.Options{}, sink("before", &before), sink("failing", failing), sink("after", &after))
			checkPrefix(t, data, rep.Sinks[0], before.Bytes(), core.Complete)
			checkPrefix(t, data, rep.Sinks[2], after.Bytes(), core.Complete)
			if k == len(data) {
				checkPrefix(t, data, rep.Sinks[1], failing.Bytes(), core.Complete)
				return
			}
			checkPrefix(t, data, rep.Sinks[1], failing.Bytes(), core.Failed)
			var sinkErr *core.SinkError
			if !errors.As(err, &sinkErr) || sinkErr.Offset != int64(k) || sinkErr.Op != core.OpWrite || !errors.Is(err, errWrite) {
				t.Errorf("error %v, want a write error at byte %d", err, k)
			}
			if failing.Closed() != 1 {
				t.Errorf("closed %d times", failing.Closed())
			}
		})
	}
}

// TestErrorSweep puts the fault at every byte of a short stream, in a window of many small chunks, until nothing fails.
func TestErrorSweep(t *testing.T) {
	data := stream(64)
	for _, buffer := range []int64{1, 3, 16, 64, 100} {
		for k := 0; ; k++ {
			whole := &FailAcross{Limit: k}
			part := &FailAfter{Limit: k}
			short := &ShortWriter{Most: 1}
			source := core.Source{Reader: &PieceReader{Data: data, Sizes: []int{1, 7, 3, 30}}}
			rep, err := start(t, source, core.Options{Buffer: buffer}, sink("whole", whole), sink("part", part), sink("short", short)).Wait(t)
			checkPrefix(t, data, rep.Sinks[2], short.Bytes(), core.Complete)
			if err == nil {
				if k != len(data) {
					t.Errorf("buffer %d: nothing failed at byte %d", buffer, k)
				}
				break
			}
			checkPrefix(t, data, rep.Sinks[0], whole.Bytes(), core.Failed)
			checkPrefix(t, data, rep.Sinks[1], part.Bytes(), core.Failed)
			if rep.Sinks[1].Accepted != int64(k) {
				t.Errorf("buffer %d: failed at byte %d, want %d", buffer, rep.Sinks[1].Accepted, k)
			}
		}
	}
}

func TestShortWrites(t *testing.T) {
	data := stream(100_000)
	for _, most := range []int{1, 2, 4095, 65_537} {
		t.Run(key("most", most), func(t *testing.T) {
			short, other := &ShortWriter{Most: most}, &Recorder{}
			rep, err := run(t, data, core.Options{Buffer: 4096}, sink("short", short), sink("other", other))
			checkPrefix(t, data, rep.Sinks[0], short.Bytes(), core.Complete)
			checkPrefix(t, data, rep.Sinks[1], other.Bytes(), core.Complete)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSeveralFailAtOnce(t *testing.T) {
	data := stream(3 * chunk)
	var sinks []core.Sink
	var failing []*FailAfter
	for i := range 6 {
		w := &FailAfter{Limit: chunk + 17}
		failing = append(failing, w)
		sinks = append(sinks, sink(fmt.Sprint("failing", i), w))
	}
	survivor := &Recorder{}
	rep, err := run(t, data, core.Options{}, append(sinks, sink("survivor", survivor))...)
	for i, w := range failing {
		checkPrefix(t, data, rep.Sinks[i], w.Bytes(), core.Failed)
	}
	checkPrefix(t, data, rep.Sinks[6], survivor.Bytes(), core.Complete)
	if rep.Required != 7 || rep.Reached != 1 || !errors.Is(err, core.ErrRequireUnmet) {
		t.Errorf("reached %d of %d: %v", rep.Reached, rep.Required, err)
	}
}

// TestAllFail requires that the run ends although its source never delivers another byte.
func TestAllFail(t *testing.T) {
	for _, kind := range []string{"plain", "io.Pipe"} {
		t.Run("reader="+kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				feed := newFeedReader()
				source, unblock := io.Reader(feed), feed.Close
				write := feed.Feed
				if kind == "io.Pipe" {
					r, w := io.Pipe()
					source, unblock = r, func() { w.Close() }
					write = func(p []byte) { w.Write(p) }
				}
				defer func() { unblock() }()
				a, b := &FailAfter{Limit: 0}, &FailAfter{Limit: 3}
				r := start(t, core.Source{Reader: source}, core.Options{}, sink("a", a), sink("b", b))
				write([]byte("hello"))
				rep, err := r.Wait(t)
				checkVerdicts(t, rep, core.Failed, core.Failed)
				if rep.Sinks[1].Accepted != 3 || !errors.Is(err, errWrite) || rep.Source.Ended {
					t.Errorf("report %+v, error %v", rep, err)
				}
				if d := time.Since(began); d != 0 {
					t.Errorf("took %v of fake time", d)
				}
			})
		})
	}
}

func TestErrorOnClose(t *testing.T) {
	data := stream(1000)
	failing, other := &FailClose{}, &Recorder{}
	rep, err := run(t, data, core.Options{}, sink("failing", failing), sink("other", other))
	checkPrefix(t, data, rep.Sinks[0], failing.Bytes(), core.Failed)
	checkPrefix(t, data, rep.Sinks[1], other.Bytes(), core.Complete)
	if rep.Sinks[0].Op != core.OpClose || rep.Sinks[0].Accepted != 1000 || !errors.Is(err, errClose) {
		t.Errorf("sink %+v, error %v", rep.Sinks[0], err)
	}
	if other.Closed() != 1 || failing.Closed() != 1 {
		t.Errorf("closed %d and %d times", other.Closed(), failing.Closed())
	}
}

func TestEmptyStream(t *testing.T) {
	w := &Recorder{}
	rep, err := run(t, nil, core.Options{}, sink("a", w))
	checkPrefix(t, nil, rep.Sinks[0], nil, core.Complete)
	if err != nil || !rep.Source.Ended || w.Closed() != 1 {
		t.Errorf("report %+v, error %v", rep, err)
	}
}

// TestWriterThatAppends requires that a writer can't reach the bytes behind its own, which others have yet to get.
func TestWriterThatAppends(t *testing.T) {
	data := stream(200)
	fast, slow := &Recorder{}, newBlockedWriter(100)
	scribbler := &Scribbler{Behind: func() { fast.Await(200) }}
	feed := newFeedReader()
	r := start(t, core.Source{Reader: feed}, core.Options{}, sink("scribbler", scribbler), sink("fast", fast), sink("slow", slow))
	feed.Feed(data[:100])
	fast.Await(100)
	feed.Feed(data[100:])
	scribbler.Await(100)
	feed.Close()
	close(slow.Release)
	rep, _ := r.Wait(t)
	checkPrefix(t, data, rep.Sinks[0], scribbler.Bytes(), core.Complete)
	checkPrefix(t, data, rep.Sinks[2], slow.Bytes(), core.Complete)
}
