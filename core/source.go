package core

import (
	"errors"
	"io"
	"os"
	"sync"
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
	once  sync.Once // calls Finish
	// inFinish: the reader is read no more, and Finish was called or is not there.
	inFinish atomic.Bool
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
	ended := s.copy()
	verdict := s.finish()
	s.err = s.readErr
	if !ended || r.halted() {
		return
	}
	if s.err == nil {
		s.err = verdict
	}
	s.whole = s.err == nil // before the sinks see the end
	if !r.window.end() {
		s.whole = false // the run was halted meanwhile, so no sink has seen it
	}
}

// finish calls the spec's Finish, once.
func (s *source) finish() (verdict error) {
	s.once.Do(func() {
		s.inFinish.Store(true)
		if s.spec.Finish != nil {
			verdict = s.spec.Finish(s.run.sourceCtx)
		}
	})
	return verdict
}

// copy reads into the window. It returns false if the run was halted before the end, or a read error.
func (s *source) copy() bool {
	if s.run.pump.reads() {
		return <-s.run.pump.readEnded
	}
	empty := 0
	for {
		p := s.run.window.reserve()
		if p == nil {
			return false
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
		if more, ended := s.judge(err); !more {
			return ended
		}
	}
}

// judge says what follows a read: more of them, or the end of reading, ended unless the run was halted.
func (s *source) judge(err error) (more, ended bool) {
	switch {
	case err == nil && !s.asked.Load():
		return true, false
	case err == io.EOF:
		s.drained.Store(true)
		return false, true
	case err == nil:
		s.run.stop(ErrNoSinkLeft)
		return false, false
	case s.run.halted():
		return false, false
	}
	s.readErr = err
	return false, true
}

// ask has the run stopped unless the stream ends here, and soon.
func (s *source) ask() {
	s.asked.Store(true)
	if s.drained.Load() {
		return // Finish decides
	}
	time.AfterFunc(lastWord, func() {
		if !s.drained.Load() {
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
