//go:build !race && !invariants

package core

import (
	"testing"
	"unsafe"
)

// TestInvariantsCostNothing requires that what checks invariants takes no memory where it is off, and makes nothing.
func TestInvariantsCostNothing(t *testing.T) {
	if size := unsafe.Sizeof(lifecycle{}) + unsafe.Sizeof(owner{}) + unsafe.Sizeof(account{}); size != 0 {
		t.Errorf("%d bytes", size)
	}
	var l lifecycle
	var o owner
	var a account
	if n := testing.AllocsPerRun(100, func() {
		l.use()
		o.check()
		a.released(&chunk{})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
