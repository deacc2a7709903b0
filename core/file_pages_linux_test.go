package core

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// patterned returns a file of size bytes, whose offset is given, and what it has from there on. Equal bytes are never a page, or a part,
// from each other.
func patterned(t *testing.T, offset, size int) (f *os.File, data []byte) {
	t.Helper()
	data = make([]byte, size)
	for i := range data {
		data[i] = byte(i % 251)
	}
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "source"), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		_, err = f.Seek(int64(offset), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, data[offset:]
}

func pagesOf(t *testing.T, f *os.File) *filePages {
	t.Helper()
	pages := newFilePages(int(f.Fd()))
	if pages == nil {
		t.Fatal("it is not mapped")
	}
	return pages
}

// TestMapNext requires that the parts follow each other from the file's offset to its end, also where that moves, and none is larger than
// it may be.
func TestMapNext(t *testing.T) {
	const part = mappedPart
	for _, c := range []struct{ offset, size, parts int }{
		{0, part, 1}, {0, 3 * part, 3}, {0, 3*part + 1, 4}, {4097, 2*part + 4097, 3}, {part + 1, 2*part + 1, 2},
	} {
		t.Run(fmt.Sprintf("offset=%d/size=%d", c.offset, c.size), func(t *testing.T) {
			f, data := patterned(t, c.offset, c.size)
			pages := pagesOf(t, f)
			for range c.parts {
				part := pages.mapNext()
				if len(part.mem) > mappedPart || len(part.mem) > len(data) || !bytes.Equal(part.mem, data[:len(part.mem)]) {
					t.Fatalf("a part has %d bytes, or others than the next of %d", len(part.mem), len(data))
				}
				data = data[len(part.mem):]
				part.unmap()
				if part.mapping != nil || part.mem != nil {
					t.Error("a part that is not mapped has bytes")
				}
			}
			if part := pages.mapNext(); len(data) != 0 || part.mem != nil {
				t.Errorf("%d bytes of the file are left, the part behind the last has %d", len(data), len(part.mem))
			}
			more := []byte("more")
			f.WriteAt(more, int64(c.size))
			part := pages.mapNext()
			if !bytes.Equal(part.mem, more) {
				t.Errorf("then there is %q", part.mem)
			}
			part.unmap()
		})
	}
}

// TestNotMapped requires that no part is returned of what can't be mapped.
func TestNotMapped(t *testing.T) {
	pipe := newPrivatePipe(sys.DefaultPipeSize())
	defer pipe.close()
	if pages := newFilePages(pipe.r); pages != nil {
		t.Error("a pipe has pages")
	}
	f, _ := patterned(t, 0, minMapped)
	unreadable, err := os.OpenFile(f.Name(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unreadable.Close()
	if part := pagesOf(t, unreadable).mapNext(); part.mem != nil {
		t.Error("it was mapped for reading")
	}
	pages := pagesOf(t, f)
	pages.fd = -1
	if part := pages.mapNext(); part.mem != nil {
		t.Error("what is not open was mapped")
	}
}

// TestBring requires that the pump hears of each part, and that there won't be any more; and that those which it has not come to are
// unmapped in the end.
func TestBring(t *testing.T) {
	const parts = 3
	f, data := patterned(t, 0, parts*mappedPart)
	pages := pagesOf(t, f)
	ended, brought := make(chan struct{}), make(chan struct{})
	heard := make(chan struct{})
	go func() {
		defer close(brought)
		pages.bring(ended, func() { heard <- struct{}{} })
	}()
	for i := range parts {
		<-heard
		if !pages.come() || pages.ended {
			t.Fatalf("part %d has not come", i)
		}
		if !bytes.Equal(pages.part.mem, data[i*mappedPart:][:mappedPart]) {
			t.Errorf("part %d has other bytes", i)
		}
		pages.pass(mappedPart)
	}
	<-heard
	if pages.come() || !pages.ended {
		t.Error("there is no end")
	}
	close(ended)
	<-brought
}

// manualFile is a pump whose source is a file of so many parts from offset on, of which it has one when bring was called.
func manualFile(t *testing.T, offset, parts int, o Options) (m *manual, f *os.File, bring func()) {
	t.Helper()
	f, data := patterned(t, offset, parts*mappedPart)
	m = manualFrom(t, fileInput{fd: int(f.Fd()), kind: sys.File}, 2, o)
	if m.pages == nil {
		t.Fatal("nothing is mapped")
	}
	t.Cleanup(func() { m.pages.part.unmap() })
	return m, f, func() {
		part := m.pages.mapNext()
		m.fed = data[:len(m.fed)+len(part.mem)]
		m.pages.parts <- part
	}
}

// TestPagesGoRound requires that the pump finds nothing while no part is there, and that a part goes round as soon as it is.
func TestPagesGoRound(t *testing.T) {
	m, f, bring := manualFile(t, 1, 2, Options{Buffer: DefaultBuffer})
	if m.fill() || !m.reading {
		t.Error("found something where nothing is")
	}
	for range 2 {
		bring()
		if !m.fill() {
			t.Error("a part is nothing")
		}
		m.settle()
		m.takeAll()
	}
	if at, _ := unix.Seek(int(f.Fd()), 0, unix.SEEK_CUR); at != 2*mappedPart {
		t.Errorf("the offset is %d", at)
	}
	if close(m.pages.parts); m.fill() || m.reading || !m.handOver || !m.hasRead() {
		t.Error("the end of the parts was not found")
	}
}

// TestPagesAreNotPassed requires that no more is copied than the part has, when one sink lags.
func TestPagesAreNotPassed(t *testing.T) {
	m, _, bring := manualFile(t, 3, 2, Options{Buffer: 4 * mappedPart})
	m.holdNext = time.Now().Add(time.Hour) // it does not wait for slower sinks
	bring()
	for before := -1; before != m.took[0]; { // the other takes nothing
		before = m.took[0]
		m.settle()
		m.take(0, 1<<20)
	}
	if m.took[0] != len(m.fed) {
		t.Errorf("one sink has got %d bytes of %d", m.took[0], len(m.fed))
	}
	bring()
	m.settle()
	m.takeAll()
}

// TestPagesInVain requires that what was written in vain reaches nobody, when the file has become shorter.
func TestPagesInVain(t *testing.T) {
	m, f, bring := manualFile(t, 0, 2, Options{Buffer: DefaultBuffer})
	bring()
	m.admit()
	if err := f.Truncate(100); err != nil {
		t.Fatal(err)
	}
	if m.fill() || m.reading || !m.handOver || !m.hasRead() {
		t.Error("the file was read")
	}
	if m.carrier == nil {
		t.Fatal("nothing was written")
	}
	for i, pipe := range []*privatePipe{m.carrier, m.all[0].pipe, m.all[1].pipe} {
		if pipe == nil {
			continue
		}
		if n, err := unix.IoctlGetInt(pipe.r, unix.TIOCINQ); n != 0 || err != nil {
			t.Errorf("pipe %d holds %d bytes: %v", i, n, err)
		}
	}
	if m.all[0].pipe != nil {
		t.Error("the pipe that was written to is still there")
	}
}
