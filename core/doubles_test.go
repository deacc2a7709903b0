package core_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"yjoint/core"
	"yjoint/core/coretest"
)

// The faults that the doubles inject.
var (
	errWrite = errors.New("injected write error")
	errClose = errors.New("injected close error")
	errRead  = errors.New("injected read error")
)

// stream returns n bytes, the same at each call, in which no part looks like another.
func stream(n int) []byte {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(p)
	return p
}

// Recorder accepts everything and keeps it.
type Recorder struct {
	mu     sync.Mutex
	moved  sync.Cond // L is &mu once used
	got    []byte
	writes int
	closed int
}

func (r *Recorder) Write(p []byte) (int, error) {
	r.record(p)
	return len(p), nil
}

func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
	return nil
}

func (r *Recorder) record(p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, p...)
	r.writes++
	r.cond().Broadcast()
}

func (r *Recorder) cond() *sync.Cond {
	r.moved.L = &r.mu
	return &r.moved
}

// Await returns when n bytes have been accepted.
func (r *Recorder) Await(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.got) < n {
		r.cond().Wait()
	}
}

func (r *Recorder) Bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.got)
}

func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func (r *Recorder) Closed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// FailAfter accepts Limit bytes, the write that crosses it in part, and fails from then on.
type FailAfter struct {
	Recorder
	Limit int
}

func (w *FailAfter) Write(p []byte) (int, error) {
	if room := w.Limit - w.Len(); len(p) > room {
		w.record(p[:room])
		return room, errWrite
	}
	return w.Recorder.Write(p)
}

// FailAcross fails whole the write that would cross Limit.
type FailAcross struct {
	Recorder
	Limit int
}

func (w *FailAcross) Write(p []byte) (int, error) {
	if w.Len()+len(p) > w.Limit {
		return 0, errWrite
	}
	return w.Recorder.Write(p)
}

// ShortWriter accepts at most Most bytes of a write, without an error.
type ShortWriter struct {
	Recorder
	Most int
}

func (w *ShortWriter) Write(p []byte) (int, error) {
	return w.Recorder.Write(p[:min(len(p), w.Most)])
}

// FailClose accepts everything and fails when closed.
type FailClose struct{ Recorder }

func (w *FailClose) Close() error {
	w.Recorder.Close()
	return errClose
}

// Misreporter answers each write with N and Err, whatever it was given.
type Misreporter struct {
	Recorder
	N   int
	Err error
}

func (w *Misreporter) Write(p []byte) (int, error) {
	w.record(nil)
	return w.N, w.Err
}

// BlockedWriter accepts what was given until Limit bytes are there. The next write blocks, with its memory held, until
// Release is closed, and is accepted then.
type BlockedWriter struct {
	Recorder
	Limit   int
	Entered chan struct{} // closed when a write blocks
	Release chan struct{}
	held    []byte // of the write that blocks
	once    sync.Once
}

func newBlockedWriter(limit int) *BlockedWriter {
	return &BlockedWriter{Limit: limit, Entered: make(chan struct{}), Release: make(chan struct{})}
}

func (w *BlockedWriter) Write(p []byte) (int, error) {
	if w.Len()+len(p) > w.Limit {
		w.once.Do(func() {
			w.held = p
			close(w.Entered)
		})
		<-w.Release
	}
	return w.Recorder.Write(p)
}

// FreedByClose is a BlockedWriter whose Close lets the blocked write fail.
type FreedByClose struct {
	*BlockedWriter
	freed chan struct{}
}

func (w *FreedByClose) Write(p []byte) (int, error) {
	close(w.Entered)
	<-w.freed
	return 0, io.ErrClosedPipe
}

func (w *FreedByClose) Close() error {
	close(w.freed)
	return w.Recorder.Close()
}

// Scribbler appends to each slice that it is given, as soon as Behind says that more has been read.
type Scribbler struct {
	Recorder
	Behind func()
}

func (w *Scribbler) Write(p []byte) (int, error) {
	w.Behind()
	_ = append(p, "overwritten by a neighbour"...) //lint:ignore SA1023 it is what the window must survive
	return w.Recorder.Write(p)
}

// PieceReader delivers its bytes in pieces of the given sizes, over and over.
type PieceReader struct {
	Data  []byte
	Sizes []int
	End   error // at the end; nil means io.EOF
	turn  int
}

func (r *PieceReader) Read(p []byte) (int, error) {
	if len(r.Data) == 0 {
		if r.End != nil {
			return 0, r.End
		}
		return 0, io.EOF
	}
	n := min(r.Sizes[r.turn%len(r.Sizes)], len(p), len(r.Data))
	r.turn++
	copy(p, r.Data[:n])
	r.Data = r.Data[n:]
	return n, nil
}

// FeedReader delivers what is sent to it, a piece per Read where it fits, and io.EOF once it is closed.
type FeedReader struct {
	pieces chan []byte
	rest   []byte
}

func newFeedReader() *FeedReader { return &FeedReader{pieces: make(chan []byte)} }

// Feed returns when the piece has been taken.
func (r *FeedReader) Feed(p []byte) { r.pieces <- p }

func (r *FeedReader) Close() { close(r.pieces) }

func (r *FeedReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		piece, open := <-r.pieces
		if !open {
			return 0, io.EOF
		}
		r.rest = piece
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Misreader answers each read with N and Err.
type Misreader struct {
	N     int
	Err   error
	Calls int
}

func (r *Misreader) Read(p []byte) (int, error) {
	r.Calls++
	return r.N, r.Err
}

// sink is a sink that writes to w.
func sink(name string, w io.Writer) core.Sink { return core.Sink{Name: name, Writer: w} }

// checkPrefix requires that got is exactly what the report says the sink accepted, and the verdict.
func checkPrefix(t *testing.T, data []byte, rep core.SinkReport, got []byte, want core.Verdict) {
	t.Helper()
	if rep.Verdict != want {
		t.Errorf("%s: verdict %q (%s: %v), want %q", rep.Name, rep.Verdict, rep.Op, rep.Err, want)
	}
	holds := coretest.Bytes(data).Received(got)
	if holds.Err() != nil || holds.Len() != rep.Accepted {
		t.Errorf("%s: holds %d bytes, of %d that it reports: %v", rep.Name, holds.Len(), rep.Accepted, holds.Err())
	}
	if want == core.Complete && rep.Accepted != int64(len(data)) {
		t.Errorf("%s: complete with %d of %d bytes", rep.Name, rep.Accepted, len(data))
	}
}
