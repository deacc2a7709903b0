package sweep

import (
	"cmp"
	"slices"
	"sort"
)

// extent tells what the writes to a file reach.
type extent struct {
	writes   []Span  // by From
	furthest []int64 // of each and those before it, the greatest To
	longFrom int64   // From of the last write of two bytes or more; -1: there is none
}

func newExtent(writes []Span) extent {
	x := extent{writes: slices.Clone(writes), longFrom: -1}
	slices.SortFunc(x.writes, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	x.writes = slices.Compact(x.writes)
	to := int64(0)
	for _, w := range x.writes {
		to = max(to, w.To)
		x.furthest = append(x.furthest, to)
		if w.To-w.From >= 2 {
			x.longFrom = w.From
		}
	}
	return x
}

// to returns the end of the furthest write that begins at a byte up to from; 0: none does.
func (x extent) to(from int64) int64 {
	n := sort.Search(len(x.writes), func(i int) bool { return x.writes[i].From > from })
	if n == 0 {
		return 0
	}
	return x.furthest[n-1]
}

// places returns the bytes at which a write can fail: each boundary, and a byte before and behind. At the very end no call
// comes that could.
func (x extent) places() (all []int64) {
	for _, w := range x.writes {
		for _, at := range []int64{w.From, w.From + 1, w.To - 1} { // the last is the byte before the next write
			if at >= 0 && x.to(at) > at {
				all = append(all, at)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cuts reports whether a write goes across at.
func (x extent) cuts(at int64) bool { return x.to(at-1) > at }

// long reports whether a write of at least two bytes is made at or behind that byte, which can be short.
func (x extent) long(at int64) bool { return x.to(at) >= at+2 || x.longFrom > at }
