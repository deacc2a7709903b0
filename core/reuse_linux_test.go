package core_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// TestNumberIsUsedAgain: what happens to the pipe of an output that was left, and lives on elsewhere, says nothing about the output
// whose descriptor has its number now.
func TestNumberIsUsedAgain(t *testing.T) {
	data := stream(200_000)
	in, feed, _ := os.Pipe()
	r1, w1 := newPipe(t)
	r2, w2, _ := os.Pipe()
	defer r2.Close()
	share(t, w1)
	number := descriptor(t, w1)
	left := make(chan struct{})
	r := start(t, core.Source{Reader: in}, core.Options{},
		core.Sink{Name: "left", Writer: w1, StallTimeout: stallWarn},
		core.Sink{Name: "late", Open: func(context.Context) (io.Writer, error) {
			<-left
			defer w2.Close()
			fd, err := unix.FcntlInt(descriptor(t, w2), unix.F_DUPFD_CLOEXEC, int(number))
			if uintptr(fd) != number {
				t.Errorf("the number %d is taken: %d, %v", number, fd, err)
			}
			return os.NewFile(uintptr(fd), "late"), err
		}})
	go feed.Write(data)
	r.Await(t, core.EventSettled, 0)
	close(left)
	r2.SetReadDeadline(time.Now().Add(patience))
	if !bytes.Equal(take(t, r2, len(data)), data) {
		t.Error("wrong bytes")
	}
	r1.Close()
	for range 3 { // so that the pump has slept, and heard of both
		feed.Write([]byte("piece"))
		if _, err := io.ReadFull(r2, make([]byte, 5)); err != nil {
			t.Error(err)
			break
		}
	}
	feed.Close()
	rep, _ := r.Wait(t)
	in.Close()
	checkVerdicts(t, rep, core.Stalled, core.Complete)
}

// TestOneWaitPerPiece requires that the pump, woken by the reader of a source that is no descriptor, is not woken once more for nothing.
func TestOneWaitPerPiece(t *testing.T) {
	const pieces = 200
	feed := newFeedReader()
	r1, w1 := newPipe(t)
	r := start(t, core.Source{Reader: feed}, core.Options{}, sink("a", w1))
	piece := []byte("piece")
	before := sys.Polls()
	for range pieces {
		feed.Feed(piece)
		take(t, r1, len(piece))
	}
	if n := sys.Polls() - before; n > pieces+pieces/2 {
		t.Errorf("%d waits for %d pieces", n, pieces)
	}
	feed.Close()
	rep, _ := r.Wait(t)
	checkVerdicts(t, rep, core.Complete)
}
