package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// maxQueued bounds the lines, in bytes, that wait for a standard error which takes nothing.
	maxQueued = 64 << 10
	// flushPatience is how long the end of the program waits for them.
	flushPatience = time.Second
)

// diagnostics writes lines to standard error from a goroutine of its own, so that a standard error which is full, slow
// or gone never holds up the data. Lines that can't be written are counted.
type diagnostics struct {
	out   io.Writer // used by the goroutine alone
	muted bool      // every line is lost: standard error is closed, or carries the stream

	mu      sync.Mutex // guards the fields below
	lines   []entry
	queued  int       // bytes of lines
	lost    int       // lines given up
	writing bool      // a line is being written
	more    sync.Cond // lines changed
	idle    sync.Cond // nothing is queued or being written
}

// entry is a piece of text to be written at once.
type entry struct {
	text  string
	drawn bool          // on a terminal, beside the lines: not lost if it is not written
	done  chan struct{} // closed when it is written or given up
}

func newDiagnostics(out io.Writer, muted bool) *diagnostics {
	d := &diagnostics{out: out, muted: muted}
	d.more.L, d.idle.L = &d.mu, &d.mu
	go d.serve()
	return d
}

// say queues a line, with the program's name in front. It never blocks.
func (d *diagnostics) say(format string, args ...any) {
	d.write("yjoint: " + printable(fmt.Sprintf(format, args...)) + "\n")
}

// printable makes one line of text that does nothing to a terminal: a name may hold anything.
func printable(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hint queues a line of advice.
func (d *diagnostics) hint(text string) { d.say("hint: %s", text) }

func (d *diagnostics) write(line string) {
	d.add(entry{text: line, done: make(chan struct{})})
}

// frame queues what is drawn on a terminal. The result is closed when it is written or given up.
func (d *diagnostics) frame(text string) <-chan struct{} {
	e := entry{text: text, drawn: true, done: make(chan struct{})}
	d.add(e)
	return e.done
}

// idling reports whether nothing waits to be written.
func (d *diagnostics) idling() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.lines) == 0 && !d.writing && !d.muted
}

func (d *diagnostics) add(e entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.muted || d.queued+len(e.text) > maxQueued {
		d.giveUp(e)
		return
	}
	d.lines = append(d.lines, e)
	d.queued += len(e.text)
	d.more.Signal()
}

// giveUp counts a line as lost. d.mu must be held.
func (d *diagnostics) giveUp(e entry) {
	close(e.done)
	if !e.drawn {
		d.lost++
	}
}

func (d *diagnostics) serve() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for len(d.lines) == 0 {
			d.idle.Broadcast()
			d.more.Wait()
		}
		e := d.lines[0]
		d.lines = d.lines[1:]
		d.writing = true
		d.mu.Unlock()
		_, err := io.WriteString(d.out, e.text)
		d.mu.Lock()
		d.writing = false
		d.queued -= len(e.text)
		if err != nil {
			d.giveUp(e)
		} else {
			close(e.done)
		}
	}
}

// flush waits until all lines are written, but no longer than flushPatience, and returns how many lines are lost so far,
// counting those that still wait.
func (d *diagnostics) flush() (lost int) {
	timer := time.AfterFunc(flushPatience, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.muted = true
		for _, e := range d.lines {
			d.giveUp(e)
		}
		d.lines = nil
		if d.writing {
			d.lost++
			d.writing = false
		}
		d.idle.Broadcast()
	})
	defer timer.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.lines) > 0 || d.writing {
		d.idle.Wait()
	}
	return d.lost
}
