package toy

import "testing"

// TestTax does not look at what is exactly at a limit.
func TestTax(t *testing.T) {
	if n, err := tax(50); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := tax(200); n != 10 || err != nil {
		t.Error(n, err)
	}
	if _, err := tax(2000000); err == nil {
		t.Error("no error")
	}
}

func TestCount(t *testing.T) {
	if n := count([]bool{true, false, true}); n != 2 {
		t.Error(n)
	}
}
