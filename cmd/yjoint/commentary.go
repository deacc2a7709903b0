package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"yjoint/core"
)

// pendingPatience is how long the end of an output's reader is kept back, because the output may turn out complete (the
// stream ends there too) or its command's exit status, the better cause, is about to be known.
const pendingPatience = time.Second

// commentary turns a run's events into diagnostics.
type commentary struct {
	diag  speaker
	quiet bool     // no warnings, only failures
	hints []string // per output, advice about its failure to open, or ""
	// named is what an output is called: its name, and who reads it.
	named func(index int, name string) string

	mu   sync.Mutex // guards the fields below
	held map[int]*time.Timer
	told map[int]string // what was last told of that output's failure
	slow map[int]bool   // a stall was told that is not over
}

// speaker is what a commentary needs of diagnostics.
type speaker interface {
	say(format string, args ...any)
	hint(text string)
}

func newCommentary(d speaker, quiet bool, hints []string, named func(int, string) string) *commentary {
	return &commentary{diag: d, quiet: quiet, hints: hints, named: named, held: map[int]*time.Timer{}, told: map[int]string{}, slow: map[int]bool{}}
}

// observe is core.Options.Observe.
func (c *commentary) observe(e core.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Kind {
	case core.EventDetached:
		if e.Pending || core.IsBrokenPipe(e.Sink.Err) {
			c.held[e.Index] = time.AfterFunc(pendingPatience, func() { c.late(e) })
			return
		}
		c.failure(e)
	case core.EventSettled:
		c.settled(e)
	case core.EventStalled:
		c.slow[e.Index] = true
		c.warn("%s: %s", c.named(e.Index, e.Sink.Name), stalled(e))
	case core.EventResumed:
		c.slow[e.Index] = false
		c.warn("%s: goes on after %v at byte %d", e.Sink.Name, e.For.Round(time.Millisecond), e.Sink.Accepted)
	}
}

// late tells a failure that was kept back for too long to wait for the verdict.
func (c *commentary) late(e core.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[e.Index] != nil {
		delete(c.held, e.Index)
		c.failure(e)
	}
}

// settled tells the verdict, unless the same was told when the output was detached.
func (c *commentary) settled(e core.Event) {
	if t := c.held[e.Index]; t != nil {
		t.Stop()
		delete(c.held, e.Index)
	}
	switch {
	case e.Sink.OK():
		if c.told[e.Index] != "" {
			c.warn("%s: %s after all: it had taken the whole stream", e.Sink.Name, e.Sink.Verdict)
		} else if c.slow[e.Index] {
			c.warn("%s: went on, and is %s at byte %d", e.Sink.Name, e.Sink.Verdict, e.Sink.Accepted)
		}
	case e.Sink.Verdict == core.Cancelled:
	case c.told[e.Index] == "", e.Sink.Op == core.OpExit, e.Sink.Op == core.OpRename, e.Sink.Op == core.OpCommit:
		c.failure(e)
	}
}

func (c *commentary) failure(e core.Event) {
	text := describe(e.Sink)
	if text == c.told[e.Index] {
		return
	}
	c.told[e.Index] = text
	// Not in what is compared: the reader may have been found in between.
	e.Sink.Name = c.named(e.Index, e.Sink.Name)
	c.diag.say("%s; %s left", describe(e.Sink), count(e.Left, "output"))
	if hint := c.hints[e.Index]; hint != "" && e.Sink.Verdict == core.NotOpened {
		c.diag.hint(hint)
	}
}

func (c *commentary) warn(format string, args ...any) {
	if !c.quiet {
		c.diag.say(format, args...)
	}
}

// describe is what the diagnostics say of a failed output: OUTPUT: OPERATION at byte N: cause (ERRNO).
func describe(s core.SinkReport) string {
	text := (&core.SinkError{Name: s.Name, Op: s.Op, Offset: s.Accepted, Err: s.Err}).Error()
	if s.AtLeast {
		text = strings.Replace(text, " at byte ", " at or after byte ", 1)
	}
	if s.HasTaken && s.Taken < s.Accepted {
		text += fmt.Sprintf("; its reader had taken %d", s.Taken)
	}
	return text
}

// stalled tells what does not move.
func stalled(e core.Event) string {
	idle := e.For.Round(time.Millisecond)
	if left := e.Sink.Accepted - e.Sink.Taken; e.Waiting == 0 && e.Sink.HasTaken {
		return fmt.Sprintf("its reader has taken nothing for %v at byte %d; %s left in the pipe", idle, e.Sink.Taken, count(left, "byte"))
	}
	return fmt.Sprintf("has accepted nothing for %v at byte %d; %s", idle, e.Sink.Accepted, holds(e))
}

// holds tells what waits for a stalled output.
func holds(e core.Event) string {
	if e.Holding {
		return "everything waits for it"
	}
	if e.Waiting == 0 && e.Sink.HasTaken {
		return "its reader has yet to take " + count(e.Sink.Accepted-e.Sink.Taken, "byte")
	}
	return count(e.Waiting, "byte") + " wait for it, the others go on"
}

// count is n and a noun, in the plural if need be.
func count[T int | int64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// conclude tells how the run ended, if it did not end as wanted.
func (c *commentary) conclude(rep core.Report, signal string) {
	if rep.Source.Err != nil {
		c.diag.say("%s: at byte %d: %s", rep.Source.Name, rep.Source.Bytes, core.Describe(rep.Source.Err))
	}
	if signal != "" {
		c.diag.say("ended by %s at byte %d", signal, rep.Source.Bytes)
	}
	if !allOK(rep) {
		c.diag.say("%s", summary(rep))
	}
}

// summary is the last line of a run that did not go as wanted: what is complete, and what is not.
func summary(rep core.Report) string {
	complete, failed, unpublished, cancelled := 0, []string(nil), []string(nil), []string(nil)
	for _, s := range rep.Sinks {
		switch {
		case s.OK():
			complete++
		case s.Op == core.OpPublish:
			unpublished = append(unpublished, s.Name)
		case s.Verdict == core.Cancelled:
			cancelled = append(cancelled, s.Name)
		default:
			failed = append(failed, s.Name)
		}
	}
	text := fmt.Sprintf("%d of %s complete (%s)", complete, count(len(rep.Sinks), "output"), count(rep.Source.Bytes, "byte"))
	if len(failed) > 0 {
		text += "; failed: " + strings.Join(failed, ", ")
	}
	if len(unpublished) > 0 {
		text += "; not published: " + strings.Join(unpublished, ", ")
	}
	if len(cancelled) > 0 {
		text += "; cancelled: " + strings.Join(cancelled, ", ")
	}
	return text
}

// allOK reports whether there is nothing to sum up.
func allOK(rep core.Report) bool {
	for _, s := range rep.Sinks {
		if !s.OK() {
			return false
		}
	}
	return rep.Source.Err == nil
}

// errSignal is the cause of a run that a signal has ended.
type errSignal struct{ name string }

func (e *errSignal) Error() string { return "ended by " + e.name }
