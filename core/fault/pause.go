package fault

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
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

// closing is the closing of a Reader or Writer.
type closing struct {
	begun     atomic.Bool
	transfers pauses // those of Read, Write and Sync; ended when the closing begins
	own       pauses // that of the first Close, which a second one ends
}

func newClosing() *closing { return &closing{transfers: newPauses(), own: newPauses()} }

// close ends all stalls of other calls, meets the plan's "close", and closes what is underneath if it can be. Only the first
// call does so: a further one ends the first one's stall, and returns os.ErrClosed.
func (c *closing) close(in *Injector, underneath any) error {
	if c.begun.Swap(true) {
		c.own.end()
		return os.ErrClosed
	}
	c.transfers.end()
	err := call(in, OpClose, &c.own, nil)
	if closer, ok := underneath.(io.Closer); ok {
		if e := closer.Close(); err == nil {
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

// slicesPerSecond is in how many steps the bytes of a second move at least, if they are so many.
const slicesPerSecond = 20

// slice returns how many of n bytes move in the next step.
func (r *rate) slice(n int) int {
	if r.perSecond == 0 {
		return n
	}
	return int(min(int64(n), max(r.perSecond/slicesPerSecond, 1)))
}

// wait returns when the next byte may move, or the stalls have ended. Time in which nothing was there to transfer is not caught up with.
func (r *rate) wait(p *pauses) error {
	if now := time.Now(); r.perSecond > 0 && r.due.After(now) {
		return p.wait(r.due.Sub(now))
	}
	return nil
}

// moved notes that n bytes have moved.
func (r *rate) moved(n int) {
	if r.perSecond == 0 || n == 0 {
		return
	}
	if now := time.Now(); r.due.Before(now) {
		r.due = now
	}
	r.due = r.due.Add(time.Duration(float64(n) / float64(r.perSecond) * float64(time.Second)))
}
