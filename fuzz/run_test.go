package fuzz

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"yjoint/core"
	"yjoint/core/coretest"
)

// starts are the offsets that a stream begins at or passes: 0, and where counters of 31, 32 and 33 bits end.
var starts = []int64{0, 2 << 30, 4 << 30, 8 << 30}

// streamBelow returns a stream of n bytes which begins before bytes below the start of that number.
func streamBelow(start, before, n int) coretest.Stream {
	from := max(starts[start%len(starts)]-int64(before), 0)
	return coretest.Pattern(1, from, from+int64(n))
}

// contents returns all bytes of a stream.
func contents(s coretest.Stream) []byte {
	p := make([]byte, s.Size())
	io.ReadFull(s.Reader(), p)
	return p
}

// trialRun is one decoded input.
type trialRun struct {
	stream  coretest.Stream
	source  *pieces
	piped   bool // the source is a pipe, into which the pieces are written
	opts    core.Options
	faults  []misdeed
	plain   map[int]*failingSink
	readers map[int]*leavingReader
	files   map[int]string
	sinks   []core.Sink
}

// String tells what a failure needs to be understood.
func (r *trialRun) String() string {
	return fmt.Sprintf("from %d to %d, piped %v, portable %v, buffer %d, sinks %v",
		r.stream.From(), r.stream.To(), r.piped, r.opts.Portable, r.opts.Buffer, r.faults)
}

// maxWindows bounds how many windows a stream is: each costs a switch between goroutines per sink, which would leave the fuzzer
// waiting for streams that pass byte by byte. Short streams still do.
const maxWindows = 256

// decode makes a run of data. Decisions were added at the end, so that older inputs stay what they were.
func decode(t *testing.T, data []byte) *trialRun {
	g := &genes{data}
	r := &trialRun{plain: map[int]*failingSink{}, readers: map[int]*leavingReader{}, files: map[int]string{}}
	size := g.offset()
	r.opts.Buffer = int64(max(g.offset(), size/maxWindows, 1))
	r.opts.StopOnError = g.next()%4 == 1
	r.source = &pieces{genes: g, err: io.EOF}
	if g.next()%8 == 1 {
		r.source.err = errReading
	}
	counted := 0
	for range g.next()%8 + 1 {
		f := misdeed{
			kind: g.next() % kinds, fails: g.next()%2 == 1, at: g.offset(), short: g.next() % 64,
			closeErr: g.next()%8 == 1, optional: g.next()%4 == 1,
		}
		r.faults = append(r.faults, f)
		if !f.optional {
			counted++
		}
	}
	if counted > 0 {
		r.opts.Require = g.next() % (counted + 1)
	}
	r.stream = streamBelow(g.next(), g.offset(), size)
	r.source.rest = contents(r.stream)
	r.piped = g.next()%2 == 1 && r.source.err == io.EOF // a pipe can't fail
	r.opts.Portable = g.next()%2 == 1
	for i, f := range r.faults {
		r.addSink(t, i, f)
	}
	return r
}

func (r *trialRun) addSink(t *testing.T, i int, f misdeed) {
	sink := core.Sink{Name: f.String(), Optional: f.optional}
	switch f.kind {
	case plain:
		r.plain[i] = &failingSink{misdeed: f, holds: r.stream.Receiver()}
		sink.Writer = r.plain[i]
	case file:
		out, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		r.files[i] = out.Name()
		sink.Writer = out
	default:
		open := os.Pipe
		if f.kind == socket {
			open = socketPair
		}
		in, out, err := open()
		if err != nil {
			t.Fatal(err)
		}
		l := &leavingReader{misdeed: f, holds: r.stream.Receiver(), done: make(chan struct{})}
		r.readers[i] = l
		go l.read(in)
		sink.Writer = out
	}
	r.sinks = append(r.sinks, sink)
}

// run has the engine do it. What was written into a source's pipe and not read is of no interest.
func (r *trialRun) run() (core.Report, error) {
	source := core.Source{Reader: r.source}
	if r.piped {
		in, out, err := os.Pipe()
		if err != nil {
			return core.Report{}, err
		}
		fed := make(chan struct{})
		go func() {
			defer close(fed)
			defer out.Close()
			io.Copy(out, r.source)
		}()
		defer func() { <-fed }()
		defer in.Close()
		source.Reader = in
	}
	return core.Run(coretest.StartAt(context.Background(), r.stream.From()), source, r.sinks, r.opts)
}

// result returns what is known of the run once it is over. For a pipe or socket it waits until the reader has left.
func (r *trialRun) result(t *testing.T, rep core.Report, err error) coretest.Run {
	result := coretest.Run{Stream: r.stream, Report: rep, Err: err}
	if r.source.err != io.EOF {
		result.SourceErr = r.source.err
	}
	if r.opts.StopOnError {
		result.Ended = []error{core.ErrRequireUnmet}
	}
	for i, f := range r.faults {
		switch {
		case f.kind == plain:
			result.Sinks = append(result.Sinks, coretest.Sink{Holds: r.plain[i].holds, Faults: r.plain[i].faults})
		case f.kind == file:
			data, err := os.ReadFile(r.files[i])
			if err != nil {
				t.Fatal(err)
			}
			result.Sinks = append(result.Sinks, coretest.Sink{Holds: r.stream.Received(data)})
		default:
			l := r.readers[i]
			<-l.done
			result.Sinks = append(result.Sinks, coretest.Sink{Holds: l.holds, Leaves: l.fails})
		}
	}
	return result
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
