//go:build !linux

package sys

import "math"

// PipeSizes returns 0: the capacity of pipes can be changed on Linux only.
func PipeSizes(int) (outer, private int) { return 0, 0 }

// Widen does nothing, for that reason.
func Widen(_, _ int) bool { return false }

// DefaultPipeSize is out of any read's reach, since nothing follows from it here.
func DefaultPipeSize() int { return math.MaxInt }
