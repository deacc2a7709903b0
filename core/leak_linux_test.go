package core_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yjoint/core"
	"yjoint/core/coretest"
	"yjoint/core/internal/sys"
)

var leakRuns = flag.Int("leaks", 0, "how many runs of each kind TestNothingLeaks makes; 0: a hundred")

// TestNothingLeaks makes many runs of each kind, and requires that none leaves a goroutine or descriptor behind. The long form:
//
//	go test ./core -run '^TestNothingLeaks$' -args -leaks 10000
func TestNothingLeaks(t *testing.T) {
	data, bulk := stream(10_000), stream(500_000)
	name := filepath.Join(t.TempDir(), "file")
	whole := func() io.Reader { return bytes.NewReader(data) }
	background := context.Background()
	for name, once := range map[string]func(){
		"memory": func() {
			core.Run(background, core.Source{Reader: whole()}, []core.Sink{sink("a", &Recorder{}), sink("b", &FailAfter{Limit: 100})}, core.Options{})
		},
		"pipes": func() {
			in, feed := newPipe(t)
			r1, w1 := newPipe(t)
			r2, w2 := newPipe(t)
			go func() { feed.Write(data); feed.Close() }()
			got := collect(r1)
			go func() { io.CopyN(io.Discard, r2, 100); r2.Close() }()
			core.Run(background, core.Source{Reader: in}, []core.Sink{sink("a", w1), sink("b", w2)}, core.Options{Buffer: 1000, StallTimeout: patience})
			<-got
			r1.Close()
			in.Close()
		},
		"cancelled": func() {
			in, feed := newPipe(t)
			r1, w1 := newPipe(t)
			ctx, cancel := context.WithCancel(background)
			go cancel()
			core.Run(ctx, core.Source{Reader: in}, []core.Sink{sink("a", w1)}, core.Options{})
			r1.Close()
			in.Close()
			feed.Close()
		},
		"rounds": func() {
			in, feed, _ := os.Pipe()
			r1, w1, _ := os.Pipe()
			r2, w2, _ := os.Pipe()
			go func() { feed.Write(bulk); feed.Close() }()
			got := collect(r1)
			go func() { io.CopyN(io.Discard, r2, 100_000); r2.Close() }()
			core.Run(background, core.Source{Reader: in}, []core.Sink{sink("a", w1), sink("b", w2)}, core.Options{})
			<-got
			r1.Close()
			in.Close()
		},
		"old kernel": func() {
			defer sys.RefuseNowait(false)()
			r1, w1, _ := os.Pipe()
			got := collect(r1)
			core.Run(background, core.Source{Reader: whole()}, []core.Sink{sink("a", w1), sink("b", &FailAfter{Limit: 100})}, core.Options{})
			<-got
			r1.Close()
		},
		"sockets": func() {
			in, feed := newSocketpair(t)
			r1, w1 := newSocketpair(t)
			go func() { feed.Write(data); feed.Close() }()
			r1.Close()
			core.Run(background, core.Source{Reader: in}, []core.Sink{sink("a", w1), sink("b", &Recorder{})}, core.Options{})
			in.Close()
		},
		"file": func() {
			f, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			late := core.Sink{Name: "late", Open: func(context.Context) (io.Writer, error) { return os.Create(name + ".late") }}
			core.Run(background, core.Source{Reader: whole()}, []core.Sink{sink("a", f), late}, core.Options{FinishTimeout: patience})
		},
		"stalled": func() {
			r1, w1 := newPipe(t)
			core.Run(background, core.Source{Reader: bytes.NewReader(bulk)}, []core.Sink{sink("a", w1), sink("b", &Recorder{})},
				core.Options{StallTimeout: time.Millisecond})
			r1.Close()
		},
		"not opened": func() {
			core.Run(background, core.Source{Reader: whole()}, []core.Sink{{Name: "a", OpenErr: errWrite}}, core.Options{})
		},
		"refused": func() {
			core.Run(background, core.Source{}, nil, core.Options{})
		},
	} {
		t.Run("run="+name, func(t *testing.T) {
			before := coretest.Held()
			n := *leakRuns
			if n == 0 {
				n = 100
			}
			for range n {
				once()
			}
			checkReleased(t, before)
			t.Logf("%d runs", n)
		})
	}
}

// TestLeftBehind requires that plain readers and writers which are left behind cost a goroutine, but no descriptor.
func TestLeftBehind(t *testing.T) {
	before := coretest.Held()
	var feeds []*FeedReader
	var blocked []*BlockedWriter
	for range 5 {
		feed, w := newFeedReader(), newBlockedWriter(0)
		feeds, blocked = append(feeds, feed), append(blocked, w)
		r := start(t, core.Source{Reader: feed}, core.Options{StallTimeout: stallWarn}, sink("a", w))
		feed.Feed([]byte("hello"))
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Stalled)
	}
	left := coretest.Held()
	checkReleased(t, coretest.Resources{Goroutines: left.Goroutines, Descriptors: before.Descriptors})
	for i := range feeds {
		feeds[i].Close()
		close(blocked[i].Release)
	}
	// Each of them had a goroutine of its own, which ends now.
	checkReleased(t, coretest.Resources{Goroutines: left.Goroutines - 10, Descriptors: before.Descriptors})
	checkReleased(t, before)
}
