package core

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// maxEmptyReads is how often in a row a plain io.Reader may return neither bytes nor an error; bufio uses the same.
const maxEmptyReads = 100

// Errors of readers that break io.Reader's contract.
var errReadsMore = errors.New("the reader claims more bytes than it had room for")

// source reads the stream into the window. Its fields but the atomic ones belong to its goroutine until run.sourceDone.
type source struct {
	run  *run
	spec Source
	in   input

	// asked: no sink is left but such as had accepted everything when they went. If the stream ends here they are
	// complete; if it goes on, the run is over.
	asked atomic.Bool
	// finished: the reader is read no more, and Finish was called or is not there.
	finished atomic.Bool
	// drained: the reader was read to its end.
	drained atomic.Bool

	readErr error // why reading failed, or nil
	err     error // why the source failed, or nil
	whole   bool  // read to the end, and Finish agreed
}

// lastWord is what a source has to end in when all sinks have accepted everything and gone. tar, for one, stops reading at
// the end of the archive, and the tar that writes it, or the shell around it, may take a moment longer to exit.
const lastWord = time.Second

// input is how a source is read.
type input interface {
	// read reads some bytes, and may block. An error that is the run's cause: the run was halted.
	read(p []byte) (int, error)
}

func newSource(r *run, spec Source) (*source, error) {
	if spec.Name == "" {
		spec.Name = "source"
	}
	s := &source{run: r, spec: spec}
	if f, ok := spec.Reader.(*os.File); ok {
		in, err := newFileInput(s, f)
		s.in = in
		return s, err
	}
	s.in = plainInput{spec.Reader}
	return s, nil
}

// serve reads to the end, or until the run is halted, and lets the spec's Finish judge before the sinks hear of the end.
func (s *source) serve() {
	r := s.run
	if _, plain := s.in.(plainInput); !plain {
		defer r.unref()
	}
	defer close(r.sourceDone)
	s.copy()
	_, verdict := s.finish()
	s.err = s.readErr
	s.whole = s.err == nil && verdict == nil // before the sinks see the end
	if !r.window.end() {
		s.whole = false // the run was halted, so no sink has seen it
		return
	}
	if s.err == nil {
		s.err = verdict
	}
}

// finish calls the spec's Finish, unless another call has: first is whether it was this one.
func (s *source) finish() (first bool, verdict error) {
	if s.finished.Swap(true) {
		return false, nil
	}
	if s.spec.Finish != nil {
		verdict = s.spec.Finish(s.run.sourceCtx)
	}
	return true, verdict
}

// copy reads into the window, to the end or an error, or until the run is halted.
func (s *source) copy() {
	if s.run.pump.reads() {
		if !s.run.pump.readAll() {
			return
		}
		s.run.window.reader.take()
	}
	empty := 0
	for {
		p := s.run.window.reserve()
		if p == nil {
			return
		}
		n, err := s.in.read(p)
		if n < 0 || n > len(p) {
			n, err = 0, errReadsMore
		}
		if n == 0 && err == nil {
			if empty++; empty == maxEmptyReads {
				err = io.ErrNoProgress
			}
		} else {
			empty = 0
		}
		s.run.window.commit(n)
		if !s.goesOn(err) {
			return
		}
	}
}

// goesOn reports whether more is to be read after a read with that error.
func (s *source) goesOn(err error) bool {
	switch {
	case err == nil && !s.asked.Load():
		return true
	case err == io.EOF:
		s.drained.Store(true)
	case err == nil:
		s.run.stop(ErrNoSinkLeft)
	case !s.run.halted():
		s.readErr = err
	}
	return false
}

// ask has the run stopped unless the stream ends here, and soon.
func (s *source) ask() {
	s.asked.Store(true)
	time.AfterFunc(lastWord, func() {
		if !s.drained.Load() { // otherwise Finish decides
			s.run.stop(ErrNoSinkLeft)
		}
	})
}

// report is what became of the source. It must be called when serve has returned, or after serve was left behind in a
// read, with left true.
func (s *source) report(left bool) SourceReport {
	rep := SourceReport{Name: s.spec.Name, Bytes: s.run.window.read()}
	if !left {
		rep.Ended, rep.Err = s.whole, s.err
	}
	return rep
}

// plainInput is any io.Reader. A Read that blocks can't be left, only left behind.
type plainInput struct{ r io.Reader }

func (in plainInput) read(p []byte) (int, error) { return in.r.Read(p) }
