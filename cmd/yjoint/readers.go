package main

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"yjoint/core"
)

const (
	// firstReaderPoll is how soon after the start somebody looks whether outputs have accepted bytes; each wait is twice the
	// one before, up to lastReaderPoll.
	firstReaderPoll = 2 * time.Millisecond
	lastReaderPoll  = time.Second
	// readerScanLimit bounds one look through all processes.
	readerScanLimit = 500 * time.Millisecond
	// longestCommand is how many characters of a reader's command line the diagnostics show.
	longestCommand = 80
)

// readerLooks is when after an output's first bytes its reader is looked for. More than once: a shell may not have become the
// command of its >(…) yet, or may have run something else before it. What was found last holds. While no bytes come, it is
// looked for at the same times after the opening, but for the first: so one that dies of its first bytes is known by then.
var readerLooks = [...]time.Duration{0, 100 * time.Millisecond, 2 * time.Second}

// reader is a process that reads the pipe of an output.
type reader struct {
	Command string `json:"command"`
	PID     int    `json:"pid"`
}

func (r *reader) String() string {
	command := []rune(r.Command)
	if len(command) > longestCommand {
		command = append(command[:longestCommand-1], '…')
	}
	return "read by " + strconv.Quote(string(command)) + " (pid " + strconv.Itoa(r.PID) + ")"
}

// sighting is what one look finds of an output.
type sighting struct {
	reader  reader
	brief   bool     // its Command is the bare name: the command line could not be read
	waiting []reader // those that have the pipe open, too, and wait for the one that reads it: the shells around it
}

// readers are those of a run's outputs, as far as they were found.
type readers struct {
	mu      sync.Mutex       // guards the fields below
	found   []*reader        // per output; nil for one that has none, or none that was found
	waiting map[int][]reader // per output: those that were seen to wait for its reader
}

// of returns the reader of output i, or nil.
func (r *readers) of(i int) *reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i >= len(r.found) {
		return nil
	}
	return r.found[i]
}

// named is what the diagnostics call output i, whose name is given.
func (r *readers) named(i int, name string) string {
	if who := r.of(i); who != nil {
		return fmt.Sprintf("%s, %v", name, who)
	}
	return name
}

// watch looks for the readers of pipes, one per output, at the times of readerLooks, until all are looked for or over is closed. When
// they have failed their outputs they are gone.
func (r *readers) watch(pipes []pipeEnd, monitor *core.Monitor, over <-chan struct{}) {
	r.found, r.waiting = make([]*reader, len(pipes)), map[int][]reader{}
	wanted := map[int]*search{}
	for i, p := range pipes {
		if p.known() {
			wanted[i] = newSearch(p)
		}
	}
	if len(wanted) > 0 {
		go r.search(wanted, monitor, over)
	}
}

// search is that for the reader of one output.
type search struct {
	pipe  pipeEnd
	begun bool      // the output was seen to have accepted bytes
	since time.Time // when that was; before, when the output was seen to be open
	looks int       // of readerLooks that are done
}

// newSearch returns that for the reader of p, which leaves out the first look as long as there are no bytes: at the opening a shell
// is seldom the command already.
func newSearch(p pipeEnd) *search { return &search{pipe: p, looks: 1} }

// due reports whether it is time for another look, which counts as taken then.
func (s *search) due(now time.Time, open bool, accepted int64) bool {
	if accepted > 0 && !s.begun {
		s.begun, s.since, s.looks = true, now, 0
	}
	if s.since.IsZero() && open {
		s.since = now
	}
	if s.since.IsZero() || s.looks == len(readerLooks) || now.Sub(s.since) < readerLooks[s.looks] {
		return false
	}
	s.looks++
	return true
}

// over reports whether there will be no other look.
func (s *search) over() bool { return s.begun && s.looks == len(readerLooks) }

func (r *readers) search(wanted map[int]*search, monitor *core.Monitor, over <-chan struct{}) {
	for wait := firstReaderPoll; len(wanted) > 0; wait = min(2*wait, lastReaderPoll) {
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
		now, due := time.Now(), map[int]pipeEnd{}
		for i, s := range monitor.Status().Sinks {
			w := wanted[i]
			if w == nil || !w.due(now, s.Doing != "opening", s.Accepted) {
				continue
			}
			due[i] = w.pipe
			if w.over() {
				delete(wanted, i)
			}
		}
		if len(due) > 0 {
			r.remember(findReaders(due, now.Add(readerScanLimit)))
		}
	}
}

// remember takes over what a look has found. A shell that was seen to wait for the reader is not the reader, though it is all that is
// left: the reader has just gone. Nor is what a dying process has left of its command line its command.
func (r *readers) remember(found map[int]sighting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, s := range found {
		before := r.found[i]
		known := before != nil && (slices.Contains(r.waiting[i], s.reader) || s.brief && s.reader.PID == before.PID)
		if !known {
			r.found[i] = &s.reader
		}
		r.waiting[i] = append(r.waiting[i], s.waiting...)
	}
}

// maxAncestors bounds the way up from a process, whose numbers may change hands meanwhile.
const maxAncestors = 64

// ancestorsOf returns the process's parent, its parent, and so on, without init.
func ancestorsOf(pid int) (all []int) {
	for pid = parentOf(pid); pid > 1 && len(all) < maxAncestors; pid = parentOf(pid) {
		all = append(all, pid)
	}
	return all
}
