// Package fuzz holds fuzz targets for properties that must hold for every input. Run one with
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzFanOut$' -fuzztime 5m
package fuzz

import (
	"context"
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

// misdeed is how a sink misbehaves.
type misdeed struct {
	pipe     bool // the sink is a pipe's write end, and its reader leaves after at bytes; otherwise a plain writer
	fails    bool
	at       int // bytes accepted before it fails
	short    int // the most that a write accepts; 0: everything
	closeErr bool
	optional bool
}

func (f misdeed) String() string {
	return fmt.Sprintf("pipe=%v/fails=%v/at=%d/short=%d/close=%v/optional=%v", f.pipe, f.fails, f.at, f.short, f.closeErr, f.optional)
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

// leavingReader reads a pipe, and leaves after at bytes if its fault says so.
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

// pieces is a source that delivers the stream in pieces, and may fail at its end.
type pieces struct {
	rest  []byte
	genes *genes
	err   error // io.EOF or what it fails with
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, p.err
	}
	n := min(p.genes.offset()%len(p.rest)+1, len(b))
	n = copy(b[:n], p.rest)
	p.rest = p.rest[n:]
	if len(p.rest) == 0 && p.genes.next()%2 == 1 {
		return n, p.err // the end may come with the last bytes
	}
	return n, nil
}

// streamOf returns n bytes in which no two aligned 4 bytes are alike.
func streamOf(n int) []byte {
	p := make([]byte, 0, n+4)
	for i := uint32(0); len(p) < n; i++ {
		x := i * 2654435761 // Knuth's multiplier, prime to 2^32
		p = append(p, byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
	}
	return p[:n]
}

// trialRun is one decoded input.
type trialRun struct {
	stream  coretest.Stream
	sources *pieces
	opts    core.Options
	faults  []misdeed
	plain   map[int]*failingSink
	readers map[int]*leavingReader
	sinks   []core.Sink
}

func decode(t *testing.T, data []byte) *trialRun {
	g := &genes{data}
	r := &trialRun{plain: map[int]*failingSink{}, readers: map[int]*leavingReader{}}
	data = streamOf(g.offset())
	r.stream = coretest.Bytes(data)
	r.opts.Buffer = int64(max(g.offset(), 1))
	r.opts.StopOnError = g.next()%4 == 1
	r.sources = &pieces{rest: data, genes: g, err: io.EOF}
	if g.next()%8 == 1 {
		r.sources.err = errReading
	}
	counted := 0
	for i := range g.next()%8 + 1 {
		f := misdeed{
			pipe: g.next()%4 == 1, fails: g.next()%2 == 1, at: g.offset(), short: g.next() % 64,
			closeErr: g.next()%8 == 1, optional: g.next()%4 == 1,
		}
		r.addSink(t, i, f)
		if !f.optional {
			counted++
		}
	}
	if counted > 0 {
		r.opts.Require = g.next() % (counted + 1)
	}
	return r
}

func (r *trialRun) addSink(t *testing.T, i int, f misdeed) {
	sink := core.Sink{Name: f.String(), Optional: f.optional}
	if !f.pipe {
		r.plain[i] = &failingSink{misdeed: f, holds: r.stream.Receiver()}
		sink.Writer = r.plain[i]
	} else {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		l := &leavingReader{misdeed: f, holds: r.stream.Receiver(), done: make(chan struct{})}
		r.readers[i] = l
		go l.read(in)
		sink.Writer = out
	}
	r.faults = append(r.faults, f)
	r.sinks = append(r.sinks, sink)
}

// result returns what is known of the run once it is over. For a pipe it waits until the reader has left.
func (r *trialRun) result(rep core.Report, err error) coretest.Run {
	result := coretest.Run{Stream: r.stream, Report: rep, Err: err}
	if r.sources.err != io.EOF {
		result.SourceErr = r.sources.err
	}
	if r.opts.StopOnError {
		result.Ended = []error{core.ErrRequireUnmet}
	}
	for i := range r.sinks {
		if l := r.readers[i]; l != nil {
			<-l.done
			result.Sinks = append(result.Sinks, coretest.Sink{Holds: l.holds, Leaves: l.fails})
		} else {
			result.Sinks = append(result.Sinks, coretest.Sink{Holds: r.plain[i].holds, Faults: r.plain[i].faults})
		}
	}
	return result
}

// FuzzFanOut: whatever the pieces in which the source delivers, however the sinks fail and however short their writes:
// each survivor is byte-identical to the source, each failed sink holds an exact prefix of the reported length, and the
// verdicts, the counts and Run's error agree with each other and with the faults.
func FuzzFanOut(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{10, 1, 12, 1, 0, 0, 1, 0, 1, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := decode(t, data)
		rep, err := core.Run(context.Background(), core.Source{Reader: r.sources}, r.sinks, r.opts)
		if err := r.result(rep, err).Check(); err != nil {
			t.Errorf("%v: %v", r.faults, err)
		}
		for i, p := range r.plain {
			if p.closed != 1 {
				t.Errorf("%v: closed %d times", r.faults[i], p.closed)
			}
			if len(p.faults) > 0 && p.faults[0].Op == core.OpWrite && rep.Sinks[i].Accepted != int64(p.at) {
				t.Errorf("%v: failed at byte %d", r.faults[i], rep.Sinks[i].Accepted)
			}
		}
	})
}
