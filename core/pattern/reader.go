package pattern

import (
	"errors"
	"io"
)

// errSeek is what Seek returns for a position before the stream.
var errSeek = errors.New("pattern: seek to a negative offset")

// errWhence is what Seek returns for an unknown whence.
var errWhence = errors.New("pattern: seek with an unknown whence")

// A Reader generates a stream. It implements [io.ReadSeeker], and leaves out
// [io.WriterTo] so that the buffer is always the caller's. It is not safe for
// use by several goroutines at a time.
type Reader struct {
	id     uint64
	size   int64 // at least 0
	offset int64 // of the next byte to read; beyond size after such a Seek
}

// NewReader returns a Reader at the start of the stream with that id and size
// in bytes. A negative size counts as 0.
func NewReader(id uint64, size int64) *Reader {
	return &Reader{id: id, size: max(size, 0)}
}

// Read fills p, less only at the end of the stream, from where on it returns
// [io.EOF]. It returns no other error and never blocks.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n := Fill(p, r.id, r.size, r.offset)
	if n == 0 {
		return 0, io.EOF
	}
	r.offset += int64(n)
	return n, nil
}

// Seek makes offset the position of the next Read, as [io.Seeker] says. It
// costs the same at any distance. A position beyond the size is allowed; Read
// returns [io.EOF] there. After an error the position is what it was.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	var base int64
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		base = r.offset
	case io.SeekEnd:
		base = r.size
	default:
		return 0, errWhence
	}
	// The sum of a base of at least 0 and a large offset may wrap, to below 0.
	to := base + offset
	if to < 0 {
		return 0, errSeek
	}
	r.offset = to
	return to, nil
}
