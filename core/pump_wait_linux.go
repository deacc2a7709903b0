package core

import (
	"time"

	"yjoint/core/internal/sys"
)

const (
	// convergence is how long the pump waits, reading nothing, for the slower of its sinks to make room for a round in their
	// private pipes: the time for the default Buffer at 100 MB/s. A sink that is slower than that decides the speed, not
	// the processor; so bytes are copied for the others meanwhile.
	convergence = 10 * time.Millisecond
	// relapse is after how long of copying the pump waits so again: a tenth of the time at most is lost by it.
	relapse = 10 * convergence
)

// holds reports whether to wait for slower sinks rather than to read.
func (p *pump) holds() bool {
	now := time.Now()
	switch {
	case now.Before(p.holdEnds):
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
	for _, c := range p.sinks {
		if c.full {
			timeout = p.run.slice()
			break
		}
	}
	if p.reading && !p.holdEnds.IsZero() {
		timeout = sooner(timeout, max(time.Until(p.holdEnds), 0))
	}
	if watch := p.reading && !p.ready; p.watchSource(watch) != watch { // so it is asked, and again, and again
		p.ready = true
		timeout = sooner(timeout, convergence)
	}
	p.found = p.poller.Wait(p.found[:0], timeout)
	p.noticed()
}

// sooner returns the shorter one of two time-outs; a negative one is none.
func sooner(timeout, other time.Duration) time.Duration {
	if timeout < 0 {
		return other
	}
	return min(timeout, other)
}

// watchSource has the next sleep end, or not, when there is something to read. It returns whether it will.
func (p *pump) watchSource(watch bool) bool {
	if watch == p.watched {
		return watch
	}
	if !watch {
		p.poller.Remove(p.in.fd)
		p.watched = false
	} else {
		p.watched = p.poller.Add(p.in.fd, sys.Input) == nil
	}
	return p.watched
}

// noticed takes over what the poller has found.
func (p *pump) noticed() {
	for _, w := range p.found {
		c := p.byFD[w.FD]
		switch {
		case p.watched && w.FD == p.in.fd:
			p.ready = true
		case c == nil: // the bell
		case c.full:
			c.proceed()
		case w.Gone && !c.sink.spec.Unwatched:
			c.giveBack(turnGone, nil)
		}
	}
	for _, c := range p.sinks {
		if c.full {
			c.giveUp()
		}
	}
	p.dismiss()
}
