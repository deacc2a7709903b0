package sys

import (
	"os"
	"testing"
)

// TestPipeSizes requires that all pipes of a run together stay below half of what the user may hold.
func TestPipeSizes(t *testing.T) {
	const kernel = 64 << 20 // pipe(7): 16384 pages of 4 KiB
	kib := func(n int) int { return n << 10 }
	if os.Getpagesize() != kib(4) {
		t.Skip("the table is for pages of 4 KiB")
	}
	for _, c := range []struct {
		outputs        int
		each, together int64
		outer, private int
	}{
		{1, MaxPipe, kernel, kib(1024), kib(1024)},
		{15, MaxPipe, kernel, kib(1024), kib(1024)},
		{16, MaxPipe, kernel, kib(1024), kib(512)},
		{32, MaxPipe, kernel, kib(512), kib(256)},
		{64, MaxPipe, kernel, kib(256), kib(128)},
		{255, MaxPipe, kernel, kib(64), kib(64)},
		{256, MaxPipe, kernel, 0, 0},
		{5000, MaxPipe, 0, kib(1024), kib(1024)}, // no limit
		{2, 128 << 10, kernel, kib(128), kib(128)},
	} {
		outer, private := pipeSizes(c.outputs, func() (each, together int64) { return c.each, c.together })
		if outer != c.outer || private != c.private {
			t.Errorf("%d outputs, limits %d and %d: %d and %d, want %d and %d",
				c.outputs, c.each, c.together, outer, private, c.outer, c.private)
		}
	}
}
