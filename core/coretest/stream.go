package coretest

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"yjoint/core/pattern"
)

// Stream is what the source of a run delivers: the bytes from offset From to offset To. Its values are made by [Bytes], [Pattern]
// and [Counted], and may be used by any number of runs.
type Stream struct {
	from, to int64
	data     []byte                   // of Bytes: compared without a copy
	fill     func(p []byte, at int64) // makes the bytes from offset at on; nil: nobody looks at them
}

// Bytes is the stream of data, which it keeps, from offset 0 on.
func Bytes(data []byte) Stream {
	return Stream{to: int64(len(data)), data: data, fill: func(p []byte, at int64) { copy(p, data[at:]) }}
}

// Pattern is the part from offset from to offset to of the self-locating stream with that id: see the package pattern. A run
// of one that does not begin at 0 needs the ctx of [StartAt].
func Pattern(id uint64, from, to int64) Stream {
	return Stream{from: from, to: to, fill: func(p []byte, at int64) { pattern.Fill(p, id, to, at) }}
}

// Counted is a stream whose bytes are counted and never looked at, so that its source need not produce them.
func Counted(from, to int64) Stream { return Stream{from: from, to: to} }

// From is the offset of the stream's first byte.
func (s Stream) From() int64 { return s.from }

// To is the offset behind its last byte.
func (s Stream) To() int64 { return s.to }

// Size is how many bytes that is.
func (s Stream) Size() int64 { return s.to - s.from }

// Reader returns a reader of the whole stream, which never blocks.
func (s Stream) Reader() io.Reader { return &reader{s, s.from} }

type reader struct {
	stream Stream
	at     int64
}

func (r *reader) Read(p []byte) (int, error) {
	if r.at == r.stream.to && len(p) > 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), r.stream.to-r.at))
	if r.stream.fill != nil {
		r.stream.fill(p[:n], r.at)
	}
	r.at += int64(n)
	return n, nil
}

// Receiver returns what compares the bytes that come to one sink with the stream.
func (s Stream) Receiver() *Receiver { return &Receiver{stream: s, at: s.from} }

// Received returns a Receiver to which data has come.
func (s Stream) Received(data []byte) *Receiver {
	r := s.Receiver()
	r.Write(data)
	return r
}

// Receiver compares what is written to it with a stream, and keeps how much it was, not the bytes. Its methods may be called
// from several goroutines.
type Receiver struct {
	stream Stream

	mu  sync.Mutex // guards the fields below
	at  int64
	err error // the first difference
}

// Write takes the bytes that have come next. It always takes all of them, without an error: it is a sink's record, and Check tells
// what is wrong with it.
func (r *Receiver) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.stream.compare(p, r.at)
	}
	r.at += int64(len(p))
	return len(p), nil
}

// Len is how many bytes have come.
func (r *Receiver) Len() int64 { return r.end() - r.stream.from }

// Err is nil if they are the beginning of the stream, byte for byte.
func (r *Receiver) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// end is the offset behind them.
func (r *Receiver) end() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// compare returns an error unless p is what the stream has from at on.
func (s Stream) compare(p []byte, at int64) error {
	if int64(len(p)) > s.to-at {
		return fmt.Errorf("received %d bytes from byte %d on, of a stream that ends at byte %d", len(p), at, s.to)
	}
	switch {
	case s.fill == nil:
		return nil
	case s.data != nil:
		return differs(p, s.data[at:][:len(p)], at)
	}
	buf := make([]byte, min(len(p), 64<<10))
	for len(p) > 0 {
		want := buf[:min(len(buf), len(p))]
		s.fill(want, at)
		if err := differs(p[:len(want)], want, at); err != nil {
			return err
		}
		p, at = p[len(want):], at+int64(len(want))
	}
	return nil
}

// differs returns an error that tells the first byte at which got, from offset at on, is not want.
func differs(got, want []byte, at int64) error {
	if bytes.Equal(got, want) {
		return nil
	}
	i := 0
	for got[i] == want[i] {
		i++
	}
	return fmt.Errorf("received %#02x at byte %d, where the stream has %#02x", got[i], at+int64(i), want[i])
}
