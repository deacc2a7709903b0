package core

import (
	"time"

	"golang.org/x/sys/unix"

	"yjoint/core/internal/sys"
)

const (
	// convergence is how long the pump waits, reading nothing, for the slower of its sinks to accept what they have, since
	// a round can begin only then: the time for the default Buffer at 100 MB/s. A sink that is slower than that
	// decides the speed, not the processor; so bytes are copied for the others meanwhile.
	convergence = 10 * time.Millisecond
	// relapse is after how long of copying the pump waits so again: a tenth of the time at most is lost by it.
	relapse = 10 * convergence
)

// holds reports whether to wait for slower sinks rather than to read.
func (p *pump) holds() bool {
	now := time.Now()
	switch {
	case !p.holdEnds.IsZero() && now.Before(p.holdEnds):
		return true
	case !p.holdEnds.IsZero(): // in vain
		p.holdEnds, p.holdNext = time.Time{}, now.Add(relapse)
		return false
	case now.Before(p.holdNext):
		return false
	}
	p.holdEnds = now.Add(convergence)
	return true
}

// sleep waits until something can be done.
func (p *pump) sleep() {
	if !p.window.mayRest() {
		return
	}
	defer p.window.rise()
	timeout := time.Duration(-1) // none
	fds := append(p.polled[:0], unix.PollFd{Fd: int32(p.window.bell.wake.fd()), Events: unix.POLLIN})
	for _, c := range p.sinks {
		events := int16(0)
		if c.full {
			events = unix.POLLOUT
			timeout = p.run.slice()
		}
		fds = append(fds, unix.PollFd{Fd: int32(c.out.fd), Events: events})
	}
	switch {
	case !p.reading:
	case !p.holdEnds.IsZero():
		if left := max(time.Until(p.holdEnds), 0); timeout < 0 || left < timeout {
			timeout = left
		}
	case !p.ready:
		fds = append(fds, unix.PollFd{Fd: int32(p.in.fd), Events: unix.POLLIN})
	}
	p.polled = fds
	sys.Poll(fds, timeout)
	p.noticed(fds[1:])
}

// noticed takes over what poll has said of the sinks and, if it is there, of the source.
func (p *pump) noticed(fds []unix.PollFd) {
	for i, c := range p.sinks {
		events := fds[i].Revents
		switch {
		case events != 0 && c.full:
			c.proceed()
		case events != 0:
			c.giveBack(turnGone, nil)
		case c.full:
			c.giveUp()
		}
	}
	if len(fds) > len(p.sinks) && fds[len(p.sinks)].Revents != 0 {
		p.ready = true
	}
	p.dismiss()
}
