//go:build linux && (amd64 || arm64)

package trial

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// The states of an actor.
const (
	busy    = iota // it does something
	onTool         // it waits for the tool: for bytes, or for room
	onEvent        // it waits for something else
	over           // it has nothing more to do
)

// actor is a reader or the source.
type actor struct {
	state atomic.Int32
}

func (a *actor) finish() { a.state.Store(over) }

// attention is how often who waits looks whether it should go on, in milliseconds; bytes and room are noticed at once.
const attention = 20

// look is how often it is looked for what has no event, such as a process that is asleep.
const look = 3 * time.Millisecond

// ready waits until fd is ready for the events, or has an error or hang-up. It returns false after so many milliseconds.
func ready(fd int, events int16, timeout int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		n, err := unix.Poll(fds, timeout)
		if !errors.Is(err, unix.EINTR) {
			return n > 0 && err == nil
		}
	}
}

// until waits until it is so. It returns false if it won't be: the tool has ended, or nothing moves any more.
func (x *run) until(a *actor, isSo func() bool) bool {
	a.state.Store(onEvent)
	defer a.state.Store(busy)
	for {
		select {
		case <-x.exited:
			return isSo()
		case <-x.gaveUp:
			return isSo()
		default:
		}
		if isSo() {
			return true
		}
		time.Sleep(look)
	}
}

// missed notes that a step could not be made, and returns false.
func (x *run) missed(_ *actor, format string, args ...any) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.unmet == "" {
		x.unmet = fmt.Sprintf(format, args...)
	}
	return false
}

// missedAll is missed where the others' steps mean nothing without this one.
func (x *run) missedAll(a *actor, format string, args ...any) bool {
	x.void.Store(true)
	return x.missed(a, format, args...)
}

// step makes a step that anybody can make.
func (x *run) step(a *actor, s Step) bool {
	switch s.Op {
	case Tell:
		close(x.event(s.Event))
	case Await:
		happened := x.event(s.Event)
		a.state.Store(onEvent)
		defer a.state.Store(busy)
		select {
		case <-happened:
			return true
		case <-x.exited:
		case <-x.gaveUp:
		}
		if x.c.Ordered && !x.hasExited() {
			return x.missedAll(a, "%q did not happen before the tool was given more: it holds bytes back", s.Event)
		}
		return x.missed(a, "%q never happened", s.Event)
	case AwaitAsleep:
		w := sleepWatch{x: x}
		return x.until(a, w.asleep) || x.missed(a, "the tool was never asleep")
	case AwaitStill:
		return x.awaitStill(a) || x.missed(a, "something moved all the time")
	case StopContinue:
		pid := x.process.PID()
		unix.Kill(pid, unix.SIGSTOP)
		stopped := x.until(a, func() bool { return allThreads(pid, "Tt") })
		unix.Kill(pid, unix.SIGCONT)
		return stopped || x.missed(a, "the tool could not be stopped")
	}
	return true
}

// awaitStill waits until the tool is asleep, and no other actor has had anything to do between two looks.
func (x *run) awaitStill(a *actor) bool {
	w, last := sleepWatch{x: x}, int64(-1)
	return x.until(a, func() bool {
		asleep, moved := w.asleep(), x.moved()
		still := asleep && moved == last && x.idle()
		last = moved
		return still
	})
}
