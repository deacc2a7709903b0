package core

import (
	"yjoint/core/internal/sys"
)

// carried is a sink whose bytes the pump moves. Its fields belong to the pump's goroutine.
type carried struct {
	sink *sink
	out  *fileOutput
	back chan handback // to the sink's goroutine, once

	pipe         *privatePipe // nil until it is needed
	piped        int64        // bytes in pipe: the stream's from the cursor's position on
	fresh        int64        // those that were spread to it at last
	held         []byte       // those that the output refused to have spliced to it, instead
	unspliceable bool         // it does
	full         bool         // the output took less than it could have: it is polled first
	last         bool         // the sink was given up, and has one more attempt
	done         bool         // given back
	state        windowState  // as the sink has seen it when it was level
	waited       func()       // ends the time that counts as blocked, or nil
}

// handback is why the pump gives a sink back.
type handback struct {
	turn turn
	err  error // of the output; turn says nothing then
}

// moved notes that the output has accepted n bytes.
func (c *carried) moved(n int64) {
	w := c.sink.run.window
	switch {
	case c.piped > 0:
		c.piped -= n
		w.unload(c.sink.cur, n)
	case len(c.held) > 0:
		c.held = c.held[n:]
		w.unload(c.sink.cur, n)
	default:
		w.advance(c.sink.cur, int(n))
	}
	c.last = false
	c.sink.accepted(int(n))
}

// splices reports whether its bytes can come through a private pipe.
func (c *carried) splices() bool { return c.out.kind == sys.Pipe && !c.unspliceable }

// abreast reports whether both have loaded the stream up to the same byte.
func (c *carried) abreast(other *carried) bool {
	return c.loaded() == other.loaded()
}

func (c *carried) loaded() int64 { return c.sink.cur.pos + c.sink.cur.lead }

// wait begins the time that counts as blocked.
func (c *carried) wait() {
	if c.waited == nil {
		c.waited = c.sink.blocking()
	}
}

// proceed ends it, since the output can be written again, or has failed.
func (c *carried) proceed() {
	c.full = false
	if c.waited != nil {
		c.waited()
		c.waited = nil
	}
}

// giveUp follows a wait in vain. A sink that must not wait any longer gets one more attempt, and is then given back: it
// may have been emptied between the wait and the verdict, and a socket may take a few bytes long before poll calls it
// writable.
func (c *carried) giveUp() {
	why := c.sink.interrupted()
	switch {
	case why == nil: // it may wait on
	case c.last || c.sink.run.halted():
		c.giveBack(turnWrite, why)
	default:
		c.last = true
		c.full = false
	}
}

// giveBack ends the pump's work for the sink. What is left in its private pipe was not accepted, and goes with it.
func (c *carried) giveBack(t turn, err error) {
	if c.done {
		return
	}
	c.done = true
	c.sink.run.pump.owner.check()
	c.sink.run.pump.forget(c)
	c.proceed()
	c.pipe.close()
	c.pipe, c.piped, c.held = nil, 0, nil
	c.back <- handback{t, err}
}
