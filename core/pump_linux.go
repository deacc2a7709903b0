package core

import (
	"os"
	"slices"
	"sync"
	"time"

	"yjoint/core/internal/sys"
)

// minRound is how many bytes make a round worth its system calls, and how little may be waiting in the source's pipe before the
// pump takes the stream for one of small pieces, which are copied: each piece that is spliced takes a slot of every pipe,
// whatever its size.
const minRound = 32 << 10

// pump moves the bytes of all sinks that are pipes or sockets, and reads the source if that is one: in one goroutine, with
// one epoll(7) for all waits, so that a small message costs no switch from thread to thread.
//
// Where the source is a pipe and all sinks are, their pages are shared instead of copied, in rounds: what the source's pipe
// holds is spliced into a pipe of the run's own, the carrier, made appear in the private pipe of each sink by tee(2), and
// spliced on from there as the output takes it. In all other cases, and where a private pipe has no room, the bytes go through
// the window's memory, where the other sinks find them too; what many sinks want from there is written into the carrier
// once and shared from it.
//
// A sink's goroutine gives its sink to the pump by carry, which returns when there is something else to do than to move bytes.
type pump struct {
	owner  owner // its goroutine, of what belongs to it
	run    *run
	window *window
	in     *fileInput // what the pump reads; nil if the source's own goroutine does
	pages  *filePages // nil unless that is a file: then the pump reads as much of it as can be mapped

	readEnded chan struct{} // closed when nothing more is read from in
	once      sync.Once     // starts serve
	ended     chan struct{} // closed when serve has ended

	mu      sync.Mutex // guards the fields below
	joining []*carried // those that carry has brought
	stopped bool

	// The fields below belong to the pump's goroutine.
	sinks    []*carried
	served   bool // there was something to do
	reading  bool // the source has more, as far as is known
	ready    bool // so has its pipe
	bulk     bool // much was there at the last read
	zeroCopy bool // rounds are possible
	pipeSize int  // of new private pipes, 0 if there are none
	carrier  *privatePipe
	cautious int       // so many rounds need empty private pipes
	holdEnds time.Time // reading waits for slower sinks until then; zero: it doesn't
	holdNext time.Time // no such wait before
	shared   int64     // bytes that went round
	handOver bool      // the source's own goroutine is to read on
	group    []*carried
	poller   *sys.Poller
	watched  bool // the source is in poller
	byFD     map[int]*carried
	found    []sys.Wakeup
}

// newPump returns nil where the portable path serves the run, with the reason if it is the system's.
func newPump(r *run, sinks []Sink) (*pump, error) {
	in, _ := r.source.in.(*fileInput)
	reads := in != nil && in.kind.Pollable()
	if !reads && !slices.ContainsFunc(sinks, mayBeDescriptor) {
		return nil, nil
	}
	if err := sys.ProbeSplice(); err != nil {
		return nil, err
	}
	p := &pump{
		run: r, window: r.window, readEnded: make(chan struct{}), ended: make(chan struct{}),
		byFD: map[int]*carried{},
	}
	rounds := !r.opts.NoZeroCopy && r.digester == nil
	switch {
	case reads:
		p.in, p.reading = in, true
		p.zeroCopy = rounds && in.kind == sys.Pipe
	case rounds && in != nil && in.kind == sys.File:
		p.readPages(in)
	}
	p.pipeSize = r.privateSize
	if err := p.prepare(); err != nil {
		return nil, err
	}
	return p, nil
}

// prepare makes what the pump sleeps by.
func (p *pump) prepare() error {
	w, err := newWake()
	if err != nil {
		return err
	}
	if p.poller, err = sys.NewPoller(); err == nil {
		if err = p.poller.Add(w.fd(), sys.Input); err == nil {
			p.window.bell = bell{wake: w}
			return nil
		}
		p.poller.Close()
	}
	w.close()
	return err
}

func mayBeDescriptor(s Sink) bool {
	_, is := s.Writer.(*os.File)
	return is || s.Open != nil
}

// reads reports whether the pump reads the source.
func (p *pump) reads() bool { return p != nil && p.in != nil }

// carries reports whether out's bytes are moved by the pump.
func (p *pump) carries(out output) bool {
	f, ok := out.(*fileOutput)
	return ok && p != nil && f.kind.Pollable()
}

// carry moves the bytes of s until there is something else to do: its turn, or the error of its output. turnWrite: they can't be
// moved without blocking, and the sink's goroutine must do so from here on.
func (p *pump) carry(s *sink) (turn, error) {
	p.start()
	c := &carried{sink: s, out: s.out.(*fileOutput), back: make(chan handback, 1)}
	p.window.carry(s.cur)
	p.mu.Lock()
	p.joining = append(p.joining, c)
	p.mu.Unlock()
	p.window.nudge()
	b := <-c.back
	if b.turn == turnWrite && b.err == nil {
		p.window.uncarry(s.cur)
		c.out.watch()
	}
	return b.turn, b.err
}

// stop ends the pump, when it has no sinks, and waits for its end.
func (p *pump) stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.window.nudge()
	p.once.Do(func() { close(p.ended) }) // never started
	<-p.ended
	p.poller.Close()
	p.window.bell.wake.close()
}

// start starts the pump's goroutine, at its first call.
func (p *pump) start() { p.once.Do(func() { go p.serve() }) }

// serve is the pump's goroutine.
func (p *pump) serve() {
	p.owner.take()
	p.served = true
	defer close(p.ended)
	defer func() { p.carrier.close() }()
	for p.admit() {
		if !p.move() {
			p.sleep()
		}
	}
}

// move moves what can be moved, once from the source and once to each sink. It returns whether there was anything.
func (p *pump) move() (moved bool) {
	moved = p.fill()
	p.lift()
	for _, c := range p.sinks {
		moved = p.step(c) || moved
	}
	p.dismiss()
	return moved
}

// admit takes over the sinks that have joined, and the window's news. It returns false when the pump must end.
func (p *pump) admit() bool {
	p.window.listen()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.joining {
		p.welcome(c)
	}
	p.joining = nil
	if p.run.halted() {
		p.halt()
	}
	return !p.stopped
}

// welcome takes over one sink.
func (p *pump) welcome(c *carried) {
	c.sink.cur.owner.take()
	if err := p.poller.Add(c.out.fd, sys.Room); err != nil {
		c.giveBack(turnWrite, nil) // its own goroutine waits for it
		return
	}
	p.byFD[c.out.fd] = c
	p.sinks = append(p.sinks, c)
}

// halt gives everything back.
func (p *pump) halt() {
	if p.reading {
		p.endReading()
	}
	for _, c := range p.sinks {
		c.giveBack(turnHalt, nil)
	}
	p.dismiss()
}

// step moves bytes to one sink. It returns whether anything has happened.
func (p *pump) step(c *carried) bool {
	if c.done || c.full {
		return false
	}
	n, offered, err := p.offer(c)
	switch {
	case offered == 0:
		if c.state == windowEnded {
			c.giveBack(turnEnd, nil)
		}
		return c.done
	case sys.IsAgain(err):
		if !c.out.widen() {
			c.full = true
			p.poller.Again(c.out.fd, sys.Room)
			c.wait()
		}
		return true
	case err == nil && n == 0:
		err = errAcceptsEmpty
	}
	if err != nil {
		c.giveBack(turnWrite, err)
	} else {
		c.moved(n)
	}
	return true
}

// offer has the output take what is next, and returns how much of how many bytes it took.
func (p *pump) offer(c *carried) (n, offered int64, err error) {
	p.owner.check()
	c.sink.life.use()
	if c.piped > 0 {
		n, err = sys.Splice(c.pipe.r, c.out.fd, c.piped)
		if n > 0 || !sys.SpliceRefused(err) {
			return n, c.piped, err
		}
		p.recall(c)
	}
	mem := c.held
	if len(mem) == 0 {
		if mem, c.state = p.window.ahead(c.sink.cur); len(mem) == 0 {
			return 0, 0, nil
		}
	}
	return p.copy(c, mem)
}

// copy has the output take a copy of mem.
func (p *pump) copy(c *carried, mem []byte) (n, offered int64, err error) {
	offered = int64(len(mem))
	if !c.out.refused {
		took, err := c.out.tryWrite(mem)
		if !c.out.refused {
			return int64(took), offered, err
		}
	}
	if c.out.reopen() || len(c.held) > 0 {
		took, err := c.out.try(mem)
		return int64(took), offered, err
	}
	// The kernel knows no write to this pipe that doesn't block, but a splice. Whoever writes to it as well may be quicker
	// to fill it than a write that follows poll.
	if c.splices() && p.equip([]*carried{c}) {
		took, err := sys.Write(c.pipe.w, mem)
		if err == nil {
			c.piped = int64(took)
			p.window.load(c.sink.cur, c.piped)
			return p.offer(c)
		}
		p.renounce() // it is the private pipe that has failed, not the output
	}
	c.giveBack(turnWrite, nil) // its own goroutine may block
	return 0, 0, nil
}

// recall takes back what the output refuses to have spliced to it, for good.
func (p *pump) recall(c *carried) {
	c.held = make([]byte, c.piped)
	c.pipe.read(c.held)
	c.piped = 0
	c.unspliceable = true
}

// dismiss forgets the sinks that were given back.
func (p *pump) dismiss() {
	p.sinks = slices.DeleteFunc(p.sinks, func(c *carried) bool { return c.done })
}

// forget ends the waits for a sink that is given back.
func (p *pump) forget(c *carried) {
	p.poller.Remove(c.out.fd)
	delete(p.byFD, c.out.fd)
}

// used reports whether the pump had anything to do; after stop.
func (p *pump) used() bool { return p != nil && p.served }
