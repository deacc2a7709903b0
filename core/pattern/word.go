package pattern

// The widths of a word's fields, which together make 64 bits.
const (
	indexBits = 44                  // of the word's index; the field wraps after 2^44 words, 128 TiB
	highBits  = 4                   // of index>>indexBits, whose 60-44 = 16 bits take four words
	idBits    = 16                  // of the mixed id, whose 64 bits take four words, XOR index>>runBits
	tagBits   = highBits + idBits   // below the index
	indexMask = 1<<indexBits - 1    // in an index
	highMask  = 1<<(4*highBits) - 1 // in index>>indexBits
	idMask    = 1<<idBits - 1
	laneMask  = 3                     // in an index: which quarter of the rest a word carries
	runBits   = indexBits - idBits    // of the number of words in a run, in which a lane's tag is constant
	wordStep  = multiplier << tagBits // added to m from one word to the next, tag apart
)

// The constants of the two mixers. The inverses are modulo 2^64.
const (
	multiplier        = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio, made odd
	multiplierInverse = 0xf1de83e19937733d
	addend            = 0xd1b54a32d192ed03 // any number but 0, so that word 0 of stream 0 is not 0
	mixA              = 0xbf58476d1ce4e5b9 // SplitMix64's finalizer, Steele, Lea, Flood 2014
	mixB              = 0x94d049bb133111eb
	mixAInverse       = 0x96de1b173f119089
	mixBInverse       = 0x319642b2d24d8ec3
)

// mix spreads an id over 64 bits, so that any two streams differ in each lane
// but for 1 in 2^16. It is a bijection and maps 0 to 0.
func mix(id uint64) (key uint64) {
	id = (id ^ id>>30) * mixA
	id = (id ^ id>>27) * mixB
	return id ^ id>>31
}

// unmix is the inverse of mix.
func unmix(key uint64) (id uint64) {
	key = (key ^ key>>31 ^ key>>62) * mixBInverse
	key = (key ^ key>>27 ^ key>>54) * mixAInverse
	return key ^ key>>30 ^ key>>60
}

// fields packs what word i of the stream with that key carries.
func fields(key, i uint64) (x uint64) {
	lane := i & laneMask
	high := i >> indexBits >> (highBits * lane) & (1<<highBits - 1)
	tag := (key>>(idBits*lane) ^ i>>runBits) & idMask
	return i<<tagBits | high<<idBits | tag
}

// quarter returns the part of the key that the fields carry, in the place that
// it has there. A damaged word carries a wrong one, since damage to any byte
// reaches the upper bits of the index.
func quarter(x uint64) (key uint64) {
	lane := x >> tagBits & laneMask
	return (x ^ x>>(tagBits+runBits)) & idMask << (idBits * lane)
}

// scramble is the part of the encoding that is linear in x: from one word to
// the next that carries the same tag it grows by wordStep.
func scramble(x uint64) (m uint64) { return x*multiplier + addend }

// fold ends the encoding. It is its own inverse.
func fold(m uint64) uint64 { return m ^ m>>32 }

// word returns word i of the stream with that key, as it is without a mark.
func word(key, i uint64) uint64 { return fold(scramble(fields(key, i))) }

// unword returns the fields that w carries. Every w carries some.
func unword(w uint64) (x uint64) { return (fold(w) - addend) * multiplierInverse }

// plainByte returns the byte at offset, as it is without a mark.
func plainByte(key uint64, offset int64) byte {
	return byte(word(key, uint64(offset)/wordSize) >> (8 * (offset % wordSize)))
}

// wordSize is the size of a word in bytes.
const wordSize = 8

// The end mark is XORed into the last whole word, or into word 0 of a stream
// that has none.
const (
	// markBase has no zero byte, so that no byte of a mark is also plain.
	// The low half of its first byte is free for the code.
	markBase = 0x6cb15d93c75e39a0
	// markCodeMask selects the code: size%8, plus markShort.
	markCodeMask = 0x0f
	// markShort says that the marked word itself is cut by the size.
	markShort = 0x08
)

// mark returns the mark of a stream of that size, which is above 0, and the
// offset of the word that it goes into.
func mark(size int64) (m uint64, at int64) {
	if size < wordSize {
		return markBase | markShort | uint64(size), 0
	}
	return markBase | uint64(size%wordSize), size&^(wordSize-1) - wordSize
}

// markedSize returns the size of the stream whose mark is at offset at, a
// multiple of wordSize, from the difference between the byte there and the
// plain one. It returns false if no mark begins with that difference.
func markedSize(difference byte, at int64) (size int64, ok bool) {
	code := difference & markCodeMask
	if difference^code != markBase&0xff {
		return 0, false
	}
	rest := int64(code &^ markShort)
	if code&markShort != 0 {
		return rest, at == 0 && rest != 0
	}
	size = at + wordSize + rest
	return size, size > 0
}
