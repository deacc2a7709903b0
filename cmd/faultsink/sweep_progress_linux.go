//go:build linux && (amd64 || arm64)

package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"yjoint/cmd/internal/sweep"
)

// progress tells on a terminal how far a sweep has come; elsewhere nothing. Its methods are called by one goroutine at a time.
type progress struct {
	to    io.Writer // nil: no terminal
	shown bool      // there is text on the line
	begun time.Time
	last  time.Time // of an update
	total int
	done  int
	wrong int
}

func newProgress(to io.Writer) *progress {
	if to != os.Stderr || !isTerminal(2) {
		to = nil
	}
	return &progress{to: to}
}

// text shows the text in place of what was shown.
func (p *progress) text(format string, args ...any) {
	if p.to != nil {
		fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
		p.shown = true
	}
}

// end takes away what is shown.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) begin(total int) {
	p.total, p.begun = total, time.Now()
	p.text("%d runs", total)
}

// update is how often progress is shown.
const update = 100 * time.Millisecond

// tell counts a run.
func (p *progress) tell(r sweep.Result) {
	p.done++
	if !r.Outcome.Good() {
		p.wrong++
	}
	now := time.Now()
	if now.Sub(p.last) < update && p.done < p.total {
		return
	}
	p.last = now
	left := now.Sub(p.begun) / time.Duration(p.done) * time.Duration(p.total-p.done)
	p.text("%d of %d runs, %d not good, %v left", p.done, p.total, p.wrong, left.Round(time.Second))
}
