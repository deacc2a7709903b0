package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// TestSourceFailsEarly requires that what was read before the source failed reaches every output, also one that was full when it did, and
// one that was only opened then; on both paths.
func TestSourceFailsEarly(t *testing.T) {
	for _, portable := range []bool{false, true} {
		t.Run(map[bool]string{false: "path=any", true: "path=portable"}[portable], func(t *testing.T) {
			data := stream(200_003) // more than a pipe, less than the buffer
			fullR, full := newPipe(t)
			lateR, late := newPipe(t)
			judged := make(chan struct{})
			unix.FcntlInt(full.Fd(), unix.F_SETPIPE_SZ, 4096)
			read := func(r *os.File) <-chan []byte {
				got := make(chan []byte, 1)
				go func() {
					<-judged
					all, _ := io.ReadAll(r)
					got <- all
				}()
				return got
			}
			fromFull, fromLate := read(fullR), read(lateR)
			source := core.Source{Reader: &PieceReader{Data: data, Sizes: []int{100_003}, End: errRead},
				Finish: func(context.Context) error { close(judged); return nil }}
			rep, err := start(t, source, core.Options{Portable: portable}, sink("full", full), core.Sink{Name: "late",
				Open: func(context.Context) (io.Writer, error) { <-judged; return late, nil }}).Wait(t)
			checkVerdicts(t, rep, core.Cancelled, core.Cancelled)
			if !errors.Is(err, errRead) {
				t.Errorf("%v", err)
			}
			for name, got := range map[string][]byte{"full": <-fromFull, "late": <-fromLate} {
				if !bytes.Equal(got, data) {
					t.Errorf("%s has %d bytes of %d", name, len(got), len(data))
				}
			}
		})
	}
}

// TestSourceEndsBeforeTheLastFinish requires that a source which delivers nothing is ended when the last sink fails, and not when that
// sink's Finish has returned: a producer must not work on for as long as a command cleans up.
func TestSourceEndsBeforeTheLastFinish(t *testing.T) {
	for _, portable := range []bool{false, true} {
		t.Run(fmt.Sprintf("portable=%t", portable), func(t *testing.T) {
			source, feed := newPipe(t)
			defer feed.Close()
			r1, w1 := newPipe(t)
			r1.Close()
			ended := make(chan struct{})
			finished := errors.New("the source was ended")
			r := start(t, core.Source{Reader: source, Finish: func(context.Context) error { close(ended); return nil }},
				core.Options{Portable: portable, FinishTimeout: 20 * time.Second},
				core.Sink{Name: "a", Writer: w1, Finish: func(ctx context.Context, _ core.End) error {
					defer w1.Close()
					select {
					case <-ended:
						return finished
					case <-ctx.Done():
						return ctx.Err()
					}
				}})
			feed.WriteString("hello")
			rep, _ := r.Wait(t)
			if s := rep.Sinks[0]; s.Verdict != core.Failed || s.Err != finished {
				t.Errorf("%s (%v)", s.Verdict, s.Err)
			}
		})
	}
}

// TestSourceFileIsLeft requires that nobody reads a source's file any more when the run is over: the caller may close or read it then.
func TestSourceFileIsLeft(t *testing.T) {
	for _, portable := range []bool{false, true} {
		in, feed := newPipe(t)
		polls := sys.Polls()
		r := start(t, core.Source{Reader: in}, core.Options{Portable: portable}, sink("a", &Recorder{}))
		awaitPolls(t, polls, 1) // something waits, the source's reader by and by
		r.Cancel(nil)
		r.Wait(t)
		feed.WriteString("mine")
		if got := take(t, in, 4); string(got) != "mine" {
			t.Errorf("portable=%t: %q is left of what was written after the run", portable, got)
		}
		feed.Close()
	}
}
