package core

import (
	"yjoint/core/internal/sys"
)

// minLift is how many bytes that two sinks want from the window's memory are worth a way through a pipe.
const minLift = minRound

// caution is how many rounds find the private pipes empty after one in which a pipe's slots were fewer than its bytes promised:
// a pipe takes as many pieces as it has pages, of whatever size they are.
const caution = 32

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

// round takes up to n bytes of what the source's pipe holds for all sinks, which have loaded everything before. It returns
// whether it has found anything, be it the end.
func (p *pump) round(n int64) bool {
	carrier := p.carrierFor(p.sinks)
	if p.pages != nil {
		return p.roundOfPages(carrier, n)
	}
	n, err := sys.Splice(p.in.fd, carrier.w, n)
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
	p.shared += p.goRound(carrier, n)
	return true
}

// goRound gives the n bytes in carrier, which the source had, to all sinks, and returns how many went round.
func (p *pump) goRound(carrier *privatePipe, n int64) int64 {
	rest := p.spread(carrier, p.sinks, n)
	p.window.pass(n - rest)
	p.keep(carrier, rest)
	p.judge(int(n), nil)
	return n - rest
}

// roundOfPages is round for a file.
func (p *pump) roundOfPages(carrier *privatePipe, n int64) bool {
	n, ok := p.pages.writeTo(carrier.w, n)
	if !ok {
		p.discard(carrier)
		p.leavePages()
		return false
	}
	p.goRound(carrier, n)
	return true
}

// keep reads into the window the rest that is in carrier. It always fits, unless the run has been halted.
func (p *pump) keep(carrier *privatePipe, rest int64) {
	for rest > 0 {
		mem := p.window.tryReserve()
		if mem == nil {
			return // nobody gets anything more
		}
		mem = mem[:min(int64(len(mem)), rest)]
		carrier.read(mem)
		p.window.commit(len(mem))
		rest -= int64(len(mem))
	}
}

// lift writes what several sinks want next from the window into the carrier and spreads it from there: one copy instead of
// one for each.
func (p *pump) lift() {
	if len(p.sinks) < 2 {
		return
	}
	for i, c := range p.sinks {
		room := p.roomOf(c)
		if room < minLift {
			continue
		}
		mem, _ := p.window.ahead(c.sink.cur)
		if len(mem) < minLift {
			continue
		}
		group := append(p.group[:0], c)
		for _, other := range p.sinks[i+1:] {
			if c.abreast(other) && p.roomOf(other) >= minLift {
				group = append(group, other)
				room = min(room, p.roomOf(other))
			}
		}
		p.group = group
		if len(group) > 1 && p.equip(group) {
			p.liftFor(group, mem[:min(int64(len(mem)), room)])
		}
	}
}

func (p *pump) liftFor(group []*carried, mem []byte) {
	carrier := p.carrierFor(group)
	n, err := sys.Write(carrier.w, mem)
	if err != nil {
		p.renounce()
		return
	}
	if rest := p.spread(carrier, group, int64(n)); rest > 0 {
		p.discard(carrier) // the window has it
	}
}
