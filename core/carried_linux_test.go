package core

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"yjoint/core/internal/sys"
)

// TestCarriedBlocked requires that all waits of a sink count as blocked, and nothing else.
func TestCarriedBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCarrying(t, 1).sinks[0]
		check := func(want time.Duration) {
			t.Helper()
			time.Sleep(time.Hour) // of fake time
			if got := c.sink.blockedFor(); got != want {
				t.Errorf("blocked for %v, want %v", got, want)
			}
		}
		check(0)
		for i := range 2 {
			c.wait()
			time.Sleep(time.Second)
			c.wait() // in vain
			time.Sleep(time.Second)
			c.proceed()
			c.proceed()
			check(time.Duration(2*i+2) * time.Second)
		}
		c.wait()
		time.Sleep(time.Second)
		c.giveBack(turnWrite, nil)
		check(5 * time.Second)
	})
}

// TestLastAttempt requires that a sink which is to be left has one more attempt each time, unless the run was halted.
func TestLastAttempt(t *testing.T) {
	why := errors.New("stalled")
	newWaiting := func() *carried {
		c := newCarrying(t, 1).sinks[0]
		c.sink.run.window.fill(10)
		return c
	}
	inVain := func(c *carried, why error) (attempt, given bool) { // what follows another wait
		c.full = true
		c.sink.givenUp = why
		c.giveUp()
		return !c.full, c.done
	}
	for _, moves := range []int{0, 1, 2} {
		c := newWaiting()
		for range moves {
			if attempt, given := inVain(c, why); !attempt || given {
				t.Errorf("another attempt: %t, left: %t", attempt, given)
			}
			c.moved(1)
			if attempt, given := inVain(c, c.sink.interrupted()); attempt || given {
				t.Errorf("it moved; another attempt: %t, left: %t", attempt, given)
			}
		}
		inVain(c, why)
		if _, given := inVain(c, why); !given || (<-c.back).err != why {
			t.Errorf("not left after a last attempt and %d others", moves)
		}
	}
	c := newWaiting()
	c.sink.run.isHalted.Store(true)
	if _, given := inVain(c, nil); !given {
		t.Error("not left although the run was halted")
	}
}

// TestGivenBackPipe requires that the private pipe of a sink which was given back is closed once: its descriptors may be another's.
func TestGivenBackPipe(t *testing.T) {
	keepFiles(t)
	p := newCarrying(t, 2)
	c := p.sinks[0]
	c.pipe = newPrivatePipe(p.pipeSize)
	given := c.pipe
	c.giveBack(turnWrite, nil)
	other := newPrivatePipe(p.pipeSize)
	if other.r != given.r || other.w != given.w {
		t.Fatalf("descriptors %d and %d, not %d and %d again", other.r, other.w, given.r, given.w)
	}
	p.renounce()
	if _, err := sys.PipeSize(other.w); err != nil {
		t.Errorf("another's pipe was closed: %v", err)
	}
	other.close()
	if p.sinks[1].pipe != nil {
		t.Error("a pipe is left")
	}
}
