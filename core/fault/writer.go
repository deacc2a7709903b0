package fault

import (
	"io"
	"os"

	"yjoint/internal/pace"
)

// Writer passes on what is written to it, and fails as its plan says. Bytes that it reports as accepted are passed on, also
// those of a short write.
//
// A Write that reaches "at N" passes on the bytes before N and then meets the action itself, since an io.Writer
// which accepts less must say why; a system call would return the smaller count, and the next call would meet it. So compare by
// accepted bytes and first error.
//
// Write is for one goroutine at a time; Close may be called at any time and ends a stall.
type Writer struct {
	to       io.Writer
	injector *Injector
	closing  *closing
	rate     pace.Rate
}

// NewWriter returns a Writer that passes on to w, which it owns if that is an io.Closer. The error is [Plan.Check]'s.
func NewWriter(w io.Writer, p Plan) (*Writer, error) {
	if err := p.Check(ForWriter); err != nil {
		return nil, err
	}
	return &Writer{to: w, injector: NewInjector(p), closing: newClosing()}, nil
}

// Injector is for asking what has fired.
func (w *Writer) Injector() *Injector { return w.injector }

// Write implements io.Writer. Its error is the plan's [syscall.Errno], io.ErrShortWrite after a short write, or what the
// underlying Write returned; os.ErrClosed after Close.
func (w *Writer) Write(p []byte) (int, error) {
	if w.closing.begun.Load() {
		return 0, os.ErrClosed
	}
	done := 0
	for step := w.injector.Call(OpWrite, len(p)); ; step = w.injector.Continue(OpWrite, len(p)-done) {
		ended, err := perform(step.Action, &w.closing.transfers, &w.rate)
		if err != nil {
			return done, err
		}
		if step.Action != nil && !ended {
			continue
		}
		n, err := w.pass(p[done : done+step.Limit])
		done += n
		switch {
		case err != nil:
			return done, err
		case ended && step.Action.Verb == Short:
			return done, io.ErrShortWrite
		case done == len(p):
			return done, nil
		}
	}
}

// pass writes to the underlying writer, as fast as the rate allows.
func (w *Writer) pass(p []byte) (int, error) {
	done := 0
	for {
		slice := p[done:][:w.rate.Slice(len(p)-done)]
		n, err := w.to.Write(slice)
		w.injector.Moved(OpWrite, n)
		w.rate.Moved(n)
		done += n
		if err == nil && n < len(slice) {
			err = io.ErrShortWrite
		}
		stop := w.closing.transfers.pace(&w.rate)
		switch {
		case err != nil || done == len(p):
			return done, err
		case stop != nil:
			return done, stop
		}
	}
}

// Sync meets the plan's "fsync", and then the underlying writer's Sync if it has one.
func (w *Writer) Sync() error {
	if w.closing.begun.Load() {
		return os.ErrClosed
	}
	if err := call(w.injector, OpFsync, &w.closing.transfers, nil); err != nil {
		return err
	}
	if s, ok := w.to.(interface{ Sync() error }); ok {
		return s.Sync()
	}
	return nil
}

// Close ends the stall of a Write, meets the plan's "close", and closes the underlying writer whatever comes of that, as
// close(2) does. A second Close ends the stall of the first one, and returns os.ErrClosed.
func (w *Writer) Close() error { return w.closing.close(w.injector, w.to) }
