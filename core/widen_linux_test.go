package core_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// TestWidened requires that a pipe is enlarged when it was found full, the source's or an output's, and not before.
func TestWidened(t *testing.T) {
	size := sys.DefaultPipeSize()
	_, probe := core.OSPipe(t)
	defer probe.Close()
	if _, err := sys.SetPipeSize(int(descriptor(t, probe)), sys.MaxPipe); err != nil || size >= sys.MaxPipe {
		t.Skipf("a pipe of %d bytes can't be enlarged: %v", size, err)
	}
	for _, portable := range []bool{false, true} {
		for _, full := range []bool{false, true} {
			t.Run(fmt.Sprintf("portable=%t/full=%t", portable, full), func(t *testing.T) {
				in, feed := core.OSPipe(t)
				r1, w1 := core.OSPipe(t)
				held := size - 1
				if full {
					held = size
				}
				data := stream(held)
				feed.Write(data) // fits
				if full {
					w1.Write([]byte("x")) // so that it doesn't fit here
				}
				out := share(t, w1)
				r := start(t, core.Source{Reader: in}, core.Options{Portable: portable}, core.Sink{Name: "a", Writer: w1, NoDrain: true})
				feed.Close()
				rep, _ := r.Wait(t) // nobody reads: it has to be enlarged
				out.Close()
				checkVerdicts(t, rep, core.Complete)
				for what, f := range map[string]*os.File{"source": in, "output": r1} {
					now, err := sys.PipeSize(int(descriptor(t, f)))
					if err != nil || (now > size) != full {
						t.Errorf("%s: the capacity is %d, was %d, error %v", what, now, size, err)
					}
				}
				if got := <-collect(r1); !bytes.HasSuffix(got, data) {
					t.Errorf("%d bytes, of %d", len(got), len(data))
				}
			})
		}
	}
}
