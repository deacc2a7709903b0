package main

import (
	"io"
	"os"
	"slices"
	"time"

	"yjoint/core"
)

const (
	// redrawEvery is how often the block on a terminal is drawn, plainEvery how often lines come where there is none.
	redrawEvery = 500 * time.Millisecond
	plainEvery  = 10 * time.Second
	// leavePatience is how long a terminal that takes nothing is waited for before the program stops or dies.
	leavePatience = 100 * time.Millisecond
	// leastWidth and leastHeight are the smallest terminal that a block is drawn on; half of its rows at most.
	leastWidth, leastHeight = 40, 6
)

// progress shows how a run goes, until it is stopped: as a block on a terminal, else by a line per output every so often.
type progress struct {
	diag    *diagnostics
	meter   *meter
	monitor *core.Monitor
	term    *terminal // nil: plain lines
	every   time.Duration
	screen  screen        // used by the goroutine, and by stop after that
	quit    chan struct{} // closed by stop
	gone    chan struct{} // closed by the goroutine at its end
}

// newProgress returns one whose goroutine, serve, is yet to be started. plain has lines even on a terminal: the stream itself
// goes there.
func newProgress(diag *diagnostics, meter *meter, monitor *core.Monitor, plain bool) *progress {
	p := &progress{diag: diag, meter: meter, monitor: monitor, quit: make(chan struct{}), gone: make(chan struct{})}
	p.every = plainEvery
	if !plain {
		p.term = newTerminal()
	}
	if p.term != nil {
		p.every = redrawEvery
	}
	return p
}

// stop takes the block away, or writes the last lines. It may be called for a nil p, once.
func (p *progress) stop() {
	if p == nil {
		return
	}
	close(p.quit)
	<-p.gone
	if p.term == nil {
		p.plain()
	}
}

func (p *progress) serve() {
	defer close(p.gone)
	var changes, stops chan os.Signal
	if p.term != nil {
		changes, stops = p.term.changes, p.term.stops
	}
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for {
		select {
		case <-p.quit:
			p.leave()
			return
		case <-stops:
			p.leave()
			p.term.stop()
		case <-changes:
			if width, height := p.term.size(); p.screen.rows > 0 && (width != p.screen.width || height != p.screen.height) {
				p.draw()
			}
		case <-ticker.C:
			switch {
			case p.term != nil:
				p.draw()
			case p.diag.idling(): // those before have been taken
				p.plain()
			}
		}
	}
}

// plain says the lines.
func (p *progress) plain() {
	for _, line := range p.meter.look(p.monitor.Status(), time.Now()).lines() {
		p.diag.say("%s", line)
	}
}

// draw brings the block up to date, or takes it away while the terminal is somebody else's.
func (p *progress) draw() {
	v := p.meter.look(p.monitor.Status(), time.Now())
	width, height := p.term.size()
	if !p.term.ours() || width < leastWidth || height < leastHeight || len(v.outputs) == 0 {
		p.leave()
		return
	}
	if !p.diag.idling() {
		return // the terminal takes nothing
	}
	rows := v.rows(width, height/2)
	if p.screen.rows > 0 && (p.screen.rows != len(rows) || p.screen.width != width || p.screen.height != height) {
		p.diag.frame(p.screen.leave())
	}
	if p.screen.rows == 0 {
		p.diag.frame(p.screen.enter(width, height, len(rows)))
	}
	for i, row := range rows {
		p.diag.frame(p.screen.paint(i, row))
	}
}

// leave takes the block away, and waits until it is gone.
func (p *progress) leave() {
	if p.screen.rows == 0 {
		return
	}
	select {
	case <-p.diag.frame(p.screen.leave()):
	case <-time.After(leavePatience):
	}
}

// status prints a line per output and one for the whole.
func (s *session) status() {
	st := s.monitor.Status()
	if len(st.Sinks) == 0 {
		return // it has not begun
	}
	for _, line := range s.meter.look(st, time.Now()).lines() {
		s.diag.say("%s", line)
	}
}

// startProgress shows the run's progress, if that was asked for.
func (s *session) startProgress() {
	s.meter = newMeter(s.sourceSize(), s.readers.of)
	if !s.cfg.progress || s.muted {
		return
	}
	onTerminal := slices.ContainsFunc(s.outputs, func(o *output) bool { return o.kind == kindTerminal })
	p := newProgress(s.diag, s.meter, &s.monitor, onTerminal)
	go p.serve()
	s.progress.Store(p)
}

// sourceSize is how many bytes the source has, as --size says or a regular file does, or sizeUnknown.
func (s *session) sourceSize() int64 {
	if s.cfg.size >= 0 || s.files.sourceKind != kindFile {
		return s.cfg.size
	}
	info, err := s.files.source.Stat()
	at, errSeek := s.files.source.Seek(0, io.SeekCurrent)
	if err != nil || errSeek != nil {
		return sizeUnknown
	}
	return max(0, info.Size()-at)
}
