package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"yjoint/core/fault"
	"yjoint/core/pattern"
)

// Expect returns what the program must meet with that plan, by fault.Writer. An io.Writer tells of an error together with
// what it accepted before, a system call at the next call: so the writer is given no more bytes at once than there are
// before the place of the next rule.
func Expect(plan fault.Plan, p Program) (Outcome, error) {
	w, err := fault.NewWriter(io.Discard, plan)
	if err != nil {
		return Outcome{}, err
	}
	f := &systemCalls{Writer: w}
	o := p.run(f)
	return o, f.wrong
}

// systemCalls is a Writer whose calls have the semantics of system calls.
type systemCalls struct {
	*fault.Writer
	wrong error
}

func (s *systemCalls) Write(p []byte) (int, error) {
	limit, _ := s.Injector().Look(fault.OpWrite, len(p))
	n, err := s.Writer.Write(p[:limit])
	if errors.Is(err, io.ErrShortWrite) {
		err = nil
	}
	if n > 0 && err != nil {
		s.wrong = fmt.Errorf("%d bytes and %w from one write of %d", n, err, limit)
	}
	return n, err
}

// Check returns an error unless the file's content is just what the program's writes were told was accepted.
func Check(content []byte, p Program, o Outcome) error {
	want := make([]byte, o.Accepted)
	pattern.Fill(want, p.Stream, p.Size, 0)
	if !bytes.Equal(content, want) {
		v := pattern.NewVerifier(p.Stream)
		v.Write(content)
		return fmt.Errorf("%v of %d bytes, expected the first %d of %d", v.Verdict(), len(content), o.Accepted, p.Size)
	}
	return nil
}
