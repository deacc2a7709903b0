package core

import (
	"yjoint/core/internal/sys"
)

// minLift is how many bytes that two sinks want from the window's memory are worth a way through a pipe.
const minLift = minRound

// privatePipe is a pipe between the window or the source and one output, of which both ends are the run's own: what is in it
// can be shared by tee(2), and an output that takes nothing doesn't hold up the others.
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
	if max(r, w) >= sys.DescriptorLimit()/2 || !p.resize(size) {
		p.close()
		return nil
	}
	return p
}

// resize changes the capacity and reports whether it is size now.
func (p *privatePipe) resize(size int) bool {
	p.size, _ = sys.PipeSize(p.w)
	if p.size != size {
		p.size, _ = sys.SetPipeSize(p.w, size)
	}
	return p.size == size
}

func (p *privatePipe) close() {
	if p != nil {
		sys.Close(p.r)
		sys.Close(p.w)
	}
}

// equip gives each of the sinks, which have nothing in theirs, a private pipe. They are of one size: then tee(2) from a full
// one into an empty one always takes everything. It returns false if that can't be done, for good.
func (p *pump) equip(sinks []*carried) bool {
	for p.pipeSize > 0 {
		if p.tryEquip(sinks) {
			return true
		}
		// A user's pipes beyond the limit can't be enlarged, and at last have two pages only.
		if p.pipeSize > sys.DefaultPipeSize() {
			p.pipeSize = sys.DefaultPipeSize()
		} else {
			p.unshare(sinks)
		}
	}
	return false
}

func (p *pump) tryEquip(sinks []*carried) bool {
	for _, c := range sinks {
		if c.pipe == nil {
			c.pipe = newPrivatePipe(p.pipeSize)
		}
		if c.pipe == nil || c.pipe.size != p.pipeSize && !c.pipe.resize(p.pipeSize) {
			return false
		}
	}
	return true
}

// roundable reports whether rounds can carry what all the sinks want.
func (p *pump) roundable() bool {
	if !p.zeroCopy || p.pipeSize == 0 || !p.bulk {
		return false
	}
	for _, c := range p.sinks {
		if !c.splices() {
			return false
		}
	}
	return true
}

// round takes what the source's pipe holds for all sinks, which have nothing left to accept. It returns whether it has
// found anything, be it the end.
func (p *pump) round() bool {
	first := p.sinks[0]
	n, err := sys.Splice(p.in.fd, first.pipe.w, p.window.limit)
	switch {
	case sys.IsAgain(err):
		p.ready = false
		return false
	case sys.SpliceRefused(err):
		p.zeroCopy = false
		return true
	case err == nil && n == 0, err != nil:
		return p.read() // the end, or an error that read(2) tells better
	}
	p.bulk = n >= minRound
	p.ready = p.bulk
	if !p.share(p.sinks, n) {
		return p.takeBack(first, n)
	}
	p.window.pass(n)
	p.shared += n
	p.judge(int(n), nil)
	return true
}

// share makes the n bytes in the first sink's private pipe appear in those of the others, which are empty. If it fails, all
// are empty but the first's.
func (p *pump) share(sinks []*carried, n int64) bool {
	for _, c := range sinks[1:] {
		if shared, err := sys.Tee(sinks[0].pipe.r, c.pipe.w, n); err != nil || shared != n {
			p.unshare(sinks[1:])
			return false
		}
	}
	for _, c := range sinks {
		c.piped = n
	}
	return true
}

// unshare empties private pipes, and has no more of them made: their memory or descriptors can't be had, it seems.
func (p *pump) unshare(sinks []*carried) {
	p.pipeSize = 0
	for _, c := range sinks {
		c.pipe.close()
		c.pipe = nil
	}
}

// takeBack reads into the window what is in the first sink's private pipe and could not be shared. It always fits, unless the
// run has been halted.
func (p *pump) takeBack(first *carried, n int64) bool {
	for n > 0 {
		mem := p.window.tryReserve()
		if mem == nil {
			break
		}
		got, err := sys.Read(first.pipe.r, mem[:min(int64(len(mem)), n)])
		if err != nil || got == 0 {
			panic("core: a private pipe does not return what it has taken")
		}
		p.window.commit(got)
		n -= int64(got)
	}
	p.unshare([]*carried{first})
	p.judge(0, nil)
	return true
}

// lift writes what several sinks want next from the window into the private pipe of one of them and shares it from there:
// one copy instead of one for each.
func (p *pump) lift() {
	if p.pipeSize == 0 || len(p.sinks) < 2 {
		return
	}
	for i, c := range p.sinks {
		if !c.liftable() {
			continue
		}
		mem, _ := p.window.ahead(c.sink.cur)
		if len(mem) < minLift {
			continue
		}
		group := append(p.group[:0], c)
		for _, other := range p.sinks[i+1:] {
			if other.liftable() && other.sink.cur.pos == c.sink.cur.pos {
				group = append(group, other)
			}
		}
		p.group = group
		if len(group) > 1 && p.equip(group) {
			p.liftFor(group, mem)
		}
	}
}

func (p *pump) liftFor(group []*carried, mem []byte) {
	n, err := sys.Write(group[0].pipe.w, mem)
	if err == nil && !p.share(group, int64(n)) {
		p.unshare(group[:1])
	}
}

// recall takes back what the output refuses to have spliced to it, for good.
func (p *pump) recall(c *carried) error {
	held := make([]byte, c.piped)
	for n := 0; n < len(held); {
		got, err := sys.Read(c.pipe.r, held[n:])
		if err != nil {
			return err
		}
		n += got
	}
	c.held, c.piped = held, 0
	c.unspliceable = true
	return nil
}
