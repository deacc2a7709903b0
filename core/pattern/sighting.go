package pattern

import "encoding/binary"

// A sighting is up to four consecutive words of one stream, found somewhere.
type sighting struct {
	words [4]uint64 // without their mark, if the last one had one
	n     int       // how many of words there are
}

// look returns the words at the start of p that belong together: the first,
// and those after it whose index is the next one.
func look(p []byte) (s sighting) {
	for s.n < len(s.words) && len(p) >= wordSize {
		w := binary.LittleEndian.Uint64(p)
		marked := false
		if s.n > 0 && !s.follows(w) {
			if w, marked = s.unmark(w); !marked {
				break
			}
		}
		s.words[s.n] = w
		s.n++
		if marked {
			break
		}
		p = p[wordSize:]
	}
	return s
}

// index returns the index of the first word, modulo 2^indexBits.
func (s *sighting) index() uint64 { return unword(s.words[0]) >> tagBits }

// follows reports whether w has the index after the last word's.
func (s *sighting) follows(w uint64) bool {
	return unword(w)>>tagBits == (s.index()+uint64(s.n))&indexMask
}

// unmark returns w without its end mark, if it is the next word with one.
func (s *sighting) unmark(w uint64) (plain uint64, ok bool) {
	for code := range uint64(markShort) {
		if plain = w ^ (markBase | code); s.follows(plain) {
			return plain, true
		}
	}
	return 0, false
}

// key returns the mixed id that four words carry.
func (s *sighting) key() (key uint64) {
	for _, w := range s.words[:s.n] {
		key |= quarter(unword(w))
	}
	return key
}

// high returns what the words carry of the first one's index>>indexBits, the
// rest from near.
func (s *sighting) high(near uint64) (high uint64) {
	high = near
	var after uint64 // in high: what words after a wrap of the index carry, of a number that is 1 more
	for k, w := range s.words[:s.n] {
		i := s.index() + uint64(k)
		shift := highBits * (i & laneMask)
		mask := uint64(1<<highBits-1) << shift
		high = high&^mask | unword(w)>>idBits<<shift&mask
		if i > indexMask {
			after |= mask
		}
	}
	return high&^after | (high-1)&after
}

// locate returns the stream offset of the first word, provided that all words
// belong to the stream with that key. Where they leave several, it is the one
// nearest to the offset near, or 128 TiB beside that; failing these, and unless
// there is one word only, the one that has the bits of near that the words lack.
func (s *sighting) locate(key uint64, near int64) (offset int64, ok bool) {
	const wrap = 1 << indexBits
	here := uint64(near) / wordSize
	ahead := (s.index() - here) & indexMask
	nearest := here + ahead
	if ahead > wrap/2 {
		nearest -= wrap
	}
	candidates := [...]uint64{nearest, nearest + wrap, nearest - wrap, s.high(here>>indexBits)<<indexBits | s.index()}
	count := len(candidates)
	if s.n < minWords {
		count = 3
	}
	for _, i := range candidates[:count] {
		if i &= highMask<<indexBits | indexMask; s.is(key, i) {
			return int64(i * wordSize), true
		}
	}
	return 0, false
}

// is reports whether these are the words from i on of the stream with that key.
func (s *sighting) is(key, i uint64) bool {
	for k, w := range s.words[:s.n] {
		if w != word(key, i+uint64(k)) {
			return false
		}
	}
	return true
}

// plausible returns how many of the first n positions of p can't hold an
// unmarked word of the stream with that key, until one that may, by a test that
// lets through 1 in 2^16. It reads up to wordSize-1 bytes from position n on.
func plausible(p []byte, n int, key uint64) int {
	for k := range n {
		x := unword(binary.LittleEndian.Uint64(p[k:]))
		lane := x >> tagBits & laneMask
		if quarter(x) == key&(idMask<<(idBits*lane)) {
			return k
		}
	}
	return n
}

// identify returns the id of the first stream that can be identified in p,
// from four words at any alignment, or 0 if none can.
func identify(p []byte) (id uint64) {
	for ; len(p) >= len(sighting{}.words)*wordSize; p = p[1:] {
		if s := look(p); s.n == len(s.words) {
			return unmix(s.key())
		}
	}
	return 0
}
