package core_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core"
)

// checkDigests requires that the digests are those of the source's bytes and of what each sink accepted, and that none is given where
// nobody knows exactly what that was.
func checkDigests(t *testing.T, data []byte, rep core.Report) {
	t.Helper()
	check := func(name string, got []byte, n int64, exact bool) {
		t.Helper()
		want := sha256.Sum256(data[:n])
		if exact && !bytes.Equal(got, want[:]) {
			t.Errorf("%s: digest %x, that of its %d bytes is %x", name, got, n, want)
		}
		if !exact && got != nil {
			t.Errorf("%s: digest %x of what may be more than %d bytes", name, got, n)
		}
	}
	check("source", rep.Source.Digest, rep.Source.Bytes, true)
	for _, s := range rep.Sinks {
		check(s.Name, s.Digest, s.Accepted, !s.AtLeast && s.Op != core.OpOpen)
	}
}

func TestDigestErrorAtByte(t *testing.T) {
	data := stream(6*chunk + 1000)
	for _, k := range []int{0, 1, 1000, chunk - 1, chunk, chunk + 1, 5*chunk + 1, len(data) - 1} {
		t.Run(key("byte", k), func(t *testing.T) {
			rep, _ := run(t, data, core.Options{Digest: sha256.New()}, sink("a", &FailAfter{Limit: k}), sink("b", &Recorder{}),
				sink("c", &FailAfter{Limit: k / 2}), sink("d", &FailAcross{Limit: k}), sink("e", &FailClose{}))
			checkVerdicts(t, rep, core.Failed, core.Complete, core.Failed, core.Failed, core.Failed)
			checkDigests(t, data, rep)
			if rep.Sinks[0].Accepted != int64(k) || rep.Source.Bytes != int64(len(data)) {
				t.Errorf("accepted %d, read %d", rep.Sinks[0].Accepted, rep.Source.Bytes)
			}
		})
	}
}

// TestDigestSweep puts the fault at every byte of a short stream, in windows of many small chunks.
func TestDigestSweep(t *testing.T) {
	data := stream(64)
	for _, buffer := range []int64{1, 3, 16, 64, 100} {
		for k := range data {
			source := core.Source{Reader: &PieceReader{Data: data, Sizes: []int{1, 7, 3, 30}}}
			rep, _ := start(t, source, core.Options{Buffer: buffer, Digest: sha256.New()}, sink("whole", &FailAcross{Limit: k}),
				sink("part", &FailAfter{Limit: k}), sink("short", &ShortWriter{Most: 1})).Wait(t)
			checkVerdicts(t, rep, core.Failed, core.Failed, core.Complete)
			checkDigests(t, data, rep)
		}
	}
}

// TestDigestOfAllFailed requires digests where no sink gets the end, and where the source fails.
func TestDigestOfAllFailed(t *testing.T) {
	data := stream(2*chunk + 3)
	rep, _ := run(t, data, core.Options{Digest: sha256.New()}, sink("a", &FailAfter{Limit: chunk + 7}), sink("b", &FailAfter{Limit: 5}))
	checkVerdicts(t, rep, core.Failed, core.Failed)
	checkDigests(t, data, rep)

	source := core.Source{Reader: &PieceReader{Data: data, Sizes: []int{4097}, End: errRead}}
	rep, _ = start(t, source, core.Options{Digest: sha256.New()}, sink("a", &Recorder{}), sink("b", &FailAfter{Limit: 5})).Wait(t)
	checkVerdicts(t, rep, core.Cancelled, core.Failed)
	checkDigests(t, data, rep)
}

// TestDigestOfUnknown requires none where a sink may have accepted more than is known, or was never opened.
func TestDigestOfUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := stream(2 * chunk)
		blocked := newBlockedWriter(1000)
		source := core.Source{Reader: &PieceReader{Data: data, Sizes: []int{1000}}}
		rep, _ := start(t, source, core.Options{Digest: sha256.New(), StallTimeout: time.Second}, sink("blocked", blocked),
			sink("misreports", &Misreporter{N: 1 << 30}), core.Sink{Name: "absent", OpenErr: os.ErrNotExist}, sink("well", &Recorder{})).Wait(t)
		checkVerdicts(t, rep, core.Stalled, core.Failed, core.NotOpened, core.Complete)
		checkDigests(t, data, rep)
		if !rep.Sinks[0].AtLeast || !rep.Sinks[1].AtLeast {
			t.Errorf("sinks %+v", rep.Sinks)
		}
		close(blocked.Release)
	})
}

// TestNoDigest requires none where none is asked for.
func TestNoDigest(t *testing.T) {
	rep, _ := run(t, stream(100), core.Options{}, sink("a", &Recorder{}), sink("b", &FailAfter{Limit: 5}))
	if rep.Source.Digest != nil || rep.Sinks[0].Digest != nil || rep.Sinks[1].Digest != nil {
		t.Errorf("report %+v", rep)
	}
}

// failsLate is a BlockedWriter that takes 3 bytes of the write that has blocked, and then fails.
type failsLate struct{ *BlockedWriter }

func (w failsLate) Write(p []byte) (int, error) {
	if w.Len()+len(p) <= w.Limit {
		return w.Recorder.Write(p)
	}
	close(w.Entered)
	<-w.Release
	n := min(3, len(p))
	w.record(p[:n])
	return n, errWrite
}

// TestDigestRunAhead requires that the digest takes nothing of what the others may run ahead of a sink that pauses in mid-chunk, and
// doesn't run ahead itself: the sink fails there.
func TestDigestRunAhead(t *testing.T) {
	const pause = 1000
	for _, buffer := range []int{1, 100, 4096, 1 << 20, 1<<20 + 7} {
		t.Run(key("buffer", buffer), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				data := stream(3*buffer + 2*pause)
				pausing, other, feed := newBlockedWriter(pause), &Recorder{}, newFeedReader()
				r := start(t, core.Source{Reader: feed}, core.Options{Buffer: int64(buffer), Digest: sha256.New()},
					sink("pausing", failsLate{pausing}), sink("other", other))
				feed.Feed(data[:pause])
				pausing.Await(pause)
				feed.Feed(data[pause:])
				<-pausing.Entered
				other.Await(pause + buffer) // a deadlock if it is less
				close(pausing.Release)
				feed.Close()
				rep, _ := r.Wait(t)
				checkVerdicts(t, rep, core.Failed, core.Complete)
				checkDigests(t, data, rep)
			})
		})
	}
}

// TestDigestReadAhead requires that as much is read ahead of the only sink as without a digest.
func TestDigestReadAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := stream(8 * chunk)
		w, feed := newBlockedWriter(1000), newFeedReader()
		r := start(t, core.Source{Reader: feed}, core.Options{Digest: sha256.New()}, sink("a", w))
		feed.Feed(data[:1000])
		w.Await(1000)
		feed.Feed(data[1000:])
		synctest.Wait()
		if read := r.Monitor.Status().Read; read != 1000+core.DefaultBuffer {
			t.Errorf("%d bytes are read", read)
		}
		close(w.Release)
		feed.Close()
		rep, _ := r.Wait(t)
		checkDigests(t, data, rep)
	})
}

// pausingHash waits in its first Write until it is released.
type pausingHash struct {
	hash.Hash
	entered, release chan struct{} // the first is closed by Write
	begun            bool
}

func (h *pausingHash) Write(p []byte) (int, error) {
	if !h.begun {
		h.begun = true
		close(h.entered)
		<-h.release
	}
	return h.Hash.Write(p)
}

// TestDigestLags requires that a slow hash holds up nobody until the window is full, and then the source, so that memory is bounded.
func TestDigestLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := stream(8 * chunk)
		slow := &pausingHash{Hash: sha256.New(), entered: make(chan struct{}), release: make(chan struct{})}
		a, b := &Recorder{}, &FailAfter{Limit: 3*chunk + 5}
		r := start(t, core.Source{Reader: bytes.NewReader(data)}, core.Options{Digest: slow}, sink("a", a), sink("b", b))
		<-slow.entered
		a.Await(4 * chunk)
		synctest.Wait()
		if a.Len() != 4*chunk {
			t.Errorf("with %d bytes of buffer %d were passed on beside a hash that has taken none", 4*chunk, a.Len())
		}
		close(slow.release)
		rep, _ := r.Wait(t)
		checkVerdicts(t, rep, core.Complete, core.Failed)
		checkDigests(t, data, rep)
	})
}

// TestDigestAlreadyUsed requires that the hash is only added to: what was written to it before counts.
func TestDigestAlreadyUsed(t *testing.T) {
	h := sha256.New()
	h.Write([]byte("head"))
	rep, _ := run(t, []byte("body"), core.Options{Digest: h}, sink("a", &FailAfter{Limit: 2}), sink("b", &Recorder{}))
	for n, got := range map[string][]byte{"headbo": rep.Sinks[0].Digest, "headbody": rep.Source.Digest} {
		if want := sha256.Sum256([]byte(n)); !bytes.Equal(got, want[:]) {
			t.Errorf("%x is not the digest of %q", got, n)
		}
	}
}

// TestDigestPipes requires the digests of pipes, whose bytes come in whatever pieces, and of a file beside them, on both paths.
func TestDigestPipes(t *testing.T) {
	data := stream(3 << 20)
	for _, portable := range []bool{false, true} {
		for _, k := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2<<20 + 17} {
			t.Run(fmt.Sprintf("portable=%t/byte=%d", portable, k), func(t *testing.T) {
				in, feed := core.OSPipe(t)
				go func() {
					feed.Write(data)
					feed.Close()
				}()
				file, err := os.Create(filepath.Join(t.TempDir(), "file"))
				if err != nil {
					t.Fatal(err)
				}
				dying, w1 := core.OSPipe(t)
				living, w2 := core.OSPipe(t)
				go io.Copy(io.Discard, living)
				go func() {
					io.CopyN(io.Discard, dying, int64(k))
					dying.Close()
				}()
				rep, err := start(t, core.Source{Reader: in}, core.Options{Portable: portable, Digest: sha256.New()},
					sink("dying", w1), sink("living", w2), sink("file", file)).Wait(t)
				checkVerdicts(t, rep, core.Failed, core.Complete, core.Complete)
				checkDigests(t, data, rep)
				if s := rep.Sinks[0]; s.Accepted < int64(k) || !errors.Is(err, s.Err) || rep.Shared != 0 {
					t.Errorf("sink %+v, shared %d, error %v", s, rep.Shared, err)
				}
			})
		}
	}
}
