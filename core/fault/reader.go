package fault

import "io"

// Reader delivers what it reads, and fails as its plan says: "read at N EIO" delivers N bytes first. Its methods are for
// one goroutine at a time, but Close may be called at any time and ends a stall.
type Reader struct {
	from     io.Reader
	injector *Injector
	pauses   pauses
	rate     rate
}

// NewReader returns a Reader that reads from r, which it owns if that is an io.Closer. The error is [Plan.Check]'s.
func NewReader(r io.Reader, p Plan) (*Reader, error) {
	if err := p.Check(ForReader); err != nil {
		return nil, err
	}
	return &Reader{from: r, injector: NewInjector(p), pauses: newPauses()}, nil
}

// Injector is for asking what has fired.
func (r *Reader) Injector() *Injector { return r.injector }

// Read implements io.Reader. Its error is the plan's [syscall.Errno], or what the underlying Read returned.
func (r *Reader) Read(p []byte) (int, error) {
	for step := r.injector.Call(OpRead, len(p)); ; step = r.injector.Continue(OpRead, len(p)) {
		ended, err := perform(step.Action, &r.pauses, &r.rate)
		if err != nil {
			return 0, err
		}
		if step.Action != nil && !ended {
			continue
		}
		n, err := r.from.Read(p[:step.Limit])
		r.injector.Moved(OpRead, n)
		if err == nil {
			err = r.rate.wait(n, &r.pauses)
		}
		return n, err
	}
}

// Close meets the plan's "close", and closes the underlying reader whatever comes of that.
func (r *Reader) Close() error { return closeBoth(r.injector, &r.pauses, &r.rate, r.from) }
