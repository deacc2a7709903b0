// Package fuzz holds fuzz targets for properties that must hold for every input. Run one with
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzFanOut$' -fuzztime 5m
package fuzz

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"yjoint/core"
	"yjoint/core/coretest"
)

// genes decodes the fuzzer's bytes into decisions. When they are used up, all further decisions are 0.
type genes struct{ data []byte }

func (g *genes) next() int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b)
}

// maxStream bounds the stream: with a window of one byte and eight sinks each byte costs as many switches.
const maxStream = 1 << 14

// offset is a number up to maxStream, around a power of two, where mistakes live, or a page more than that.
func (g *genes) offset() int {
	b := g.next()
	return min(max((1<<(b%15))+g.next()%3-1+b/128*4096, 0), maxStream)
}

// The kinds of sinks. The reader of a pipe or socket leaves where the sink fails; a file does not fail.
const (
	plain = iota // a plain io.Writer
	pipe
	socket
	file
	kinds
)

// misdeed is how a sink misbehaves.
type misdeed struct {
	kind     int
	fails    bool
	at       int // bytes after the first that it accepts before it fails
	short    int // the most that a write accepts; 0: everything
	closeErr bool
	optional bool
}

func (f misdeed) String() string {
	return fmt.Sprintf("kind=%d/fails=%v/at=%d/short=%d/close=%v/optional=%v", f.kind, f.fails, f.at, f.short, f.closeErr, f.optional)
}

var (
	errInjected = errors.New("injected write error")
	errClosing  = errors.New("injected close error")
	errReading  = errors.New("injected read error")
)

// failingSink accepts bytes as its fault says, and keeps them.
type failingSink struct {
	misdeed
	holds  *coretest.Receiver
	faults []coretest.Fault
	closed int
}

func (s *failingSink) Write(p []byte) (int, error) {
	n := len(p)
	if s.short > 0 {
		n = min(n, s.short)
	}
	var err error
	if room := s.at - int(s.holds.Len()); s.fails && n >= room {
		n, err = room, errInjected
		s.faults = append(s.faults, coretest.Fault{Op: core.OpWrite, Err: err})
	}
	s.holds.Write(p[:n])
	return n, err
}

func (s *failingSink) Close() error {
	s.closed++
	if s.closeErr {
		s.faults = append(s.faults, coretest.Fault{Op: core.OpClose, Err: errClosing})
		return errClosing
	}
	return nil
}

// leavingReader reads a pipe or socket, and leaves after at bytes if its fault says so.
type leavingReader struct {
	misdeed
	holds *coretest.Receiver
	done  chan struct{} // closed when it has left
}

func (l *leavingReader) read(r *os.File) {
	defer close(l.done)
	defer r.Close()
	var from io.Reader = r
	if l.fails {
		from = io.LimitReader(r, int64(l.at))
	}
	io.Copy(l.holds, from)
}

// FuzzFanOut: whatever the pieces in which the source delivers and the byte at which it starts, however the sinks fail and however
// short their writes, on both paths: each survivor is byte-identical to the source, each failed sink holds an exact prefix of
// the reported length, and the verdicts, the counts and Run's error agree with each other and with the faults.
func FuzzFanOut(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{10, 1, 12, 1, 0, 0, 1, 0, 1, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for kind := range byte(kinds) { // two sinks of each kind, the second of which fails in mid-stream
		for start := range byte(len(starts)) {
			f.Add([]byte{12, 1, 13, 1, 0, 0, 1, kind, 0, 0, 0, 0, 0, 0, kind, 1, 10, 1, 7, 0, 0, 0, start, 10, 1, kind % 2, start % 2})
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := decode(t, data)
		rep, err := r.run()
		if err := r.result(t, rep, err).Check(); err != nil {
			t.Errorf("%v: %v", r, err)
		}
		for i, p := range r.plain {
			if p.closed != 1 {
				t.Errorf("%v: sink %d was closed %d times", r, i, p.closed)
			}
			if len(p.faults) > 0 && p.faults[0].Op == core.OpWrite && rep.Sinks[i].Accepted != r.stream.From()+int64(p.at) {
				t.Errorf("%v: sink %d failed at byte %d", r, i, rep.Sinks[i].Accepted)
			}
		}
	})
}
