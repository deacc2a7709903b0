//go:build linux && (amd64 || arm64)

package supervisor

import (
	"syscall"
	"time"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	"yjoint/internal/pace"
)

// mover transfers at most n bytes, behind those that it has transferred before in the same call. It returns how many, and
// an errno if it couldn't go on.
type mover func(n int) (int, syscall.Errno)

// mostAtOnce is how many bytes are transferred before it is looked again whether a call must be left.
const mostAtOnce = 1 << 20

// transfer makes a call that asks for n bytes of the description, as the plan lets it.
func (c *call) transfer(d *description, op fault.Op, n int, move mover) answer {
	rate := &d.writeRate
	if op == fault.OpRead {
		rate = &d.readRate
	}
	if errno := c.begin(d, op); errno != 0 {
		return failed(errno)
	}
	defer d.stream.End(op)
	defer d.stream.Progressed()
	decide, errno := c.resume(d.stream, op)
	if errno != 0 {
		return failed(errno)
	}
	for step := decide(op, n); ; step = d.stream.Continue(op, n) {
		if step.Action == nil {
			return c.moved(d, op, rate, step.Limit, move)
		}
		d.stream.Fired(step, op, c.name, c.thread)
		switch step.Action.Verb {
		case fault.Fail:
			c.raise(step.Action.Errno)
			return failed(step.Action.Errno)
		case fault.OK, fault.Short:
			return c.moved(d, op, rate, step.Limit, move)
		case fault.Rate:
			rate.Set(step.Action.Size)
		default:
			if errno := c.perform(d.stream, op, step.Action); errno != 0 {
				return failed(errno)
			}
		}
	}
}

// resume goes on with a stall that the call before has left, and returns what decides then: a call that was made again is the same.
func (c *call) resume(stream *ledger.Stream, op fault.Op) (decide func(op fault.Op, n int) fault.Step, errno syscall.Errno) {
	left := stream.Resume(op)
	if left == nil {
		return stream.Call, 0
	}
	return stream.Continue, c.stall(stream, op, left)
}

// stall waits for the end of a stall. If a signal comes before, the next call goes on with it; so does that of another process if one
// that was killed would have stalled for ever.
func (c *call) stall(stream *ledger.Stream, op fault.Op, s *ledger.Stall) (errno syscall.Errno) {
	switch {
	case s.File != "":
		errno = c.waitFile(s.File)
	case s.Until.IsZero():
		errno = c.pauseForever()
	default:
		errno = c.pause(time.Until(s.Until))
	}
	if errno == restart || errno != 0 && s.Until.IsZero() && s.File == "" {
		stream.Interrupted(op, s)
	}
	return errno
}

// perform does what an action does besides the transfer.
func (c *call) perform(stream *ledger.Stream, op fault.Op, a *fault.Action) syscall.Errno {
	if s := ledger.NewStall(a); s != nil {
		return c.stall(stream, op, s)
	}
	switch a.Verb {
	case fault.Kill:
		return c.kill(a.Signal)
	case fault.Nonblock:
		if err := c.nonblock(a.FD); err != nil {
			return c.fatal(err).errno
		}
	}
	return 0
}

// moved transfers n bytes, as fast as the rate allows, and counts them.
func (c *call) moved(d *description, op fault.Op, rate *pace.Rate, n int, move mover) answer {
	for done := 0; ; {
		slice := min(rate.Slice(n-done), mostAtOnce)
		k, errno := move(slice)
		before := d.stream.Offset(op)
		d.stream.Moved(op, k)
		if c.s.trace != nil && op == fault.OpWrite && k > 0 {
			c.s.trace(Write{Name: d.stream.Name, Call: c.name, At: before, Bytes: k})
		}
		rate.Moved(k)
		done += k
		if errno == 0 && k == slice && done < n && op == fault.OpWrite {
			errno = c.pause(rate.Delay())
			if errno == 0 {
				continue
			}
		} else if rest := rate.Delay(); rest > 0 && errno == 0 {
			errno = c.pause(rest)
		}
		if done > 0 || errno == 0 {
			return answer{value: int64(done)}
		}
		return failed(errno)
	}
}

// simple makes a call that transfers nothing and fails as the plan says; otherwise the kernel makes it.
func (c *call) simple(stream *ledger.Stream, op fault.Op) answer {
	decide, errno := c.resume(stream, op)
	if errno != 0 {
		return failed(errno)
	}
	for step := decide(op, 0); step.Action != nil; step = stream.Continue(op, 0) {
		stream.Fired(step, op, c.name, c.thread)
		switch step.Action.Verb {
		case fault.Fail:
			return failed(step.Action.Errno)
		case fault.OK:
			return pass
		}
		if errno := c.perform(stream, op, step.Action); errno != 0 {
			return failed(errno)
		}
	}
	return pass
}
