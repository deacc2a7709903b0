package faultfs

import (
	"context"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	"yjoint/internal/pace"
)

// call is a kind of call on a stream.
type call struct {
	*ledger.Stream
	op    fault.Op
	name  string          // of the call, for people
	ended <-chan struct{} // closed at the end of the run
}

// obey does what the plan says about a call that moves no bytes.
func (c *call) obey(ctx context.Context) syscall.Errno {
	if errno, _ := c.resume(ctx); errno != 0 {
		return errno
	}
	for step := c.Call(c.op, 0); step.Action != nil; step = c.Continue(c.op, 0) {
		c.Fired(step, c.op, c.name, thread(ctx))
		switch step.Action.Verb {
		case fault.Fail:
			return step.Action.Errno
		case fault.OK:
			return 0
		}
		if errno := c.pause(ctx, ledger.NewStall(step.Action)); errno != 0 {
			return errno
		}
	}
	return 0
}

// resume goes on with a stall that a signal has interrupted; had is false if there is none.
func (c *call) resume(ctx context.Context) (errno syscall.Errno, had bool) {
	s := c.Resume(c.op)
	return c.pause(ctx, s), s != nil
}

// pause waits for the end of the stall; nil is over.
func (c *call) pause(ctx context.Context, s *ledger.Stall) syscall.Errno {
	if s == nil {
		return 0
	}
	errno := wait(ctx, c.ended, s)
	if errno == syscall.EINTR {
		c.Interrupted(c.op, s)
	}
	return errno
}

// thread returns the number of the thread that makes the call.
func thread(ctx context.Context) int {
	if caller, ok := fuse.FromContext(ctx); ok {
		return int(caller.Pid)
	}
	return 0
}

// transfer is the side of an open file that is written or read, and what the plan does to it. Its fields are used by one
// request at a time, between Begin and End.
type transfer struct {
	call
	rate pace.Rate
	// next is where the kernel goes on if the last request was the beginning of a longer call; -1: it was none.
	next   int64
	thread int // that made that call
}

// mover moves the bytes from index from to index to of a request's.
type mover func(from, to int) (int, syscall.Errno)

// run does what the plan says about a request for n bytes at offset off, and moves what it lets pass.
func (t *transfer) run(ctx context.Context, off int64, n int, move mover) (int, syscall.Errno) {
	if t.Begin(ctx, t.op) != nil {
		return 0, syscall.EINTR
	}
	defer t.End(t.op)
	defer t.Progressed()
	begun := t.next == off && t.thread == thread(ctx)
	t.next, t.thread = -1, thread(ctx)
	if begun {
		if _, meets := t.Look(t.op, n); meets {
			return 0, 0 // what was moved is the call's result
		}
	}
	step, errno := t.begin(ctx, n, begun)
	if errno != 0 {
		return 0, errno
	}
	done, errno := t.move(ctx, step.Limit, move)
	if done == n && n == MaxTransfer {
		t.next = off + int64(n)
	}
	return done, errno
}

// begin returns the step that lets bytes pass. begun: the request goes on with a call.
func (t *transfer) begin(ctx context.Context, n int, begun bool) (fault.Step, syscall.Errno) {
	errno, resumed := t.resume(ctx)
	if errno != 0 {
		return fault.Step{}, errno
	}
	decide := t.Call
	if begun || resumed {
		decide = t.Continue
	}
	for {
		step := decide(t.op, n)
		if step.Action == nil {
			return step, 0
		}
		t.Fired(step, t.op, t.name, thread(ctx))
		switch a := step.Action; a.Verb {
		case fault.Fail:
			return step, a.Errno
		case fault.OK, fault.Short:
			return step, 0
		case fault.Rate:
			t.rate.Set(a.Size)
		}
		if errno := t.pause(ctx, ledger.NewStall(step.Action)); errno != 0 {
			return step, errno
		}
		decide = t.Continue
	}
}

// move moves n bytes as fast as the rate allows, or fewer if there is no room or a signal comes.
func (t *transfer) move(ctx context.Context, n int, move mover) (done int, errno syscall.Errno) {
	for {
		slice := t.rate.Slice(n - done)
		moved, errno := move(done, done+slice)
		t.Moved(t.op, moved)
		t.rate.Moved(moved)
		done += moved
		if errno != 0 || moved < slice {
			if done > 0 {
				errno = 0
			}
			return done, errno
		}
		if sleepFor(ctx, t.ended, t.rate.Delay()) != 0 || done == n {
			return done, 0
		}
	}
}
