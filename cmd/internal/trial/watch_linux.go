//go:build linux && (amd64 || arm64)

package trial

import (
	"context"
	"fmt"
	"time"
)

// limit is how long a run may take that is neither asleep nor spinning.
const limit = 2 * time.Minute

// tick is how often the watchdog looks.
const tick = 50 * time.Millisecond

// progress is what the watchdog remembers.
type progress struct {
	moved   int64     // bytes and steps
	ticks   int64     // of CPU
	at      time.Time // when either has grown
	ticksAt int64     // ticks when bytes or steps have
}

// watch waits until the tool has ended with all that it has started. It ends a tool that is stuck, and says where it was.
func (x *run) watch(ctx context.Context) (stuck Stuck, where string, trouble error) {
	p := progress{moved: -1, at: time.Now()}
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
			exited, p.at = nil, time.Now()
		case <-ctx.Done():
			trouble = context.Cause(ctx)
			x.process.End()
		case <-ticker.C:
			if stuck != NotStuck || trouble != nil {
				continue
			}
			if stuck, where = x.look(&p); stuck != NotStuck {
				x.process.End()
			} else if time.Since(begin) > limit {
				trouble = fmt.Errorf("not over after %v, though it moves still", limit)
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
	ticks := cpu(pid)
	switch {
	case moved != p.moved:
		p.moved, p.ticks, p.ticksAt, p.at = moved, ticks, ticks, time.Now()
		return NotStuck, ""
	case ticks > p.ticks:
		p.ticks, p.at = ticks, time.Now()
	}
	if x.hasExited() {
		if time.Since(p.at) > x.patient {
			x.process.End() // what it has left running
		}
		return NotStuck, ""
	}
	if moved > 0 && ticks-p.ticksAt >= int64(x.patient.Seconds()*ticksPerSecond) && x.idle() {
		return Spinning, "spins in " + where(pid)
	}
	if time.Since(p.at) < x.patient || !familySleeps(pid) || !x.idle() {
		return NotStuck, ""
	}
	if x.awaited() {
		p.at = time.Now()
		close(x.gaveUp)
		return NotStuck, ""
	}
	return Asleep, "asleep in " + where(pid)
}

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
