package core

import (
	"fmt"
	"os"

	"yjoint/core/internal/sys"
)

// privatePipe is a pipe of which both ends are the run's own. What is in it can be shared by tee(2).
//
// Each carried sink has one, a queue between the stream and its output: an output that takes nothing doesn't hold up the others,
// and what is left in it when the output fails goes with it. The carrier is one more, empty but while bytes are spread from
// it to those of the sinks, whatever is in them.
type privatePipe struct {
	r, w int
	size int
}

// newPrivatePipe returns nil if a pipe of that size, in bytes, can't be had, or only of descriptors that should be left to
// others: outputs that are opened late, commands.
func newPrivatePipe(size int) *privatePipe {
	r, w, err := sys.NewPipe()
	if err != nil {
		return nil
	}
	p := &privatePipe{r: r, w: w}
	if p.size, _ = sys.SetPipeSize(w, size); p.size != size || max(r, w) >= sys.DescriptorLimit()/2 {
		p.close()
		return nil
	}
	return p
}

// read fills mem with bytes that the pipe is known to hold.
func (p *privatePipe) read(mem []byte) {
	for len(mem) > 0 {
		n, err := sys.Read(p.r, mem)
		if n == 0 {
			panic(fmt.Sprint("core: a pipe does not return what it has taken: ", err))
		}
		mem = mem[n:]
	}
}

func (p *privatePipe) close() {
	if p != nil {
		sys.Close(p.r)
		sys.Close(p.w)
	}
}

// equip gives each of the sinks a private pipe, and the run a carrier that is no larger than they are: then tee(2) from it into
// an empty one always takes everything. It returns false if that can't be done, for good.
func (p *pump) equip(sinks []*carried) bool {
	for p.pipeSize > 0 {
		if p.tryEquip(sinks) {
			return true
		}
		// A user's pipes beyond the limit can't be enlarged, and at last have two pages only.
		if p.pipeSize > sys.DefaultPipeSize() {
			p.pipeSize = sys.DefaultPipeSize()
		} else {
			p.renounce()
		}
	}
	return false
}

func (p *pump) tryEquip(sinks []*carried) bool {
	if p.carrier != nil && p.carrier.size != p.pipeSize {
		p.discard(p.carrier)
	}
	if p.carrier == nil {
		p.carrier = newPrivatePipe(p.pipeSize)
	}
	for _, c := range sinks {
		if c.pipe == nil {
			c.pipe = newPrivatePipe(p.pipeSize)
		}
		if c.pipe == nil {
			return false
		}
	}
	return p.carrier != nil
}

// renounce has no more private pipes made or filled: their memory or descriptors can't be had, it seems.
func (p *pump) renounce() {
	p.pipeSize = 0
	for _, c := range p.sinks {
		if c.piped == 0 {
			c.pipe.close()
			c.pipe = nil
		}
	}
}

// discard closes pipe, with what is in it: a sink's or the carrier.
func (p *pump) discard(pipe *privatePipe) {
	pipe.close()
	if pipe == p.carrier {
		p.carrier = nil
	}
	for _, c := range p.sinks {
		if pipe == c.pipe {
			c.pipe = nil
		}
	}
}

// roomOf returns how many bytes c's private pipe takes, as far as is known.
func (p *pump) roomOf(c *carried) int64 {
	switch {
	case !c.splices():
		return 0
	case c.piped == 0:
		return int64(p.pipeSize)
	case p.cautious > 0:
		return 0
	}
	// The first and the last page of the bytes in it, and of those to come, need not be full.
	slack := 2 * os.Getpagesize()
	return int64(c.pipe.size-slack) - c.piped
}

// roomForAll is roomOf for the sink that has the least.
func (p *pump) roomForAll() int64 {
	room := int64(p.pipeSize)
	for _, c := range p.sinks {
		room = min(room, p.roomOf(c))
	}
	return room
}

// carrierFor returns the pipe from which to spread to sinks: the private pipe of one that has nothing in it saves a call.
func (p *pump) carrierFor(sinks []*carried) *privatePipe {
	for _, c := range sinks {
		if c.piped == 0 {
			return c.pipe
		}
	}
	return p.carrier
}

// spread makes the n bytes in from, which carrierFor returned, appear in the private pipes of sinks, as far as each has room;
// fresh says how many. It returns how many are left in from, the last ones of those: all have what was before.
func (p *pump) spread(from *privatePipe, sinks []*carried, n int64) (rest int64) {
	p.owner.check()
	p.cautious = max(p.cautious-1, 0)
	var owner *carried
	all := true
	rest = n
	for i, c := range sinks {
		switch last := i == len(sinks)-1; {
		case c.pipe == from:
			owner = c
			continue
		case all && last && owner == nil:
			c.fresh = p.note(sys.Splice(from.r, c.pipe.w, n))
			rest = n - c.fresh
		default:
			c.fresh = p.note(sys.Tee(from.r, c.pipe.w, n))
		}
		c.piped += c.fresh
		all = all && c.fresh == n
	}
	if owner != nil && all {
		owner.piped, owner.fresh, rest = n, n, 0
	} else if owner != nil {
		owner.fresh = 0
	}
	for _, c := range sinks {
		p.window.load(c.sink.cur, c.fresh)
	}
	if !all {
		p.cautious = caution
	}
	return rest
}

// note returns how many bytes one call of spread's has moved.
func (p *pump) note(n int64, err error) int64 {
	if err != nil && !sys.IsAgain(err) {
		p.pipeSize = 0 // no more rounds and lifts
	}
	return max(n, 0)
}
