package faultfs

import (
	"math"
	"slices"
)

// extents are ranges of bytes of a file, in ascending order; no two of them overlap or touch. The zero value has none.
type extents []extent

// extent is a range of bytes, from lo up to, but not including, hi.
type extent struct{ lo, hi int64 }

// find returns the index of the first range that ends at offset or after it.
func (e extents) find(offset int64) int {
	if n := len(e); n > 0 && e[n-1].hi < offset { // appending, the usual case
		return n
	}
	i, _ := slices.BinarySearchFunc(e, offset, func(x extent, at int64) int {
		if x.hi < at {
			return -1
		}
		return 1
	})
	return i
}

// fit returns the largest end up to which the range from lo to hi can be added so that no more than room bytes are new, and
// how many are.
func (e extents) fit(lo, hi, room int64) (end, added int64) {
	at := lo
	for i := e.find(lo); at < hi; i++ {
		next := extent{hi, math.MaxInt64}
		if i < len(e) {
			next = e[i]
		}
		if gap := min(next.lo, hi) - at; gap > 0 {
			if gap > room-added {
				return at + room - added, room
			}
			added += gap
		}
		at = max(at, next.hi)
	}
	return hi, added
}

// add adds the range from lo to hi.
func (e *extents) add(lo, hi int64) {
	if lo >= hi {
		return
	}
	from := e.find(lo)
	to := from
	for to < len(*e) && (*e)[to].lo <= hi {
		lo, hi = min(lo, (*e)[to].lo), max(hi, (*e)[to].hi)
		to++
	}
	*e = slices.Replace(*e, from, to, extent{lo, hi})
}

// cut removes all from size on, and returns how many bytes that were.
func (e *extents) cut(size int64) (removed int64) {
	for n := len(*e); n > 0; n-- {
		last := &(*e)[n-1]
		if last.hi <= size {
			break
		}
		keep := max(last.lo, size)
		removed += last.hi - keep
		if last.hi = keep; last.lo < keep {
			break
		}
		*e = (*e)[:n-1]
	}
	return removed
}

// data returns the first byte at offset or after it that is in a range.
func (e extents) data(offset int64) (at int64, ok bool) {
	if i := e.find(offset + 1); i < len(e) {
		return max(offset, e[i].lo), true
	}
	return 0, false
}

// hole returns the first byte at offset or after it that is in no range.
func (e extents) hole(offset int64) int64 {
	if i := e.find(offset + 1); i < len(e) && e[i].lo <= offset {
		return e[i].hi
	}
	return offset
}
