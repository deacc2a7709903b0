package core_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
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
