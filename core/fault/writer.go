package fault

import "io"

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
	pauses   pauses
	rate     rate
}

// NewWriter returns a Writer that passes on to w, which it owns if that is an io.Closer. The error is [Plan.Check]'s.
func NewWriter(w io.Writer, p Plan) (*Writer, error) {
	if err := p.Check(ForWriter); err != nil {
		return nil, err
	}
	return &Writer{to: w, injector: NewInjector(p), pauses: newPauses()}, nil
}

// Injector is for asking what has fired.
func (w *Writer) Injector() *Injector { return w.injector }

// Write implements io.Writer. Its error is the plan's [syscall.Errno], io.ErrShortWrite after a short write, or what the
// underlying Write returned; os.ErrClosed after Close.
func (w *Writer) Write(p []byte) (int, error) {
	done := 0
	for step := w.injector.Call(OpWrite, len(p)); ; step = w.injector.Continue(OpWrite, len(p)-done) {
		ended, err := perform(step.Action, &w.pauses, &w.rate)
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
		case ended && done < len(p) && step.Action.Verb == Short:
			return done, io.ErrShortWrite
		case done == len(p):
			return done, nil
		}
	}
}

// pass writes to the underlying writer, as fast as the rate allows.
func (w *Writer) pass(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.injector.Moved(OpWrite, n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = w.rate.wait(n, &w.pauses)
	}
	return n, err
}

// Sync meets the plan's "fsync".
func (w *Writer) Sync() error { return call(w.injector, OpFsync, &w.pauses, &w.rate) }

// Close meets the plan's "close", and closes the underlying writer whatever comes of that, as close(2) does.
func (w *Writer) Close() error { return closeBoth(w.injector, &w.pauses, &w.rate, w.to) }
