package fault

import (
	"io"
	"os"

	"yjoint/internal/pace"
)

// Reader delivers what it reads, and fails as its plan says: "read at N EIO" delivers N bytes first. Its methods are for
// one goroutine at a time, but Close may be called at any time and ends a stall.
type Reader struct {
	from     io.Reader
	injector *Injector
	closing  *closing
	rate     pace.Rate
}

// NewReader returns a Reader that reads from r, which it owns if that is an io.Closer. The error is [Plan.Check]'s.
func NewReader(r io.Reader, p Plan) (*Reader, error) {
	if err := p.Check(ForReader); err != nil {
		return nil, err
	}
	return &Reader{from: r, injector: NewInjector(p), closing: newClosing()}, nil
}

// Injector is for asking what has fired.
func (r *Reader) Injector() *Injector { return r.injector }

// Read implements io.Reader. Its error is the plan's [syscall.Errno], or what the underlying Read returned.
func (r *Reader) Read(p []byte) (int, error) {
	if r.closing.begun.Load() {
		return 0, os.ErrClosed
	}
	for step := r.injector.Call(OpRead, len(p)); ; step = r.injector.Continue(OpRead, len(p)) {
		ended, err := perform(step.Action, &r.closing.transfers, &r.rate)
		if err != nil {
			return 0, err
		}
		if step.Action != nil && !ended {
			continue
		}
		if err := r.closing.transfers.pace(&r.rate); err != nil {
			return 0, err
		}
		n, err := r.from.Read(p[:r.rate.Slice(step.Limit)])
		r.injector.Moved(OpRead, n)
		r.rate.Moved(n)
		return n, err
	}
}

// Close ends the stall of a Read, meets the plan's "close", and closes the underlying reader whatever comes of that. A
// second Close ends the stall of the first one, and returns os.ErrClosed.
func (r *Reader) Close() error { return r.closing.close(r.injector, r.from) }
