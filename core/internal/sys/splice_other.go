//go:build !linux

package sys

import "math"

// PipeSizeFor returns 0: the capacity of pipes can be changed on Linux only.
func PipeSizeFor(int) int { return 0 }

// Widen does nothing, for that reason.
func Widen(_, _ int) bool { return false }

// DefaultPipeSize is out of any read's reach, since nothing follows from it here.
func DefaultPipeSize() int { return math.MaxInt }
