package core

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

// lifting has sinks which have loaded the same part of the stream, but for those behind, hold as much of it in their private pipes as
// piped says, and find wanted more bytes in the window.
func lifting(t *testing.T, piped []int64, behind string, wanted int64) *pump {
	const loaded = 100_000
	p := newCarrying(t, len(piped))
	t.Cleanup(func() {
		p.carrier.close()
		for _, c := range p.sinks {
			c.pipe.close()
		}
	})
	p.window.head = loaded - 100
	for i, c := range p.sinks {
		c.piped, c.sink.cur.lead, c.sink.cur.pos = piped[i], piped[i], loaded-piped[i]
		if strings.Contains(behind, fmt.Sprint(i)) {
			c.sink.cur.pos -= 100
		}
		if c.pipe = newPrivatePipe(p.pipeSize); c.pipe == nil {
			t.Fatal("no pipe")
		}
		sys.Write(c.pipe.w, bytes.Repeat([]byte{'a'}, int(piped[i])))
	}
	p.window.fill(wanted + 100)
	return p
}

// TestLift requires that what at least two sinks want next, if it is much and both have room, is copied once and shared by them; as
// much as the one with the least room has room for.
func TestLift(t *testing.T) {
	most := int64(sys.DefaultPipeSize() - 2*os.Getpagesize()) // in a pipe that holds something
	exact := most - minLift                                   // leaves just enough room
	for _, c := range []struct {
		name   string
		piped  []int64
		behind string
		wanted int64
		want   []int64 // that are lifted, to each
		copies int64
	}{
		{name: "two", piped: []int64{0, 0}, wanted: minLift, want: []int64{minLift, minLift}, copies: 1},
		{name: "one", piped: []int64{0}, wanted: minLift, want: []int64{0}},
		{name: "little", piped: []int64{0, 0}, wanted: minLift - 1, want: []int64{0, 0}},
		{name: "room for that alone", piped: []int64{exact, exact}, wanted: 2 * minLift, want: []int64{minLift, minLift}, copies: 1},
		{name: "no room", piped: []int64{exact + 1, exact + 1}, wanted: minLift, want: []int64{0, 0}},
		{name: "one has no room", piped: []int64{0, exact + 1, 1}, wanted: minLift, want: []int64{minLift, 0, minLift}, copies: 1},
		{name: "all but one have no room", piped: []int64{0, exact + 1}, wanted: minLift, want: []int64{0, 0}},
		{name: "less room behind", piped: []int64{0, exact}, wanted: 2 * minLift, want: []int64{minLift, minLift}, copies: 1},
		{name: "less room in front", piped: []int64{exact, 0}, wanted: 2 * minLift, want: []int64{minLift, minLift}, copies: 1},
		{name: "one lags", piped: []int64{0, 0, 0}, behind: "1", wanted: minLift, want: []int64{minLift, 0, minLift}, copies: 1},
		{name: "two lag", piped: []int64{0, 1, 2, 3}, behind: "13", wanted: minLift, want: []int64{minLift, minLift + 100, minLift, minLift + 100}, copies: 2},
	} {
		t.Run("case="+c.name, func(t *testing.T) {
			p := lifting(t, c.piped, c.behind, c.wanted)
			var copies atomic.Int64
			undo := sys.Intercept(func(call sys.Call) (int64, error) {
				if call.Name == "write" {
					copies.Add(1)
				}
				return call.N, nil
			})
			before := descriptors(t)
			p.lift()
			undo()
			var got []int64
			for i, s := range p.sinks {
				got = append(got, s.fresh)
				from := s.sink.cur.pos + c.piped[i]
				want := bytes.Repeat([]byte{'a'}, int(c.piped[i]))
				for at := range s.fresh {
					want = append(want, byte((from+at)%251))
				}
				if content := contentOf(t, s.pipe); content != string(want) {
					t.Errorf("sink %d: its pipe holds %d bytes, want %d", i, len(content), len(want))
				}
			}
			if !slices.Equal(got, c.want) || copies.Load() != c.copies {
				t.Errorf("lifted %d with %d copies, want %d with %d", got, copies.Load(), c.want, c.copies)
			}
			if cap(p.group) < 2 && c.copies > 0 {
				t.Error("memory is not kept for the next time")
			}
			if made := more(t, before); made != 0 && c.copies == 0 {
				t.Errorf("%d descriptors for nothing", made)
			}
		})
	}
}

// TestLiftFails requires that what can't be lifted is found in the window by all, and nothing of it in a pipe.
func TestLiftFails(t *testing.T) {
	t.Run("because=refused", func(t *testing.T) {
		p := lifting(t, []int64{1, 1}, "", minLift)
		calls := 0
		defer sys.Intercept(func(call sys.Call) (int64, error) { calls++; return 0, unix.ENOMEM })()
		p.lift()
		p.lift()
		if p.pipeSize != 0 || calls != 1 {
			t.Errorf("tried %d times; pipes of %d bytes will be used", calls, p.pipeSize)
		}
	})
	t.Run("because=slots", func(t *testing.T) {
		p := lifting(t, []int64{0, 0, 0}, "", minLift)
		fillPipe(t, p.sinks[1].pipe, 'a', slots-1, 1)
		p.sinks[1].piped = slots - 1
		p.lift()
		page := int64(os.Getpagesize())
		if a, b, c := p.sinks[0], p.sinks[1], p.sinks[2]; a.piped != 0 || a.pipe != nil || b.fresh != page || c.fresh != minLift {
			t.Errorf("lifted %d, %d and %d bytes", a.piped, b.fresh, c.fresh)
		}
	})
}
