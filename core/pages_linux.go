package core

import (
	"os"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

const (
	// mappedPart is how much of a file is mapped at once, in bytes. Larger parts are no faster, and all that is mapped counts as memory of
	// the process.
	mappedPart = 1 << 20
	// minMapped is how large a file must be to be worth a mapping.
	minMapped = mappedPart
	// readAhead is how far ahead of a part that is mapped the disk is asked for another. By itself the kernel reads less ahead for a mapping
	// than for read(2).
	readAhead = 4 * mappedPart
)

// filePages are those of a regular file that is the source. The pump writes them into a pipe right out of the page cache: one copy, where
// read(2) and write(2) make two. The file may change meanwhile, since every byte is copied once for all sinks.
//
// The source's goroutine maps one part after the other and has its pages read in, which takes as long as the disk does; so the pump,
// which must not wait for that, finds them there. Nobody but the kernel looks at the mapped memory: where a page can't be had, since the
// file has become shorter or the disk fails, a call fails, and nothing else. From there on the file is read by read(2), which tells why.
type filePages struct {
	fd    int
	next  int64         // offset in the file from where on nothing was mapped; the source's goroutine's
	parts chan filePart // those that the pump has not come to; closed when there won't be more
	part  filePart      // the one that it is at
	ended bool          // there are no more
}

// filePart is a part of the file, in memory.
type filePart struct {
	mapping []byte // to be unmapped
	mem     []byte // what of it has not been read
	at      int64  // mem's offset in the file
}

// newFilePages returns nil if too little of the file is left.
func newFilePages(fd int) *filePages {
	at, err := unix.Seek(fd, 0, unix.SEEK_CUR)
	if err != nil || fileSize(fd)-at < minMapped {
		return nil
	}
	return &filePages{fd: fd, next: at, parts: make(chan filePart, 1)}
}

// fileSize returns 0 if the size can't be had: read(2) tells why.
func fileSize(fd int) int64 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Size
}

// bring maps part after part, and rings for each, until there is nothing more to map or ended is closed. It is the source's goroutine's.
func (f *filePages) bring(ended <-chan struct{}, ring func()) {
	for part := f.mapNext(); len(part.mem) > 0; part = f.mapNext() {
		select {
		case f.parts <- part:
			ring()
			continue
		case <-ended:
			part.unmap()
		}
		break
	}
	close(f.parts)
	ring()
	<-ended
	for part := range f.parts {
		part.unmap()
	}
}

// mapNext returns the next part, whose pages are there. It is empty at the end of the file, and where the file can't be mapped, be it before
// Linux 5.14: read(2) tells why, if there is anything to tell.
func (f *filePages) mapNext() filePart {
	size := fileSize(f.fd)
	if size <= f.next {
		return filePart{}
	}
	start := f.next - f.next%int64(os.Getpagesize())
	n := min(size-start, mappedPart)
	f.request(start + readAhead)
	mapping, err := unix.Mmap(f.fd, start, int(n), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return filePart{}
	}
	part := filePart{mapping, mapping[f.next-start:], f.next}
	if err := unix.Madvise(mapping, unix.MADV_POPULATE_READ); err != nil {
		part.unmap()
	}
	f.next = start + n
	return part
}

// request has the disk begin to read the part from at on, if its first byte isn't there.
func (f *filePages) request(at int64) {
	if n, _ := unix.Preadv2(f.fd, [][]byte{make([]byte, 1)}, at, unix.RWF_NOWAIT); n < 1 {
		unix.Fadvise(f.fd, at, mappedPart, unix.FADV_WILLNEED)
	}
}

// unmap leaves nothing of it.
func (p *filePart) unmap() {
	if p.mapping != nil {
		unix.Munmap(p.mapping)
	}
	*p = filePart{}
}

// come goes on to the next part if nothing is left of this one. It returns whether there are bytes; if not, ended says that none
// will be.
func (f *filePages) come() bool {
	if len(f.part.mem) > 0 {
		return true
	}
	f.part.unmap()
	select {
	case part, more := <-f.parts:
		f.part, f.ended = part, !more
		return more
	default:
		return false
	}
}

// writeTo writes up to n bytes of the part into the pipe w, which is empty, and goes on behind them. Of what it has written in vain when
// it returns false nothing counts: the file has become shorter, or can't be read.
func (f *filePages) writeTo(w int, n int64) (wrote int64, ok bool) {
	took, err := sys.Write(w, f.part.mem[:min(n, int64(len(f.part.mem)))])
	if err != nil {
		return 0, false
	}
	wrote = int64(took)
	// What the last page of a file has behind its end never was in the file.
	if fileSize(f.fd) < f.part.at+wrote {
		return wrote, false
	}
	unix.Seek(f.fd, wrote, unix.SEEK_CUR) // as if it had been read, for whoever reads on from there
	f.pass(took)
	return wrote, true
}

// pass notes that n bytes of the part have been read.
func (f *filePages) pass(n int) {
	f.part.mem = f.part.mem[n:]
	f.part.at += int64(n)
}
