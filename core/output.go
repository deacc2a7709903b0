package core

import (
	"errors"
	"io"
	"os"
)

// An output is what a sink writes to, once it is open. Its methods are called by one goroutine, the sink's.
type output interface {
	// write writes some of p and may block. errLeft: the sink was abandoned meanwhile.
	write(p []byte) (int, error)
	// drain waits until whoever reads the output has taken what it accepted, as far as that can be known.
	drain() error
	// unread is how many of the accepted bytes the reader has not taken yet.
	unread() (bytes int64, known bool)
	// hungUp is the error of an output of which the watcher says that its other end is gone.
	hungUp() error
	// sync has what was accepted reach the medium, where there is one.
	sync() error
	// release is called before close, or before the spec's Finish closes what is below.
	release()
	close() error
}

// Errors of writers that break io.Writer's contract.
var (
	errClaimsMore   = errors.New("the writer claims more bytes than it was given")
	errAcceptsEmpty = errors.New("the writer accepted nothing, without an error")
	errOpensNothing = errors.New("neither a writer nor an error came of it")
)

// newOutput picks how to write to w.
func newOutput(s *sink, w io.Writer) (output, error) {
	if f, ok := w.(*os.File); ok {
		return newFileOutput(s, f)
	}
	return plainOutput{s, w}, nil
}

// plainOutput is any io.Writer. It can't be asked whether it would block.
type plainOutput struct {
	sink *sink
	w    io.Writer
}

func (o plainOutput) write(p []byte) (n int, err error) {
	defer o.sink.blocking()()
	err = o.sink.call(OpWrite, func() (err error) {
		n, err = o.w.Write(p)
		return err
	})
	if n < 0 || n > len(p) {
		return 0, errClaimsMore
	}
	return n, err
}

func (o plainOutput) drain() error          { return nil }
func (o plainOutput) unread() (int64, bool) { return 0, false }
func (o plainOutput) hungUp() error         { return io.ErrClosedPipe }
func (o plainOutput) release()              {}

func (o plainOutput) sync() error {
	if w, ok := o.w.(interface{ Sync() error }); ok {
		return w.Sync()
	}
	return nil
}

func (o plainOutput) close() error {
	if c, ok := o.w.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
