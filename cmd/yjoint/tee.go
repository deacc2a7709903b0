package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"yjoint/cmd/internal/version"
	"yjoint/core"
)

// The exit statuses of tee. Under a mode without "nopipe" and without SIGPIPE ignored it can also die of that signal.
const (
	statusTeeOK     = 0
	statusTeeFailed = 1 // an output, the source or the command line
)

// isTee reports whether a program invoked as arg0 is to be a tee.
func isTee(arg0 string) bool {
	name := filepath.Base(arg0)
	if runtime.GOOS == "windows" {
		name = strings.TrimSuffix(strings.ToLower(name), ".exe")
	}
	return name == "tee"
}

// tee is one run under that name.
type tee struct {
	name    string // as it was invoked, for messages
	mode    teeMode
	diag    *diagnostics
	outputs []teeOutput
	cancel  context.CancelFunc // ends the copying

	// What core.Run's Observe notes, one call at a time; after Run they are the caller's.
	failed   bool
	told     []bool        // per output: its failure is known
	detached int           // outputs that are served no more
	ending   chan struct{} // closed when another goroutine is ending the program
}

// runTee does what args, beginning with the program's name, ask of a tee, and returns the exit status.
func runTee(args []string, stderr io.Writer) int {
	inherited := markInherited()
	t := &tee{name: printable(args[0]), ending: make(chan struct{})}
	_, posixly := os.LookupEnv("POSIXLY_CORRECT")
	o, err := parseTee(args[1:], posixly)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v\nTry '%s --help' for more information.\n", t.name, err, t.name)
		return statusTeeFailed
	case o.help:
		return t.print(stderr, "Usage: "+t.name+" [OPTION]... [FILE]...\n"+teeHelp)
	case o.version:
		return t.print(stderr, "tee (yjoint) "+version.Of()+"\n")
	}
	portable, err := wantsPortable(os.Getenv(pathVariable))
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", t.name, err)
		return statusTeeFailed
	}
	catchTeeSignals(o.ignoreInterrupts)
	t.mode = o.mode
	t.diag = newDiagnostics(stderr, false)
	defer t.diag.flush()
	if !t.open(o, inherited) {
		return statusTeeFailed
	}
	return t.copy(portable)
}

// print writes what was asked for with --help or --version.
func (t *tee) print(stderr io.Writer, text string) int {
	f, err := privateCopy(1, "standard output") // os.Stdout would have its own way with SIGPIPE
	if err == nil {
		release(1) // so that closing the copy says how that ended
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		return statusTeeOK
	}
	if core.IsBrokenPipe(err) && !ignoresBrokenPipes() {
		endTeeByPipe()
	}
	fmt.Fprintf(stderr, "%s: write error: %s\n", t.name, causeText(err))
	return statusTeeFailed
}

// open opens the outputs, one after the other as they are named. It returns false if tee must exit for one that fails.
func (t *tee) open(o *teeOptions, inherited []int) bool {
	reserve := newReserve()
	defer reserve.release()
	t.outputs = []teeOutput{openTeeStdout()}
	for _, path := range o.files {
		output, err := openTeeFile(path, o.append, inherited)
		if err == nil {
			t.outputs = append(t.outputs, output)
			continue
		}
		t.failed = true
		t.say("%s: %s", output.name, causeText(err))
		if t.mode.exits() {
			return false
		}
	}
	release(1) // no name stands for it any more, and the close of the copy is to be the last one, which has the error
	return true
}

// copy passes standard input on, and returns the exit status.
func (t *tee) copy(portable bool) int {
	// See run.
	runtime.GOMAXPROCS(max(runtime.NumCPU(), len(t.outputs)+2))
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel, t.told = cancel, make([]bool, len(t.outputs))
	defer cancel()
	// A source that has something to say at once, be it an error, says it first.
	watched := t.mode.noPipe() && inspectSource().state.mayWait()
	var sinks []core.Sink
	for _, o := range t.outputs {
		sinks = append(sinks, core.Sink{Name: o.name, Writer: o.writer, NoDrain: true, Unwatched: !watched})
	}
	input, err := privateCopy(0, "standard input")
	source := core.Source{Reader: input}
	if err != nil {
		source.Reader = failedReader{err}
	}
	opts := core.Options{Portable: portable, Observe: t.observe}
	rep, err := core.Run(ctx, source, sinks, opts)
	if len(rep.Sinks) == 0 && input != nil { // the engine reads no socket of messages by itself
		source.Reader = struct{ io.Reader }{input}
		rep, err = core.Run(ctx, source, sinks, opts)
	}
	select {
	case <-t.ending:
		var never chan struct{}
		<-never
	default:
	}
	switch {
	case len(rep.Sinks) == 0:
		t.say("%s", causeText(err))
		t.failed = true
	case rep.Source.Err != nil:
		t.say("read error: %s", causeText(rep.Source.Err))
		t.failed = true
	}
	return t.status()
}

func (t *tee) status() int {
	if t.failed {
		return statusTeeFailed
	}
	return statusTeeOK
}

// say queues a message; names in it are quoted already.
func (t *tee) say(format string, args ...any) {
	t.diag.write(t.name + ": " + fmt.Sprintf(format, args...) + "\n")
}

// observe is core.Options.Observe: what the mode wants is done at once.
func (t *tee) observe(e core.Event) {
	switch e.Kind {
	case core.EventDetached, core.EventSettled:
		if !e.Sink.OK() && e.Sink.Verdict != core.Cancelled && !t.told[e.Index] && !t.isEnding() {
			t.told[e.Index] = true
			t.fail(t.outputs[e.Index], e.Sink)
		}
	}
	if e.Kind == core.EventDetached {
		t.detached++
	}
	if t.detached == len(t.outputs) { // core.Run might give the source a moment to end
		t.end(func() { os.Exit(t.status()) })
	}
}

// fail judges the failure of an output.
func (t *tee) fail(o teeOutput, s core.SinkReport) {
	if core.IsBrokenPipe(s.Err) {
		switch {
		case t.mode == teeDefault && o.pipe && !ignoresBrokenPipes():
			t.end(endTeeByPipe)
			return
		case t.mode == teeDefault, t.mode.noPipe():
			return
		}
	}
	t.failed = true
	if s.Op == core.OpWrite {
		t.say("%s: %s (at byte %d)", o.name, causeText(s.Err), s.Accepted) // exact: nothing is left in a call here
	} else {
		t.say("%s: %s", o.name, causeText(s.Err))
	}
	if t.mode.exits() && s.Op == core.OpWrite {
		t.end(func() { os.Exit(statusTeeFailed) })
	}
}

// end ends the copying and, by exit, the program, at once: from a goroutine of its own, since observe must not block.
func (t *tee) end(exit func()) {
	if t.isEnding() {
		return
	}
	close(t.ending)
	t.cancel()
	go func() {
		t.diag.flush()
		exit()
	}()
}

func (t *tee) isEnding() bool {
	select {
	case <-t.ending:
		return true
	default:
		return false
	}
}
