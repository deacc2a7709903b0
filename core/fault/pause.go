package fault

import (
	"io"
	"os"
	"sync"
	"time"
)

// perform does what an action does to a call in Go. ended: the call is over after it.
func perform(a *Action, p *pauses, r *rate) (ended bool, err error) {
	if a == nil {
		return false, nil
	}
	switch a.Verb {
	case Fail:
		return true, a.Errno
	case Stall:
		err = p.wait(a.Duration)
	case StallForever:
		err = p.forever()
	case StallUntilFile:
		err = p.untilFile(a.File)
	case Rate:
		r.set(a.Size)
	}
	return a.Verb.endsCall(), err
}

// call makes a call that transfers no bytes.
func call(in *Injector, op Op, p *pauses, r *rate) error {
	for step := in.Call(op, 0); step.Action != nil; step = in.Continue(op, 0) {
		if ended, err := perform(step.Action, p, r); ended || err != nil {
			return err
		}
	}
	return nil
}

// closeBoth makes the close, ends all stalls, and closes what is underneath if it can be.
func closeBoth(in *Injector, p *pauses, r *rate, underneath any) error {
	err := call(in, OpClose, p, r)
	p.end()
	if c, ok := underneath.(io.Closer); ok {
		if e := c.Close(); err == nil {
			err = e
		}
	}
	return err
}

// pauses are what a stall waits in. All end, with os.ErrClosed, when end is called.
type pauses struct {
	ended chan struct{}
	once  *sync.Once
}

func newPauses() pauses { return pauses{make(chan struct{}), new(sync.Once)} }

func (p *pauses) end() { p.once.Do(func() { close(p.ended) }) }

func (p *pauses) forever() error {
	<-p.ended
	return os.ErrClosed
}

func (p *pauses) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.ended:
		return os.ErrClosed
	}
}

// filePoll is how often a file is looked for: Go has no portable event for that.
const filePoll = 2 * time.Millisecond

func (p *pauses) untilFile(name string) error {
	for {
		if _, err := os.Stat(name); err == nil {
			return nil
		}
		if err := p.wait(filePoll); err != nil {
			return err
		}
	}
}

// rate limits the bytes per second, from the moment that it was set.
type rate struct {
	perSecond int64 // 0: no limit
	due       time.Time
}

func (r *rate) set(perSecond int64) { r.perSecond, r.due = perSecond, time.Now() }

// wait lets as much time pass as n bytes take. Time in which nothing was there to transfer is not caught up with.
func (r *rate) wait(n int, p *pauses) error {
	if r.perSecond == 0 || n == 0 {
		return nil
	}
	if now := time.Now(); r.due.Before(now) {
		r.due = now
	}
	r.due = r.due.Add(time.Duration(float64(n) / float64(r.perSecond) * float64(time.Second)))
	return p.wait(time.Until(r.due))
}
