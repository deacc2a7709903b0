package pattern

import "encoding/binary"

// blockSize is what the fast paths handle at a time: one word of each lane.
const blockSize = 4 * wordSize

// Fill writes to p the bytes that the stream with that id and size has from
// offset on, and returns how many there were: len(p), or less at the end of
// the stream. Outside the stream, offset < 0 included, it writes nothing and
// returns 0. It keeps no state: equal arguments give equal bytes.
func Fill(p []byte, id uint64, size, offset int64) int {
	if offset < 0 || offset >= size {
		return 0
	}
	p = p[:min(int64(len(p)), size-offset)]
	fill(p, mix(id), size, offset)
	return len(p)
}

// fill is Fill for a mixed id and a range that lies inside the stream. A size of
// 0 stands for one that isn't known: there is no mark then.
func fill(p []byte, key uint64, size, offset int64) {
	fillPlain(p, key, offset)
	m, at := mark(size)
	for k := range min(wordSize, size-at) {
		if n := at + k - offset; n >= 0 && n < int64(len(p)) {
			p[n] ^= byte(m >> (8 * k))
		}
	}
}

// fillPlain fills p as if the stream had no end.
func fillPlain(p []byte, key uint64, offset int64) {
	for len(p) > 0 {
		var n int
		switch i := uint64(offset) / wordSize; {
		case offset%blockSize == 0 && len(p) >= blockSize:
			n = fillBlocks(p, key, i)
			wrote(p[:n])
		case offset%wordSize == 0 && len(p) >= wordSize:
			binary.LittleEndian.PutUint64(p, word(key, i))
			n = wordSize
		default:
			p[0] = plainByte(key, offset)
			n = 1
		}
		p, offset = p[n:], offset+int64(n)
	}
}

// fillBlocks fills as many blocks of p as one run holds, from word i on, and
// returns their size in bytes. The race detector learns of them from the caller,
// all at once: word by word it would be most of the time.
//
//go:norace
func fillBlocks(p []byte, key, i uint64) int {
	q := p[:run(len(p), i)]
	n := len(q)
	m0, m1, m2, m3 := lanes(key, i)
	for len(q) >= blockSize {
		b := q[:blockSize:blockSize]
		binary.LittleEndian.PutUint64(b[0:], fold(m0))
		binary.LittleEndian.PutUint64(b[8:], fold(m1))
		binary.LittleEndian.PutUint64(b[16:], fold(m2))
		binary.LittleEndian.PutUint64(b[24:], fold(m3))
		m0, m1, m2, m3 = m0+blockStep, m1+blockStep, m2+blockStep, m3+blockStep
		q = q[blockSize:]
	}
	return n
}

// matchBlocks compares as many blocks of p as one run holds with the plain
// stream from word i on, and returns the size in bytes of those before the
// first that differs. As with fillBlocks, the race detector learns of them from
// the caller.
//
//go:norace
func matchBlocks(p []byte, key, i uint64) int {
	q := p[:run(len(p), i)]
	n := len(q)
	m0, m1, m2, m3 := lanes(key, i)
	for len(q) >= blockSize {
		b := q[:blockSize:blockSize]
		d := binary.LittleEndian.Uint64(b[0:]) ^ fold(m0)
		d |= binary.LittleEndian.Uint64(b[8:]) ^ fold(m1)
		d |= binary.LittleEndian.Uint64(b[16:]) ^ fold(m2)
		d |= binary.LittleEndian.Uint64(b[24:]) ^ fold(m3)
		if d != 0 {
			break
		}
		m0, m1, m2, m3 = m0+blockStep, m1+blockStep, m2+blockStep, m3+blockStep
		q = q[blockSize:]
	}
	return n - len(q)
}

// blockStep is what each lane grows by from one block to the next.
const blockStep = 4 * wordStep & (1<<64 - 1)

// lanes returns the four words from i on, a multiple of 4, not folded yet.
func lanes(key, i uint64) (m0, m1, m2, m3 uint64) {
	return scramble(fields(key, i)), scramble(fields(key, i+1)),
		scramble(fields(key, i+2)), scramble(fields(key, i+3))
}

// run returns the size in bytes of the whole blocks in n bytes, up to where the
// tags change: the next multiple of 2 GiB.
func run(n int, i uint64) int {
	const words = 1 << runBits
	blocks := min(uint64(n)/blockSize, (words-i%words)/4)
	return int(blocks) * blockSize
}
