// Package fuzz holds fuzz targets for properties that must hold for every input. Run one with
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzFanOut$' -fuzztime 5m
package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"yjoint/core"
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
	got    []byte
	closed int
}

func (s *failingSink) Write(p []byte) (int, error) {
	n := len(p)
	if s.short > 0 {
		n = min(n, s.short)
	}
	var err error
	if room := s.at - len(s.got); s.fails && n >= room {
		n, err = room, errInjected
	}
	s.got = append(s.got, p[:n]...)
	return n, err
}

func (s *failingSink) Close() error {
	s.closed++
	if s.closeErr {
		return errClosing
	}
	return nil
}

// leavingReader reads a pipe, and leaves after at bytes if its fault says so.
type leavingReader struct {
	misdeed
	got  []byte
	done chan struct{} // closed when it has left
}

func (l *leavingReader) read(r *os.File) {
	defer close(l.done)
	defer r.Close()
	var from io.Reader = r
	if l.fails {
		from = io.LimitReader(r, int64(l.at))
	}
	l.got, _ = io.ReadAll(from)
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
	stream  []byte
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
	r.stream = streamOf(g.offset())
	r.opts.Buffer = int64(max(g.offset(), 1))
	r.opts.StopOnError = g.next()%4 == 1
	r.sources = &pieces{rest: r.stream, genes: g, err: io.EOF}
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
		r.plain[i] = &failingSink{misdeed: f}
		sink.Writer = r.plain[i]
	} else {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		l := &leavingReader{misdeed: f, done: make(chan struct{})}
		r.readers[i] = l
		go l.read(in)
		sink.Writer = out
	}
	r.faults = append(r.faults, f)
	r.sinks = append(r.sinks, sink)
}

// got returns what sink i received. For a pipe it waits until the reader has left.
func (r *trialRun) got(i int) []byte {
	if l := r.readers[i]; l != nil {
		<-l.done
		return l.got
	}
	return r.plain[i].got
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
		reached, some := 0, false
		for i, s := range rep.Sinks {
			r.checkSink(t, i, s, rep)
			some = some || s.OK()
			if s.OK() && !s.Optional {
				reached++
			}
		}
		if reached != rep.Reached {
			t.Errorf("%d sinks that count are complete, but Reached is %d", reached, rep.Reached)
		}
		if good := rep.Source.Ended && some && reached >= rep.Required; good != (err == nil) {
			t.Errorf("source ended %v, %d of %d complete, but the error is %v", rep.Source.Ended, reached, rep.Required, err)
		}
		if rep.Source.Ended && (r.sources.err != io.EOF || rep.Source.Bytes != int64(len(r.stream))) {
			t.Errorf("the source is told to have ended at %d of %d, with %v", rep.Source.Bytes, len(r.stream), r.sources.err)
		}
		if rep.Abandoned != 0 {
			t.Errorf("%d sinks were abandoned, though none blocks", rep.Abandoned)
		}
	})
}

// checkSink compares what a sink's report says with what it received and how it was to fail.
func (r *trialRun) checkSink(t *testing.T, i int, s core.SinkReport, rep core.Report) {
	t.Helper()
	got, f := r.got(i), r.faults[i]
	if s.AtLeast {
		t.Errorf("%v: the count is a lower bound, though nothing was left in flight", f)
	}
	received := s.Accepted
	if s.HasTaken {
		received = s.Taken
	}
	if !bytes.HasPrefix(r.stream, got) {
		t.Fatalf("%v: %d bytes received, which are no prefix of the source", f, len(got))
	}
	// A reader that leaves may take bytes between the count and its end, never more than were accepted.
	if exact := !f.pipe || s.Verdict == core.Complete; exact && int64(len(got)) != received || int64(len(got)) > s.Accepted {
		t.Errorf("%v: %s: %d bytes received; accepted %d, taken %d", f, s.Verdict, len(got), s.Accepted, s.Taken)
	}
	if p := r.plain[i]; p != nil && p.closed != 1 {
		t.Errorf("%v: closed %d times", f, p.closed)
	}
	switch s.Verdict {
	case core.Complete:
		if s.Err != nil || !rep.Source.Ended || len(got) != len(r.stream) || f.closeErr && !f.pipe {
			t.Errorf("%v: complete, with %d of %d bytes, source ended %v, error %v", f, len(got), len(r.stream), rep.Source.Ended, s.Err)
		}
	case core.Failed:
		if s.Err == nil || !f.fails && !f.closeErr {
			t.Errorf("%v: failed without cause: %v", f, s.Err)
		}
		if f.fails && !f.pipe && errors.Is(s.Err, errInjected) && s.Accepted != int64(f.at) {
			t.Errorf("%v: failed at byte %d", f, s.Accepted)
		}
	case core.Cancelled:
		if rep.Source.Ended {
			t.Errorf("%v: cancelled, though the source ended well", f)
		}
	default:
		t.Errorf("%v: verdict %s", f, s.Verdict)
	}
}
