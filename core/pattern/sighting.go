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

// high returns what the words carry of index>>indexBits, the rest from near.
func (s *sighting) high(near uint64) (high uint64) {
	high = near
	for k, w := range s.words[:s.n] {
		shift := highBits * ((s.index() + uint64(k)) & laneMask)
		nibble := unword(w) >> idBits & (1<<highBits - 1)
		high = high&^((1<<highBits-1)<<shift) | nibble<<shift
	}
	return high
}

// locate returns the stream offset of the first word, provided that all words
// belong to the stream with that key. The index bits that the words leave open
// are those of the offset near, or of its neighbours 128 TiB away; so are all
// that are above the index field if there is one word only.
func (s *sighting) locate(key uint64, near int64) (offset int64, ok bool) {
	there := uint64(near) / wordSize >> indexBits
	open := s.high(there)
	// The last is for four words on both sides of a wrap, of which the first
	// two carry the upper half, and the last two the lower half plus 1.
	candidates := [...]uint64{there, there + 1, there - 1, open, open - 1}
	count := len(candidates)
	if s.n < minWords {
		count = 3
	}
	for _, high := range candidates[:count] {
		i := (high&highMask)<<indexBits | s.index()
		if s.is(key, i) {
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
// from four words at any alignment.
func identify(p []byte) (id uint64, ok bool) {
	for ; len(p) >= len(sighting{}.words)*wordSize; p = p[1:] {
		s := look(p)
		if s.n < len(s.words) {
			continue
		}
		if _, ok := s.locate(s.key(), 0); ok {
			return unmix(s.key()), true
		}
	}
	return 0, false
}
