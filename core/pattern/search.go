package pattern

import (
	"encoding/binary"
	"math/bits"
)

const (
	// windowSize is how much of the input a search holds. Any number from
	// lookBehind + 2*lookAhead on works; more means fewer moves.
	windowSize = 512
	// lookAhead is what a search needs from a position on to judge it.
	lookAhead = 4 * wordSize
	// lookBehind is what it keeps before the first anomaly, to find out how far
	// back a run goes. A run shares less than two words with another position.
	lookBehind = 3 * wordSize
	// minWords is how many words prove a position.
	minWords = 2
)

// A search looks for where the stream resumes after the first anomaly. All
// offsets are received ones unless they are said to be the stream's.
type search struct {
	key uint64 // the mixed id of the stream

	// The anomaly begins at lo if the bytes from lo to hi, less than a word of
	// an end mark, are a coincidence, and at hi if they aren't. Otherwise
	// lo == hi.
	lo, hi int64
	ended  bool    // the end mark came before lo
	lost   Verdict // if nothing is recognised

	window [windowSize]byte
	n      int   // bytes in window
	base   int64 // offset of window[0]
	next   int   // first position in window that isn't judged yet
}

// newSearch returns a search for the anomaly that stopped the cursor. What went
// by before is known, so that its last bytes needn't have been kept.
func newSearch(c *cursor) search {
	s := search{key: c.key, lo: c.unproved(), hi: c.pos}
	s.lost = Verdict{Kind: Torn, At: s.lo}
	if c.atEnd() {
		s.lost = Verdict{Kind: Trailing, At: s.hi}
		s.ended = s.lo == s.hi
	}
	s.base = max(0, s.lo-lookBehind)
	s.n = int(s.hi - s.base)
	fill(s.window[:s.n], c.key, c.size, s.base)
	// The first word that holds the byte at lo may begin 7 bytes before it.
	s.next = max(0, int(s.lo-s.base)-(wordSize-1))
	return s
}

// write takes the next bytes of the input. It returns the verdict as soon as
// there is one that no further input can change.
func (s *search) write(p []byte) (v Verdict, final bool) {
	for len(p) > 0 {
		k := copy(s.window[s.n:], p)
		s.n += k
		p = p[k:]
		for s.skip(); s.n-s.next >= lookAhead; s.skip() {
			if v, final = s.judge(s.next); final {
				return v, true
			}
			s.next++
		}
		s.forget()
	}
	return Verdict{}, false
}

// skip moves next over positions that needn't be judged: far from the anomaly
// only a word of this stream matters.
func (s *search) skip() {
	count := s.n - s.next - lookAhead + 1
	if count > 0 && !s.ended && !s.near(s.next) {
		s.next += plausible(s.window[s.next:s.n], count, s.key)
	}
}

// near reports whether a run that begins at hi may have its first whole word at
// k in the window.
func (s *search) near(k int) bool { return s.base+int64(k) < s.hi+wordSize }

// forget makes room in the window once it is full. A run that begins beyond
// hi+wordSize doesn't need what is before it.
func (s *search) forget() {
	if s.n < len(s.window) {
		return
	}
	s.n = copy(s.window[:], s.window[s.next:s.n])
	s.base += int64(s.next)
	s.next = 0
}

// end returns the verdict if the input ends here. The search is used up.
func (s *search) end() Verdict {
	for ; s.n-s.next >= minWords*wordSize; s.next++ {
		if v, final := s.judge(s.next); final {
			return v
		}
	}
	for rest := range wordSize {
		if v, ok := s.judgeMark(s.n-wordSize-rest, rest); ok {
			return v
		}
	}
	return s.lost
}

// judge returns the verdict if a word at k in the window allows one.
func (s *search) judge(k int) (v Verdict, final bool) {
	near := s.near(k)
	if s.ended && !near {
		return s.lost, true
	}
	seen := look(s.window[k:s.n])
	if seen.n < minWords {
		return Verdict{}, false
	}
	if offset, ok := seen.locate(s.key, s.lo); ok {
		return s.resumed(k, offset), true
	}
	if near && !s.ended && seen.n == len(seen.words) {
		return s.foreign(k, &seen)
	}
	return Verdict{}, false
}

// judgeMark returns the verdict if the word at k in the window is the marked
// one of a stream that ends with the input, rest bytes later.
func (s *search) judgeMark(k, rest int) (v Verdict, ok bool) {
	if k < 0 || s.base+int64(k) <= s.lo-wordSize {
		return Verdict{}, false
	}
	seen := look(s.window[k : k+wordSize])
	seen.words[0] ^= markBase | uint64(rest)
	offset, ok := seen.locate(s.key, s.lo)
	if !ok {
		return Verdict{}, false
	}
	for j := range rest {
		if s.window[k+wordSize+j] != plainByte(s.key, offset+wordSize+int64(j)) {
			return Verdict{}, false
		}
	}
	return s.resumed(k, offset), true
}

// foreign returns the verdict on words of another stream at k in the window.
func (s *search) foreign(k int, seen *sighting) (v Verdict, ok bool) {
	key := seen.key()
	offset, _ := seen.locate(key, s.lo) // any four words are somewhere
	from := s.runStart(key, k, offset)
	if from > s.hi {
		return Verdict{}, false
	}
	return Verdict{Kind: Foreign, Stream: unmix(key), At: max(from, s.lo)}, true
}

// resumed returns the verdict, given that the stream resumes: the word at k in
// the window is the one at that stream offset.
func (s *search) resumed(k int, offset int64) Verdict {
	shift := s.base + int64(k) - offset
	from := s.runStart(s.key, k, offset)
	switch {
	case s.ended && (from > s.hi || shift <= 0):
		return s.lost
	case shift == 0:
		return Verdict{Kind: Torn, At: s.lo}
	case from > s.hi, from > s.lo && !s.marked(k, shift):
		return Verdict{Kind: Shifted, Shift: shift, At: s.lo}
	}
	// If the run explains the bytes from lo to hi, they aren't a mark.
	to := s.hi
	if from <= s.lo {
		to = s.lo
	}
	at := roundest(from, to, shift)
	if shift < 0 {
		return Verdict{Kind: Gap, At: at, To: at - shift}
	}
	return Verdict{Kind: Duplicate, At: at - shift, To: at}
}

// marked reports whether the bytes from lo to hi may be those of a mark, given
// how far the stream is shifted where it resumes at k in the window: it can't go
// on after its end, nor come again without its mark. What comes so late that it
// isn't always in the window counts for nothing.
func (s *search) marked(k int, shift int64) bool {
	again := s.lo + shift - s.base
	if shift < 0 || again+wordSize > int64(min(s.n, k+lookAhead)) {
		return shift > 0
	}
	w := binary.LittleEndian.Uint64(s.window[again:])
	return w != word(s.key, uint64(s.lo)/wordSize)
}

// runStart returns how far back the run goes that has the word at k in the
// window, with that stream offset: the offset of its first byte, or the
// window's.
func (s *search) runStart(key uint64, k int, offset int64) int64 {
	for k > 0 && offset > 0 && s.window[k-1] == plainByte(key, offset-1) {
		k--
		offset--
	}
	return s.base + int64(k)
}

// roundest returns the number n, from <= n <= to, for which n or n-shift is
// divisible by the highest power of two, the lowest of equals.
func roundest(from, to, shift int64) (best int64) {
	most := -1
	for n := from; n <= to; n++ {
		// TrailingZeros64 of 0 is 64, more than of any other number.
		zeros := max(bits.TrailingZeros64(uint64(n)), bits.TrailingZeros64(uint64(n-shift)))
		if zeros > most {
			best, most = n, zeros
		}
	}
	return best
}
