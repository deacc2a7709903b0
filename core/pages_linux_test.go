package core_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// sourceFile is a file of which a run reads from some offset on.
type sourceFile struct {
	*os.File
	data []byte // from there on
}

func newSourceFile(t *testing.T, offset, size int) *sourceFile {
	t.Helper()
	data := stream(size)
	path := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(path, append(make([]byte, offset), data...), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_, err = f.Seek(int64(offset), io.SeekStart)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &sourceFile{f, data}
}

// mapped reports whether a part of the file is mapped.
func (f *sourceFile) mapped(t *testing.T) bool {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(maps), f.Name())
}

// allRound has what is mapped go round from the first moment on, whenever the sinks come and however late the readers are. The window is of
// a single chunk, so no sink is ever in the midst of it, to be waited for, but not for long on a busy machine; and all that may have been read
// before, and a round, fit into the outputs.
var allRound = core.Options{Buffer: 4 << 10}

// onWrite calls do at the nth write(2) of as much as allRound's rounds move, which is one into a pipe of the run's own, and of what is
// mapped, if anything is. It fails the call if do returns an error.
func onWrite(t *testing.T, nth int, do func() error) {
	var mu sync.Mutex
	n := 0
	t.Cleanup(sys.Intercept(func(call sys.Call) (int64, error) {
		mu.Lock()
		defer mu.Unlock()
		if call.Name == "write" && call.N == allRound.Buffer { // others are for wakes
			if n++; n == nth {
				return call.N, do()
			}
		}
		return call.N, nil
	}))
}

// pipes returns sinks that are pipes, and what their readers get.
func pipes(t *testing.T, n int) (sinks []core.Sink, got []<-chan []byte) {
	for i := range n {
		r, w := newNonblockPipe(t)
		sinks, got = append(sinks, sink(fmt.Sprint(i), w)), append(got, collect(r))
	}
	return sinks, got
}

func onLinuxPath(t *testing.T) {
	t.Helper()
	if pathWanted() != core.PathLinux {
		t.Skip("nothing is mapped on this path")
	}
}

// TestPages requires that a file which is large enough is mapped, from wherever its offset is and whatever its size, that all sinks get
// what it has from there on, that its offset is at its end then, and that nothing is mapped any more.
func TestPages(t *testing.T) {
	onLinuxPath(t)
	const part = 1 << 20
	for _, c := range []struct {
		offset, size int
		mapped       bool
	}{
		{0, part, true}, {0, part - 1, false}, {0, 3*part + 12345, true}, {1, part + 1, true},
		{4095, 2*part - 4095, true}, {part + 4097, 5 * part, true}, {part, part - 1, false},
	} {
		t.Run(fmt.Sprintf("offset=%d/size=%d", c.offset, c.size), func(t *testing.T) {
			f := newSourceFile(t, c.offset, c.size)
			mapped := false
			onWrite(t, 1, func() error { mapped = f.mapped(t); return nil })
			sinks, got := pipes(t, 2)
			rep, err := start(t, core.Source{Reader: f.File}, allRound, sinks...).Wait(t)
			if err != nil || rep.Source.Bytes != int64(c.size) || !rep.Source.Ended || rep.Path != core.PathLinux || rep.Shared != 0 {
				t.Errorf("%+v, %v", rep, err)
			}
			if mapped != c.mapped {
				t.Errorf("mapped: %t", mapped)
			}
			requireAll(t, got, f.data)
			if at, _ := f.Seek(0, io.SeekCurrent); at != int64(c.offset+c.size) {
				t.Errorf("the offset is %d, want %d", at, c.offset+c.size)
			}
			if f.mapped(t) {
				t.Error("a part is still mapped")
			}
		})
	}
}

func requireAll(t *testing.T, got []<-chan []byte, want []byte) {
	t.Helper()
	for i, all := range got {
		if data := <-all; !bytes.Equal(data, want) {
			t.Errorf("sink %d got %d bytes, want %d, or others", i, len(data), len(want))
		}
	}
}

// TestPagesChange has a file change, or become unreadable, at the moment when a part of it is to be written: all sinks get what read(2)
// returns, and not what a page has behind the end of its file.
func TestPagesChange(t *testing.T) {
	onLinuxPath(t)
	const size = 3<<20 + 10
	for _, c := range []struct {
		name string
		do   func(f *sourceFile, at int64) (want int64, err error)
	}{
		{"cut in a page", func(f *sourceFile, at int64) (int64, error) { return at + 100_001, f.Truncate(at + 100_001) }},
		{"cut between pages", func(f *sourceFile, at int64) (int64, error) { return at + 8192, f.Truncate(at + 8192) }},
		{"cut where nothing is read yet", func(f *sourceFile, _ int64) (int64, error) { return size - 5000, f.Truncate(size - 5000) }},
		{"cut here", func(f *sourceFile, at int64) (int64, error) { return at, f.Truncate(at) }},
		{"cut where it was read already", func(f *sourceFile, at int64) (int64, error) { return at, f.Truncate(at / 2) }},
		{"longer", func(f *sourceFile, _ int64) (int64, error) {
			f.data = append(f.data, stream(2<<20)...)
			_, err := f.WriteAt(f.data[size:], size)
			return int64(len(f.data)), err
		}},
		{"unreadable", func(*sourceFile, int64) (int64, error) { return size, unix.EFAULT }},
	} {
		for _, nth := range []int{1, 2} {
			t.Run(fmt.Sprintf("change=%s/write=%d", c.name, nth), func(t *testing.T) {
				f := newSourceFile(t, 0, size)
				want := int64(-1)
				onWrite(t, nth, func() (err error) {
					at, _ := f.Seek(0, io.SeekCurrent)
					want, err = c.do(f, at)
					return err
				})
				sinks, got := pipes(t, 2)
				rep, err := start(t, core.Source{Reader: f.File}, allRound, sinks...).Wait(t)
				if err != nil || rep.Source.Bytes != want {
					t.Fatalf("%d bytes, want %d, error %v", rep.Source.Bytes, want, err)
				}
				requireAll(t, got, f.data[:want])
				if f.mapped(t) {
					t.Error("a part is still mapped")
				}
			})
		}
	}
}

// TestPagesEnd ends runs that have parts mapped: none stays so.
func TestPagesEnd(t *testing.T) {
	onLinuxPath(t)
	for name, end := range map[string]func(r *Running, readers []*os.File){
		"cancelled":       func(r *Running, _ []*os.File) { r.Cancel(nil) },
		"without readers": func(_ *Running, readers []*os.File) { readers[0].Close(); readers[1].Close() },
	} {
		t.Run("end="+name, func(t *testing.T) {
			f := newSourceFile(t, 0, 20<<20)
			r1, w1 := newNonblockPipe(t)
			r2, w2 := newNonblockPipe(t)
			r := start(t, core.Source{Reader: f.File}, core.Options{}, sink("a", w1), sink("b", w2))
			take(t, r1, 1<<20)
			take(t, r2, 1<<20)
			eventually(t, func() bool { return f.mapped(t) }) // all is full
			end(r, []*os.File{r1, r2})
			r.Wait(t)
			if f.mapped(t) {
				t.Error("a part is still mapped")
			}
		})
	}
}

// TestPagesLeft requires that a file which was mapped at first is read whole and once where not all sinks are pipes, and by read(2) then.
func TestPagesLeft(t *testing.T) {
	onLinuxPath(t)
	f := newSourceFile(t, 0, 8<<20+1)
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	sinks, got := pipes(t, 1)
	r, w := newNonblockPipe(t)
	run := start(t, core.Source{Reader: f.File}, core.Options{}, append(sinks, sink("pipe", w), sink("file", out))...)
	data := take(t, r, 5<<20)
	eventually(t, func() bool { return !f.mapped(t) })
	data = append(data, take(t, r, len(f.data)-len(data))...)
	if _, err := run.Wait(t); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(data, f.data) {
		t.Error("the pipe got other bytes")
	}
	requireAll(t, got, f.data)
	if data, err := os.ReadFile(out.Name()); !bytes.Equal(data, f.data) {
		t.Errorf("the file has %d bytes (%v)", len(data), err)
	}
}

// TestPagesBehind requires that what one sink does not take yet is copied for the others, and nothing read twice or left out.
func TestPagesBehind(t *testing.T) {
	onLinuxPath(t)
	f := newSourceFile(t, 3, 20<<20)
	r1, w1 := newNonblockPipe(t)
	r2, w2 := newNonblockPipe(t)
	run := start(t, core.Source{Reader: f.File}, core.Options{Buffer: 8 << 20}, sink("a", w1), sink("b", w2))
	data := take(t, r1, 7<<20)
	got := []<-chan []byte{collect(io.MultiReader(bytes.NewReader(data), r1)), collect(r2)}
	if _, err := run.Wait(t); err != nil {
		t.Error(err)
	}
	requireAll(t, got, f.data)
}
