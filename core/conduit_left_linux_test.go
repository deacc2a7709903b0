package core_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"yjoint/core"
	"yjoint/core/internal/sys"
)

// TestConduitStalls requires an exact count of an output that is left, that its flags stay as they are, and no spin.
func TestConduitStalls(t *testing.T) {
	data := stream(1 << 20)
	eachConduit(t, func(t *testing.T, c conduit) {
		in, feed := c.open(t)
		r1, w1 := c.open(t)
		r2, w2 := c.open(t)
		other := collect(r2)
		shared := []*os.File{share(t, in), share(t, feed), share(t, w1), share(t, r1)}
		var before []int
		for _, f := range shared {
			before = append(before, flags(t, f))
		}
		checkFlags := func(when string) {
			t.Helper()
			for i, f := range shared {
				if now := flags(t, f); now != before[i] {
					t.Errorf("%s: flags %#o, were %#o", when, now, before[i])
				}
			}
		}
		go func() {
			feed.Write(data)
			feed.Close()
		}()
		const limit = 300 * time.Millisecond
		r := start(t, core.Source{Reader: in}, core.Options{StallWarn: stallWarn, Portable: c.portable},
			core.Sink{Name: "stalls", Writer: w1, StallTimeout: limit}, sink("b", w2))
		r.Await(t, core.EventStalled, 0)
		polls := sys.Polls()
		checkFlags("while it waits")
		r.Await(t, core.EventDetached, 0)
		// Every wait is for an event or a tick of the stall clock; 1 MiB goes on to the other in the meantime.
		if polls = sys.Polls() - polls; polls > 2000 {
			t.Errorf("%d polls in a wait of about %v", polls, limit)
		}
		checkFlags("when it is left")
		hangUp(t, shared[1])
		rep, _ := r.Wait(t)
		checkPrefix(t, data, rep.Sinks[1], <-other, core.Complete)
		s := rep.Sinks[0]
		if !errors.Is(s.Err, core.ErrStalled) || s.AtLeast || rep.Abandoned != 0 || s.Blocked < limit/2 {
			t.Errorf("sink %+v, abandoned %d", s, rep.Abandoned)
		}
		hangUp(t, shared[2])
		checkPrefix(t, data, s, <-collect(r1), core.Stalled)
	})
}

// TestConduitCancelled requires that a blocked write is left at once, with an exact count.
func TestConduitCancelled(t *testing.T) {
	data := stream(1 << 20)
	eachConduit(t, func(t *testing.T, c conduit) {
		in, feed := c.open(t) // never delivers: waiting for it is left as well
		defer feed.Close()
		r1, w1 := c.open(t)
		source := core.Source{Reader: io.MultiReader(bytes.NewReader(data), in)}
		r := start(t, source, core.Options{StallWarn: stallWarn, Portable: c.portable}, sink("a", w1))
		r.Await(t, core.EventStalled, 0)
		why := errors.New("interrupt")
		began := time.Now()
		r.Cancel(why)
		rep, err := r.Wait(t)
		s := rep.Sinks[0]
		if s.AtLeast || s.Err != why || !errors.Is(err, why) || rep.Abandoned != 0 || time.Since(began) > 5*time.Second {
			t.Errorf("sink %+v, error %v, after %v", s, err, time.Since(began))
		}
		checkPrefix(t, data, s, <-collect(r1), core.Cancelled)
	})
}

// TestCancelledWithoutTimeouts requires that a cancellation ends the waits of a run that has no clock.
func TestCancelledWithoutTimeouts(t *testing.T) {
	for _, c := range []struct{ portable, plain bool }{{false, false}, {true, false}, {true, true}} {
		t.Run(fmt.Sprintf("portable=%t/plain=%t", c.portable, c.plain), func(t *testing.T) {
			in, feed := newPipe(t)
			defer feed.Close()
			source := core.Source{Reader: in}
			if c.plain {
				source.Reader = io.MultiReader(in)
			}
			_, full := newPipe(t)
			full.Write(make([]byte, sys.DefaultPipeSize()/2))
			r := start(t, source, core.Options{Portable: c.portable}, sink("full", full))
			feed.WriteString("hello")
			r.await(t, func(s core.SinkStatus) bool { return !s.BlockedSince.IsZero() })
			r.Cancel(nil)
			rep, _ := r.Wait(t)
			checkVerdicts(t, rep, core.Cancelled)
			if s := rep.Sinks[0]; s.Accepted != 0 || s.AtLeast || rep.Abandoned != 0 {
				t.Errorf("sink %+v, abandoned %d", s, rep.Abandoned)
			}
		})
	}
}
