package core

// How the pump reads the source: a pipe, a socket, or what is mapped of a file.

import (
	"io"
	"time"

	"yjoint/core/internal/sys"
)

// readPages has the pump read the file, if it can be mapped.
func (p *pump) readPages(in *fileInput) {
	if p.pages = newFilePages(in.fd); p.pages != nil {
		p.in, p.reading, p.ready = in, true, true
		p.zeroCopy, p.bulk = true, true
	}
}

// endReading leaves the source alone from here on.
func (p *pump) endReading() {
	p.reading = false
	p.watchSource(false)
	if p.pages != nil {
		p.pages.part.unmap()
	}
	close(p.readEnded)
}

// readAll waits until the pump reads the source no more. It returns whether the caller, which is the source's goroutine, is to read on.
func (p *pump) readAll() (readOn bool) {
	if p.pages != nil {
		p.pages.bring(p.readEnded, p.window.nudge)
	}
	<-p.readEnded
	return p.handOver
}

// leavePages has the source's goroutine read on, by read(2).
func (p *pump) leavePages() {
	p.handOver = true
	p.endReading()
}

// pagesCome reports whether there is a part of the file to read. It leaves the pages when there won't be one, and when they are in the way
// of a sink that writes from the window.
func (p *pump) pagesCome() bool {
	come := p.pages.come()
	if p.pages.ended || !p.roundable() || p.window.mixed() {
		p.leavePages()
		return false
	}
	return come
}

// fill reads from the source, if it is ready and somebody wants it. It returns whether it has.
func (p *pump) fill() bool {
	if !p.reading || !p.ready {
		return false
	}
	if p.pages != nil && !p.pagesCome() {
		return false
	}
	if p.roundable() {
		uniform, level, room := p.window.level(len(p.sinks))
		fits := min(room, p.roomForAll())
		if level && fits >= min(int64(p.pipeSize), p.window.limit)/2 && p.equip(p.sinks) {
			p.holdEnds = time.Time{}
			return p.round(fits)
		}
		if uniform && room > 0 && p.holds() {
			return false
		}
	}
	p.holdEnds = time.Time{}
	return p.read()
}

// read reads into the window.
func (p *pump) read() bool {
	mem := p.window.tryReserve()
	if mem == nil {
		return false
	}
	if p.pages != nil {
		mem = mem[:min(len(mem), len(p.pages.part.mem))]
	}
	n, err := sys.TryRead(p.in.fd, p.in.kind, mem)
	if sys.IsAgain(err) {
		p.ready = false
		return false
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	if n >= minRound {
		p.bulk = true
	} else if n < len(mem) {
		p.bulk = false
	}
	p.ready = n == len(mem)
	if p.pages != nil {
		p.pages.pass(n)
	}
	p.window.commit(n)
	p.judge(n, err)
	return true
}

// judge does with a read's outcome what the source wants.
func (p *pump) judge(n int, err error) {
	p.in.found(n)
	if !p.run.source.goesOn(err) {
		p.endReading()
	}
}
