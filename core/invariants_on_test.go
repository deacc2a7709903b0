//go:build race || invariants

package core

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// panics returns what f panics with, or "".
func panics(f func()) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}

func TestLifecycle(t *testing.T) {
	for _, c := range []struct {
		want  string
		calls func(l *lifecycle)
	}{
		{"", func(l *lifecycle) { l.use(); l.use(); l.release(); l.close(); l.settle() }},
		{"", func(l *lifecycle) { l.use(); l.close(); l.settle(); l.release() }}, // abandoned, and returned later
		{"given back", func(l *lifecycle) { l.release(); l.use() }},
		{"given back", func(l *lifecycle) { l.close(); l.use() }},
		{"closed twice", func(l *lifecycle) { l.release(); l.close(); l.close() }},
		{"released twice", func(l *lifecycle) { l.release(); l.release() }},
		{"settled twice", func(l *lifecycle) { l.settle(); l.settle() }},
	} {
		if got := panics(func() { c.calls(&lifecycle{}) }); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("panic %q, want %q", got, c.want)
		}
	}
}

func TestOwner(t *testing.T) {
	elsewhere := func(f func()) string {
		got := make(chan string)
		go func() { got <- panics(f) }()
		return <-got
	}
	var o owner
	if got := elsewhere(o.check); got != "" {
		t.Error("owned by nobody:", got)
	}
	o.claim()
	if got := panics(o.check); got != "" {
		t.Error("the owner:", got)
	}
	for name, f := range map[string]func(){"check": o.check, "claim": o.claim} {
		if got := elsewhere(f); !strings.Contains(got, "belongs to goroutine") {
			t.Errorf("%s elsewhere: %q", name, got)
		}
	}
	if got := elsewhere(func() { o.take(); o.check() }); got != "" {
		t.Error("the new owner:", got)
	}
}

// TestReleasedMemory requires that bytes which nobody needs any more are overwritten, and those that a write may still read
// are not.
func TestReleasedMemory(t *testing.T) {
	w := newWindow(16 << 10)
	stuck, c := w.join(), w.join()
	w.fill(4096)
	first, _ := w.next(c)
	w.advance(c, len(first))
	w.leave(stuck, true)
	was := bytes.Clone(first)
	w.fill(4096)
	second, _ := w.next(c)
	w.advance(c, len(second))
	w.fill(1)
	if !bytes.Equal(first, was) {
		t.Error("the pinned chunk is overwritten")
	}
	if want := bytes.Repeat([]byte{0xDB}, 4095); !bytes.Equal(second[1:], want) {
		t.Error("the released chunk is not")
	}
	w.fill(10)
	third, _ := w.next(c)
	w.advance(c, len(third))
	w.reserve()
	if want := bytes.Repeat([]byte{0xDB}, 11); !bytes.Equal(third, want) {
		t.Error("a chunk that starts over is not")
	}
	w.retire()
	w.account.made++
	if got := panics(w.retire); !strings.Contains(got, "chunks") {
		t.Errorf("a lost chunk: %q", got)
	}
}

// TestAhead requires that no sink gets what was not read.
func TestAhead(t *testing.T) {
	w := newWindow(100)
	c := w.join()
	w.fill(10)
	if got := panics(func() { w.accepted(c, 11) }); !strings.Contains(got, "ahead of the source") {
		t.Errorf("%q", got)
	}
	c = w.join()
	w.leave(c, false)
	if got := panics(func() { w.accepted(c, 0) }); !strings.Contains(got, "served: false") {
		t.Errorf("%q", got)
	}
}
