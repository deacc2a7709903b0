package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"yjoint/core"
	"yjoint/core/coretest"
)

// TestWriterBreaksContract requires an error, and not a loop, of a writer whose count can't be true.
func TestWriterBreaksContract(t *testing.T) {
	data := stream(1000)
	for _, c := range []struct {
		n       int
		err     error
		atLeast bool
	}{
		{n: 1001, atLeast: true},
		{n: 1 << 30, atLeast: true},
		{n: -1, atLeast: true},
		{n: -1, err: errWrite, atLeast: true},
		{n: 0},
	} {
		t.Run(fmt.Sprintf("n=%d/err=%v", c.n, c.err), func(t *testing.T) {
			broken, other := &Misreporter{N: c.n, Err: c.err}, &Recorder{}
			rep, err := run(t, data, core.Options{}, sink("broken", broken), sink("other", other))
			checkVerdicts(t, rep, core.Failed, core.Complete)
			checkPrefix(t, data, rep.Sinks[1], other.Bytes(), core.Complete)
			if s := rep.Sinks[0]; s.Accepted != 0 || s.Op != core.OpWrite || s.Err == nil || s.AtLeast != c.atLeast {
				t.Errorf("sink %+v", s)
			}
			if err == nil || broken.writes != 1 {
				t.Errorf("%d writes, error %v", broken.writes, err)
			}
		})
	}
}

// TestReaderBreaksContract requires a failed source of a reader that never gets on, or lies.
func TestReaderBreaksContract(t *testing.T) {
	for _, c := range []struct {
		n     int
		is    error // what the error is, where it has a name
		calls int
	}{
		{n: 0, is: io.ErrNoProgress, calls: 100},
		{n: -1, calls: 1},
		{n: 1 << 30, calls: 1},
	} {
		t.Run(key("n", c.n), func(t *testing.T) {
			w, reader := &Recorder{}, &Misreader{N: c.n}
			rep, err := start(t, core.Source{Reader: reader}, core.Options{}, sink("a", w)).Wait(t)
			checkVerdicts(t, rep, core.Cancelled)
			if err == nil || rep.Source.Err == nil || rep.Source.Ended || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("source %+v, error %v", rep.Source, err)
			}
			if reader.Calls != c.calls || w.Len() != 0 {
				t.Errorf("%d calls, %d bytes written", reader.Calls, w.Len())
			}
		})
	}
}

// TestEmptyReads requires that a reader may deliver nothing, many times, as long as something follows.
func TestEmptyReads(t *testing.T) {
	data, w := stream(3), &Recorder{}
	rep, _ := start(t, core.Source{Reader: &PieceReader{Data: data, Sizes: append(make([]int, 99), 1)}}, core.Options{}, sink("a", w)).Wait(t)
	checkPrefix(t, data, rep.Sinks[0], w.Bytes(), core.Complete)
}

// TestBytesWithError requires that what a read delivers together with its error, io.EOF included, is passed on.
func TestBytesWithError(t *testing.T) {
	for _, end := range []error{io.EOF, errRead} {
		t.Run("end="+end.Error(), func(t *testing.T) {
			w := &Recorder{}
			rep, _ := start(t, core.Source{Reader: &Misreader{N: 1000, Err: end}}, core.Options{}, sink("a", w)).Wait(t)
			if w.Len() != 1000 || rep.Source.Bytes != 1000 || rep.Source.Ended != (end == io.EOF) || rep.Source.Name != "source" {
				t.Errorf("%d bytes written, source %+v", w.Len(), rep.Source)
			}
		})
	}
}

// TestRefused requires an empty report, and nothing touched, for what can't be run.
func TestRefused(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	closed, _ := os.Open(os.DevNull)
	closed.Close()
	good := core.Source{Reader: bytes.NewReader([]byte("x"))}
	for name, c := range map[string]struct {
		source core.Source
		opts   core.Options
		sinks  []core.Sink
	}{
		"no reader":        {core.Source{}, core.Options{}, []core.Sink{sink("a", &Recorder{})}},
		"no sinks":         {good, core.Options{}, nil},
		"nothing set":      {good, core.Options{}, []core.Sink{{Name: "a"}}},
		"two set":          {good, core.Options{}, []core.Sink{{Name: "a", Writer: &Recorder{}, OpenErr: errWrite}}},
		"require too many": {good, core.Options{Require: 2}, []core.Sink{sink("a", &Recorder{}), {Name: "b", Writer: &Recorder{}, Optional: true}}},
		"require negative": {good, core.Options{Require: -1}, []core.Sink{sink("a", &Recorder{})}},
		"buffer negative":  {good, core.Options{Buffer: -1}, []core.Sink{sink("a", &Recorder{})}},
		"timeout negative": {good, core.Options{StallTimeout: -1}, []core.Sink{sink("a", &Recorder{})}},
		"step without Do":  {good, core.Options{}, []core.Sink{{Name: "a", Writer: &Recorder{}, Publish: []core.Step{{Op: core.OpRename}}}}},
		"step without Op": {good, core.Options{}, []core.Sink{{Name: "a", Writer: &Recorder{}, Publish: []core.Step{
			{Do: func(context.Context) error { return nil }}}}}},
		"file twice":        {good, core.Options{}, []core.Sink{sink("a", file), sink("b", file)}},
		"source as sink":    {core.Source{Reader: file}, core.Options{}, []core.Sink{sink("a", file)}},
		"closed source":     {core.Source{Reader: closed}, core.Options{}, []core.Sink{sink("a", &Recorder{})}},
		"source of no file": {core.Source{Reader: noFile()}, core.Options{}, []core.Sink{sink("a", &Recorder{})}},
	} {
		t.Run("what="+name, func(t *testing.T) {
			before := coretest.Held()
			rep, err := start(t, c.source, c.opts, c.sinks...).Wait(t)
			if err == nil || rep.Sinks != nil {
				t.Errorf("report %+v, error %v", rep, err)
			}
			for _, s := range c.sinks {
				if w, ok := s.Writer.(*Recorder); ok && (w.Len() != 0 || w.Closed() != 0) {
					t.Errorf("%s was touched", s.Name)
				}
			}
			checkReleased(t, before)
		})
	}
	if _, err := file.WriteString("still open"); err != nil {
		t.Error(err)
	}
}

// TestUnusableWriter requires that a file that can't be used is a sink that could not be opened, and still gets its Finish.
func TestUnusableWriter(t *testing.T) {
	closed, _ := os.Open(os.DevNull)
	closed.Close()
	for want, file := range map[error]*os.File{os.ErrClosed: closed, syscall.EBADF: noFile()} {
		t.Run("error="+want.Error(), func(t *testing.T) {
			finish, other := &Finisher{}, &Recorder{}
			rep, _ := run(t, []byte("hello"), core.Options{}, core.Sink{Name: "a", Writer: file, Finish: finish.Finish}, sink("other", other))
			checkVerdicts(t, rep, core.NotOpened, core.Complete)
			if !errors.Is(rep.Sinks[0].Err, want) || rep.Sinks[0].Op != core.OpOpen {
				t.Errorf("sink %+v", rep.Sinks[0])
			}
			finish.checkOnce(t)
		})
	}
}

// noFile has a descriptor that no process can have.
func noFile() *os.File { return os.NewFile(1<<30, "none") }
