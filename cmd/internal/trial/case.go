package trial

import "fmt"

// Place is where in a run the fault happens.
type Place struct {
	Pos string // which output: 1, 2, … or stdout; "": the scenario has none
	At  string // which byte, as 0, pipe+1, mid; "": the scenario has none
}

func (p Place) String() string {
	switch {
	case p.Pos != "" && p.At != "":
		return fmt.Sprintf("[pos=%s,at=%s]", p.Pos, p.At)
	case p.Pos != "":
		return fmt.Sprintf("[pos=%s]", p.Pos)
	case p.At != "":
		return fmt.Sprintf("[at=%s]", p.At)
	}
	return ""
}

// Op is what an actor does in a step.
type Op int

// The steps of readers. Offsets are bytes that were consumed in all.
const (
	Take      Op = iota // until N bytes were consumed
	AwaitFull           // wait until the pipe is full, and the tool asleep
	Trickle             // N times: wait until the pipe is full, and take a little
	Leave               // close the pipe; a command exits with status N then, or dies if N is below 0
	Nonblock            // set O_NONBLOCK on the tool's standard output, as one who shares it does

	// Steps of the source. Offsets are bytes that were written in all.
	Send          // until N bytes were written
	SendAll       // all that is left
	SendEach      // all that is left in pieces of N bytes, each when every output has the one before
	AwaitCommands // wait until all commands have begun to read
	AwaitAll      // wait until every output has what was written
	Splice        // put all that is left into the pipe as pages of a file
	Change        // write another stream over the source's file
	Hold          // neither write nor close any more

	// Steps of anybody.
	Tell         // Event has happened
	Await        // wait for Event
	AwaitAsleep  // wait until the tool is asleep
	AwaitStill   // the same, and nobody else has anything to do: nothing moves any more
	StopContinue // stop the tool with SIGSTOP, see it stopped, and continue it
	Fired        // the fault has happened
)

// Step is one thing that an actor does.
type Step struct {
	Op    Op
	N     int64
	Event string
}

// Kind is what an output is.
type Kind int

// The kinds of outputs.
const (
	PipeOut    Kind = iota // a pipe: /dev/fd/N, or standard output
	FIFOOut                // a pipe with a name of its own
	FileOut                // a regular file
	MissingOut             // a file in a folder that isn't there
	CommandOut             // a command, of whose standard input the reader is
	ClosedOut              // standard output that is closed
)

// Want is what an output must have in the end.
type Want int

// What outputs must have.
const (
	Whole  Want = iota
	Prefix      // some of it, from the start: it failed
	Broken      // the same, but it may have all of it and has failed nevertheless
	Absent      // nothing can be there
)

// Output is one output in a run.
type Output struct {
	Kind  Kind
	Steps []Step // of its reader, if it is a pipe; when they are over it takes the rest
	Plan  string // a fault plan for the tool's own calls
	Want  Want
}

// SourceKind is what the tool's standard input is.
type SourceKind int

// The kinds of sources.
const (
	PipeSource SourceKind = iota
	FileSource
	ClosedSource
)

// Source is what is read.
type Source struct {
	Kind     SourceKind
	Steps    []Step // when they are over, what is left is written and the pipe closed
	Plan     string // a fault plan for the tool's reads
	Nonblock bool   // O_NONBLOCK is set on the end that the tool has
	Ends     int64  // it ends after so many bytes although the stream goes on; -1: at its end
	Fails    bool   // it ends by an error, which the exit status must tell
}

// Stderr is what the tool's standard error is.
type Stderr int

// The kinds of standard error.
const (
	PipeStderr Stderr = iota
	FullStderr        // a pipe that is full and that nobody reads
	ClosedStderr
)

// Case is all that happens in a run.
type Case struct {
	Size    int64
	Seed    uint64
	Outputs []Output // in the order of the template, standard output last
	Source  Source
	Stderr  Stderr
	Ignored []string // signals that the tool is started with ignored, as PIPE
	// Prompt says that what the tool holds back while it sleeps is its fault: it has all that it needs.
	Prompt bool
	// Ordered says that it is another case where the source waits in vain for an event, and goes on.
	Ordered bool
	// Alike says that outputs may have bytes of either version of the source, but all the same.
	Alike bool
	// Documented is what is documented of a tool that fails here; "": nothing is. It is for what no standard asks for.
	Documented string
}

// fires returns how many faults must happen for the run to count.
func (c Case) fires() (n int) {
	count := func(steps []Step) {
		for _, s := range steps {
			if s.Op == Fired {
				n++
			}
		}
	}
	count(c.Source.Steps)
	for _, o := range c.Outputs {
		count(o.Steps)
	}
	return n
}
