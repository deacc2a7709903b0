package main

import (
	"slices"
	"time"
)

// outputKind is how an output is named on the command line.
type outputKind int

const (
	byPath    outputKind = iota // OUT, -o: a file, FIFO, device or descriptor
	byCommand                   // -x: a command that reads the stream
)

// outputSpec is an output as the command line asks for it.
type outputSpec struct {
	kind outputKind
	text string // the path or the command, as the user wrote it; never empty
	name string // for diagnostics and report: what --with name= says, otherwise text
	// named: name comes from --with name=; no other output is called so.
	named       bool
	optional    bool // does not count for --require
	append      bool // a path, opened with O_APPEND; where that is given for all, too
	atomic      bool // a path that a whole new file takes the place of; where that is given for all, too
	earlyExitOK bool // a command that may exit 0 before the end of the stream; where that is given for all, too
	// stallTimeout is as in core.Sink: 0 takes the one for all, negative means never.
	stallTimeout time.Duration
	// commit and abort are commands, to be run by config.shell, of which one ends the run for this output; "" if there is none.
	commit, abort string
}

// publishes reports whether the output shows what it has taken only when all is known to be whole.
func (o outputSpec) publishes() bool { return o.atomic || o.commit != "" }

// usesShell reports whether a command given as text belongs to the output.
func (o outputSpec) usesShell() bool { return o.kind == byCommand || o.commit != "" || o.abort != "" }

// config is what a command line asks for, checked as far as that is possible without looking at the system. parseArgs
// sets every field.
type config struct {
	help, version bool     // print that, and do nothing else; the other fields are not checked then
	completion    string   // the same for a completion script of this shell, or for words; "" without
	words         []string // what follows --completion

	outputs  []outputSpec // at least one; -o and -x in their order, then the others in theirs
	producer []string     // command and arguments that follow "--"; nil without
	from     string       // --from's command, to be run by shell; "" without. Never set together with producer
	shell    []string     // command and first arguments that run a command given as text; never empty
	// sourceOK are the exit statuses of the producer that are no failure; 0 always is among them.
	sourceOK map[int]bool

	// noTruncate opens existing files neither truncated nor with O_APPEND, but for outputSpec.append.
	noTruncate bool
	fsync      bool   // have files on the disk before they count as complete
	report     string // path of the report, or ""
	digest     string // a digestAlgorithm's name, or ""
	digestFile string // path of the digests' file, or ""; never set without digest

	require       int  // as core.Options.Require: 0 means all outputs that are not optional
	stopOnError   bool // end the run as soon as require can't be met any longer
	stallTimeout  time.Duration
	stallWarn     time.Duration
	finishTimeout time.Duration // this and the two above: 0 means never
	buffer        int64         // bytes, at least 1
	noZeroCopy    bool
	portable      bool  // the portable path, for comparisons: YJOINT_PATH
	quiet         bool  // no warnings, only failures
	progress      bool  // show how the run goes
	size          int64 // of the source in bytes, for progress; sizeUnknown if it wasn't given
}

// asksOnly reports whether something is to be printed, and nothing done.
func (c *config) asksOnly() bool { return c.help || c.version || c.completion != "" }

// usesShell reports whether shell is to run anything.
func (c *config) usesShell() bool {
	return c.from != "" || slices.ContainsFunc(c.outputs, outputSpec.usesShell)
}

// hasProducer reports whether the source is a command, so that standard input is left to it.
func (c *config) hasProducer() bool { return c.producer != nil || c.from != "" }
