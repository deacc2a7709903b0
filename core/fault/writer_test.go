package fault

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// writes makes a Write for each piece of the text between bars, and returns the errors.
func writes(t *testing.T, w io.Writer, pieces string) (failed []error) {
	t.Helper()
	for p := range strings.SplitSeq(pieces, "|") {
		n, err := io.WriteString(w, p)
		if err == nil && n < len(p) {
			t.Errorf("%d of %d bytes, and no error", n, len(p))
		}
		failed = append(failed, err)
	}
	return failed
}

func TestWriter(t *testing.T) {
	short := io.ErrShortWrite
	for _, tt := range []struct {
		plan, pieces, accepted string
		failed                 []error
	}{
		{"", "abcd|ef", "abcdef", []error{nil, nil}},
		{"at 5 ENOSPC", "abcd|efgh|ij", "abcde", []error{nil, syscall.ENOSPC, syscall.ENOSPC}},
		{"at 4 ENOSPC", "abcd|ef", "abcd", []error{nil, syscall.ENOSPC}},
		{"at 0 EIO*1", "ab|cd", "cd", []error{syscall.EIO, nil}},
		{"at 5 EINTR*1", "abcd|efgh|ij", "abcdeij", []error{nil, syscall.EINTR, nil}},
		{"across 5 ENOSPC", "abcd|efgh|i|j", "abcdi", []error{nil, syscall.ENOSPC, nil, syscall.ENOSPC}},
		{"at 2 short 1", "abcdef|gh", "abcgh", []error{short, nil}},
		{"every 2 EINTR", "abcde|fg|h", "abfg", []error{syscall.EINTR, nil, syscall.EINTR}},
		{"call 2 EIO*1", "ab|cd|ef", "abef", []error{nil, syscall.EIO, nil}},
		{"close EIO", "ab", "ab", []error{nil}},
	} {
		t.Run("plan="+tt.plan, func(t *testing.T) {
			var buf bytes.Buffer
			w, err := NewWriter(&buf, MustParse(tt.plan))
			if err != nil {
				t.Fatal(err)
			}
			failed := writes(t, w, tt.pieces)
			for i := range failed {
				if !errors.Is(failed[i], tt.failed[i]) {
					t.Errorf("write %d: got %v, want %v", i, failed[i], tt.failed[i])
				}
			}
			if buf.String() != tt.accepted || w.Injector().Offset(OpWrite) != int64(len(tt.accepted)) {
				t.Errorf("accepted %q (%d), want %q", &buf, w.Injector().Offset(OpWrite), tt.accepted)
			}
			if u := w.Injector().Unfired(); len(u) > 0 && tt.plan != "close EIO" {
				t.Error(u)
			}
		})
	}
}

// Underneath is a writer that takes at most Most bytes at once, and tells whether it was closed.
type Underneath struct {
	bytes.Buffer
	Most    int
	closed  bool
	closing error // what Close returns
}

func (u *Underneath) Write(p []byte) (int, error) { return u.Buffer.Write(p[:min(len(p), u.Most)]) }

func (u *Underneath) Close() error { u.closed = true; return u.closing }

// TestWriterCountsWhatWasTaken requires that offsets are of bytes that the underlying writer has accepted.
func TestWriterCountsWhatWasTaken(t *testing.T) {
	u := &Underneath{Most: 3}
	w, _ := NewWriter(u, MustParse("at 5 EIO; close ENOSPC; fsync EIO*1"))
	if n, err := io.WriteString(w, "abcdefgh"); n != 3 || err != io.ErrShortWrite {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := io.WriteString(w, "defgh"); n != 2 || err != syscall.EIO || u.String() != "abcde" {
		t.Errorf("got %d, %v, %q", n, err, u)
	}
	if err := w.Sync(); err != syscall.EIO {
		t.Errorf("sync: %v", err)
	}
	if err := w.Sync(); err != nil {
		t.Errorf("second sync: %v", err)
	}
	// A close that fails still closes.
	if err := w.Close(); err != syscall.ENOSPC || !u.closed {
		t.Errorf("close: %v, closed %v", err, u.closed)
	}
}

func TestWriterStalls(t *testing.T) {
	file := filepath.Join(t.TempDir(), "go on")
	synctest.Test(t, func(t *testing.T) {
		var buf bytes.Buffer
		w, err := NewWriter(&buf, MustParse(`at 1 stall 1h*2; at 3 stall until "`+file+`"; at 4 rate 2/s`))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		io.WriteString(w, "ab")
		if d := time.Since(began); d != time.Hour || buf.String() != "ab" {
			t.Errorf("%q after %v", &buf, d)
		}
		io.WriteString(w, "c")
		if d := time.Since(began); d != 2*time.Hour {
			t.Errorf("second stall: after %v", d)
		}
		written := make(chan struct{})
		go func() {
			io.WriteString(w, "d")
			close(written)
		}()
		time.Sleep(time.Second)
		select {
		case <-written:
			t.Error("it did not wait for the file")
		default:
		}
		os.WriteFile(file, nil, 0o600)
		<-written
		began = time.Now()
		io.WriteString(w, "efghij")
		if d := time.Since(began); d != 3*time.Second {
			t.Errorf("6 bytes at 2/s took %v", d)
		}
	})
}

// TestCloseEndsStall requires that whatever a call waits for ends with Close, from another goroutine.
func TestCloseEndsStall(t *testing.T) {
	for action, accepted := range map[string]string{
		"stall forever":            "ab",
		"stall 1h":                 "ab",
		`stall until "/no such/x"`: "ab",
		"rate 1/s":                 "abc",
	} {
		synctest.Test(t, func(t *testing.T) {
			var buf bytes.Buffer
			w, _ := NewWriter(&buf, MustParse("at 2 "+action))
			go func() {
				time.Sleep(time.Millisecond / 2)
				w.Close()
			}()
			if n, err := io.WriteString(w, "abcdef"); n != len(accepted) || err != os.ErrClosed || buf.String() != accepted {
				t.Errorf("%s: got %d, %v, %q", action, n, err, &buf)
			}
			r, _ := NewReader(strings.NewReader("abcdef"), MustParse("read at 2 "+action))
			go func() {
				time.Sleep(time.Millisecond / 2)
				r.Close()
			}()
			p, got := make([]byte, 9), 0
			n, err := r.Read(p)
			for ; n > 0; n, err = r.Read(p[got:]) {
				got += n
			}
			if string(p[:got]) != accepted || err != os.ErrClosed {
				t.Errorf("%s: got %q, %v", action, p[:got], err)
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || err != os.ErrClosed {
				t.Errorf("%s: after Close: %d, %v", action, n, err)
			}
		})
	}
}

func TestReader(t *testing.T) {
	for _, tt := range []struct {
		plan, want string
		err        error
	}{
		{"", "abcdef", nil},
		{"read at 4 EIO", "abcd", syscall.EIO},
		{"read at 0 EIO", "", syscall.EIO},
		{"read at 6 EIO", "abcdef", syscall.EIO},
		{"read at 2 short 1 -> EINTR*1", "abc", syscall.EINTR},
	} {
		r, err := NewReader(strings.NewReader("abcdef"), MustParse(tt.plan))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != tt.want || err != tt.err {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.plan, got, err, tt.want, tt.err)
		}
	}
	for plan, want := range map[string]error{"close EIO": syscall.EIO, "close ok -> EIO": syscall.ENXIO} {
		r, _ := NewReader(&Underneath{closing: syscall.ENXIO}, MustParse(plan))
		if err := r.Close(); err != want || !r.from.(*Underneath).closed {
			t.Errorf("%s: %v, want %v", plan, err, want)
		}
	}
}

func TestReaderRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := NewReader(strings.NewReader("abcdef"), MustParse("read at 2 rate 2/s"))
		began := time.Now()
		if got, err := io.ReadAll(r); string(got) != "abcdef" || err != nil || time.Since(began) != 2*time.Second {
			t.Errorf("%q, %v, after %v", got, err, time.Since(began))
		}
	})
}
