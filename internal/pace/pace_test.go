package pace

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Rate
		if n := r.Slice(1000); n != 1000 || r.Delay() > 0 {
			t.Errorf("no limit: %d of 1000 bytes at once, then a delay of %v", n, r.Delay())
		}
		r.Set(100)
		if n := r.Slice(1000); n != 5 {
			t.Errorf("100/s: %d bytes at once, want 5", n)
		}
		r.Moved(50)
		if d := r.Delay(); d != 500*time.Millisecond {
			t.Errorf("after 50 bytes at 100/s: %v, want 500ms", d)
		}
		time.Sleep(time.Hour) // nothing came: that is not caught up with
		r.Moved(50)
		if d := r.Delay(); d != 500*time.Millisecond {
			t.Errorf("after an hour and 50 bytes more: %v, want 500ms", d)
		}
		r.Set(1)
		if n := r.Slice(1000); n != 1 {
			t.Errorf("1/s: %d bytes at once, want 1", n)
		}
	})
}
