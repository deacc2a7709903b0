package pattern

import "encoding/binary"

// A cursor is a position in a stream whose size is not known: it follows the
// plain stream until it meets the first byte of an end mark.
type cursor struct {
	key uint64 // the mixed id
	pos int64  // offset of the next byte

	// Set from the first byte of an end mark on, 0 before: the size that it tells.
	size int64
}

// atEnd reports whether the whole stream went by, its mark included.
func (c *cursor) atEnd() bool { return c.size > 0 && c.pos == c.size }

// unproved returns the offset up to which the bytes that went by are the
// stream's for certain: pos, or the start of the mark while there is less of it
// than a word.
func (c *cursor) unproved() int64 {
	if c.size == 0 {
		return c.pos
	}
	if _, at := mark(c.size); c.pos < at+wordSize {
		return at
	}
	return c.pos
}

// match moves the cursor over the first bytes of p that are what the stream
// may have there, and returns how many they are: less than len(p) if the next
// byte is another one, or if the stream ended.
func (c *cursor) match(p []byte) int {
	n := 0
	for n < len(p) && c.size == 0 {
		k := c.matchPlain(p[n:])
		if k == 0 && !c.meetMark(p[n]) {
			return n
		}
		n += k
		c.pos += int64(k)
	}
	for n < len(p) && c.pos < c.size && p[n] == c.lastByte() {
		n++
		c.pos++
	}
	return n
}

// matchPlain returns how many bytes of p are the plain ones, in one step of the
// largest possible kind: 0 only if the first byte isn't.
func (c *cursor) matchPlain(p []byte) int {
	i := uint64(c.pos) / wordSize
	if c.pos%blockSize == 0 && len(p) >= blockSize {
		if n := matchBlocks(p, c.key, i); n > 0 {
			read(p[:n])
			return n
		}
	}
	if c.pos%wordSize == 0 && len(p) >= wordSize && binary.LittleEndian.Uint64(p) == word(c.key, i) {
		return wordSize
	}
	if p[0] == plainByte(c.key, c.pos) {
		return 1
	}
	return 0
}

// meetMark reports whether a mark begins with b here, and remembers its size.
func (c *cursor) meetMark(b byte) (ok bool) {
	if c.pos%wordSize != 0 {
		return false
	}
	size, ok := markedSize(b^plainByte(c.key, c.pos), c.pos)
	if ok {
		c.size = size
	}
	return ok
}

// lastByte returns the byte at pos once the size is known.
func (c *cursor) lastByte() byte {
	var b [1]byte
	fill(b[:], c.key, c.size, c.pos)
	return b[0]
}
