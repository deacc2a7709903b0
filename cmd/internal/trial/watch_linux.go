//go:build linux && (amd64 || arm64)

package trial

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// tick is how often the watchdog looks.
const tick = 50 * time.Millisecond

// progress is what the watchdog remembers. Time is counted in looks, so that on a machine that is too busy for this process to look, no
// time goes by: the readers then have none either.
type progress struct {
	moved   int64 // bytes and steps
	ticks   int64 // of CPU
	ticksAt int64 // ticks when bytes or steps have grown
	looks   int   // since either has grown
	asleep  int   // the last of them, in a row, at which it was the tool's turn, and all of it slept
	held    int   // and at which it did because something else had to be done for it first
}

// quiet reports whether there was no progress for so long.
func (p *progress) quiet(d time.Duration) bool { return lasts(p.looks, d) }

// lasts reports whether so many looks take that long.
func lasts(looks int, d time.Duration) bool { return time.Duration(looks)*tick >= d }

// restart begins to count anew.
func (p *progress) restart() { p.looks, p.asleep, p.held = 0, 0, 0 }

// count counts a look at which nothing had grown. A tool that is seen awake has only not had its turn on the processor, for however
// long: what it does next, and may have to wait for, begins then.
func (p *progress) count(s state) {
	switch s {
	case awake:
		p.asleep, p.held = 0, 0
	case held:
		p.asleep, p.held = 0, p.held+1
	case asleep:
		p.asleep, p.held = p.asleep+1, 0
	}
}

// stuck reports whether it has slept for longer than anybody's patience.
func (p *progress) stuck(patience time.Duration) bool {
	return lasts(p.asleep, patience) || lasts(p.held, heldFor*patience)
}

// watch waits until the tool has ended with all that it has started. It ends a tool that is stuck, and says where it was.
func (x *run) watch(ctx context.Context) (stuck Stuck, where string, trouble error) {
	p := progress{moved: -1}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	begin, exited := time.Now(), x.process.Exited()
	for {
		select {
		case <-x.process.Gone():
			x.closeExited()
			return stuck, where, trouble
		case <-exited:
			x.closeExited()
			exited = nil
			p.restart()
		case <-ctx.Done():
			trouble = context.Cause(ctx)
			x.process.End()
		case <-ticker.C:
			x.measure()
			if stuck != NotStuck || trouble != nil {
				continue
			}
			if stuck, where = x.look(&p); stuck != NotStuck {
				x.process.End()
			} else if time.Since(begin) > x.limit {
				trouble = fmt.Errorf("after %v: %w", x.limit, ErrOverdue)
				x.process.End()
			}
		}
	}
}

func (x *run) closeExited() {
	if !x.hasExited() {
		close(x.exited)
	}
}

// look judges by what has moved since the last looks.
func (x *run) look(p *progress) (Stuck, string) {
	pid, moved := x.process.PID(), x.moved()
	ticks, s := survey(pid)
	p.looks++
	switch {
	case x.overflows():
		return Endless, "writes more than twice the source"
	case moved != p.moved:
		p.moved, p.ticks, p.ticksAt = moved, ticks, ticks
		p.restart()
		return NotStuck, ""
	case ticks > p.ticks:
		p.ticks = ticks
		p.restart()
	}
	if x.hasExited() {
		if p.quiet(x.patient) {
			x.process.End() // what it has left running
		}
		return NotStuck, ""
	}
	idle := x.idle()
	if moved > 0 && ticks-p.ticksAt >= int64(x.patient.Seconds()*ticksPerSecond) && idle {
		return Spinning, "spins in " + where(pid)
	}
	if !idle {
		s = awake
	}
	if p.count(s); !p.stuck(x.patient) {
		return NotStuck, ""
	}
	if x.awaited() {
		p.restart()
		close(x.gaveUp)
		return NotStuck, ""
	}
	return Asleep, "asleep in " + where(pid)
}

// heldFor is how many times longer the patience is while a call of the tool waits for this process's answer, or for a disk: that may be
// due to a busy machine, or the call would wait for good without a supervisor too.
const heldFor = 10

// moved returns a number that grows with all that happens.
func (x *run) moved() int64 {
	n := x.moves.Load() + x.source.sent.Load()
	for _, r := range x.readers {
		if r != nil {
			n += r.got.Load()
		}
	}
	return n
}

// overflows reports whether an output has had more than twice what the source has: some of it is wrong, and there may be no end.
func (x *run) overflows() bool {
	return slices.ContainsFunc(x.readers, func(r *reader) bool { return r != nil && r.got.Load() > 2*x.c.Size })
}

// idle reports whether no actor has anything to do.
func (x *run) idle() bool {
	for _, r := range x.readers {
		if r != nil && !r.idle() {
			return false
		}
	}
	return x.source.idle()
}

// awaited reports whether an actor still waits for something other than bytes or room, and was not yet told that it won't come.
func (x *run) awaited() bool {
	if isClosed(x.gaveUp) {
		return false
	}
	if x.source.state.Load() == onEvent {
		return true
	}
	for _, r := range x.readers {
		if r != nil && r.state.Load() == onEvent {
			return true
		}
	}
	return false
}
