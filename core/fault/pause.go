package fault

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"yjoint/internal/pace"
)

// perform does what an action does to a call in Go. ended: the call is over after it.
func perform(a *Action, p *pauses, r *pace.Rate) (ended bool, err error) {
	if a == nil {
		return false, nil
	}
	switch a.Verb {
	case Fail:
		err = a.Errno
	case Stall:
		err = p.wait(a.Duration)
	case StallForever:
		err = p.forever()
	case StallUntilFile:
		err = p.untilFile(a.File)
	case Rate:
		r.Set(a.Size)
	}
	return a.Verb.endsCall(), err
}

// call makes a call that transfers no bytes.
func call(in *Injector, op Op, p *pauses, r *pace.Rate) error {
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

// pace returns when the next byte may move at that rate, or the stalls have ended.
func (p *pauses) pace(r *pace.Rate) error {
	if d := r.Delay(); d > 0 {
		return p.wait(d)
	}
	return nil
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
