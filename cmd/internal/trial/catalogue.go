package trial

import (
	"errors"
	"slices"
)

// Catalogue has all scenarios, in the order in which they are shown. The first ones, without a fault, must go well for the others
// to mean anything.
var Catalogue = slices.Concat(cleanScenarios, readerScenarios, stallScenarios, errorScenarios, severalScenarios, sourceScenarios, startScenarios)

// cleanClass is the class of those without a fault.
const cleanClass = "no fault"

var cleanScenarios = []Scenario{
	{"clean", cleanClass, "without any fault, into pipes, every output must have every byte: what fails here fails everywhere", once,
		func(s *setting) (Case, error) { return s.pipes(), nil }},
	{"clean-files", cleanClass, "without any fault, into files", once,
		func(s *setting) (Case, error) {
			if !s.hasPaths() {
				return Case{}, errNoPaths
			}
			return s.files(), nil
		}},
}

// The reasons why a tool has no such thing.
var (
	errNoPaths = errors.New("it opens no output by a name")
	errOneOnly = errors.New("it has one output only")
)

func (s *setting) hasPaths() bool { return slices.Contains(s.t.kinds, outWord) }

// base returns a case without a fault. Its outputs are of that kind where the template has {out}, and for standard output.
func (s *setting) base(kind Kind) Case {
	c := Case{Size: s.size, Seed: s.seed, Source: Source{Ends: -1}}
	for i := range s.t.Outputs() {
		o := Output{Kind: kind}
		switch {
		case s.t.isCommand(i):
			o.Kind = CommandOut
		case s.t.isStdout(i) && kind == FIFOOut:
			o.Kind = PipeOut
		}
		c.Outputs = append(c.Outputs, o)
	}
	return c
}

func (s *setting) pipes() Case { return s.base(PipeOut) }
func (s *setting) files() Case { return s.base(FileOut) }

// The events that scenarios share.
const (
	gone    = "gone"
	stalled = "stalled"
	changed = "changed"
)

var (
	tellGone  = Step{Op: Tell, Event: gone}
	fired     = Step{Op: Fired}
	awaitFull = Step{Op: AwaitFull}
	sendAll   = Step{Op: SendAll}
)

func take(n int64) Step        { return Step{Op: Take, N: n} }
func send(n int64) Step        { return Step{Op: Send, N: n} }
func leave(status int64) Step  { return Step{Op: Leave, N: status} }
func await(event string) Step  { return Step{Op: Await, Event: event} }
func happen(event string) Step { return Step{Op: Tell, Event: event} }

// waking is how many bytes are taken from a full pipe to wake who writes to it: a page at least. A write that waits since before
// O_NONBLOCK was set waits on without it until then.
const waking = 2 << 12

// killed is the status of a command that dies when its reader leaves.
const killed = -1

// exits has the reader of the output at s.pos take s.at bytes and leave; no further byte is written before that.
func (s *setting) exits() Case {
	c := s.pipes()
	c.Outputs[s.pos].Steps = []Step{take(s.at), leave(0), fired, tellGone}
	c.Outputs[s.pos].Want = Prefix
	c.Source.Steps = []Step{send(s.at), await(gone)}
	return c
}

// reads has the reader at s.pos do that, while all goes on.
func (s *setting) reads(want Want, steps ...Step) (Case, error) {
	c := s.pipes()
	c.Outputs[s.pos].Steps, c.Outputs[s.pos].Want = steps, want
	return c, nil
}

var readerScenarios = []Scenario{
	{"reader-exits", "a reader goes", "a reader that has enough, as head has, goes between two writes: the next one breaks the pipe",
		everywhere("mid", "0", "1", "pipe-1", "pipe", "pipe+1", "end-1"),
		func(s *setting) (Case, error) { return s.exits(), nil }},
	{"reader-dies-blocked", "a reader goes", "a reader dies while the tool waits for room in its pipe",
		everywhere("mid", "0", "1", "pipe+1"),
		func(s *setting) (Case, error) {
			return s.reads(Prefix, take(s.at), awaitFull, leave(killed), fired)
		}},
	{"reader-dies-mid-chunk", "a reader goes", "a reader takes a part of what the tool was blocked with, and dies: what is left of that write must not turn up elsewhere",
		everywhere("mid"),
		func(s *setting) (Case, error) {
			return s.reads(Prefix, take(s.at), awaitFull, take(s.at+8192), awaitFull, leave(killed), fired)
		}},
	{"sigpipe-ignored", "a reader goes", "started with SIGPIPE ignored, as by Python or a CI runner, a tool gets EPIPE in place of the signal",
		everywhere("mid"),
		func(s *setting) (Case, error) {
			c := s.exits()
			c.Ignored = []string{"PIPE"}
			return c, nil
		}},
}

var stallScenarios = []Scenario{
	{"reader-stalls", "a reader is slow", "a reader stalls until its pipe is full, and goes on: nobody may lose a byte by that",
		everywhere("mid", "0", "pipe+1"),
		func(s *setting) (Case, error) { return s.reads(Whole, take(s.at), awaitFull, fired) }},
	{"reader-trickles", "a reader is slow", "a reader takes little at a time from a pipe that is full, so that writes are short and many",
		everywhere("0"),
		func(s *setting) (Case, error) { return s.reads(Whole, Step{Op: Trickle, N: 30}, fired) }},
	{"tool-stops", "a reader is slow", "the tool is stopped (SIGSTOP, Ctrl-Z) while it waits for a reader, and continued: calls end early by that",
		ends("mid"),
		func(s *setting) (Case, error) {
			return s.reads(Whole, take(s.at), awaitFull, Step{Op: StopContinue}, fired)
		}},
	{"nonblock-stall", "O_NONBLOCK by a sibling", "a sibling that shares standard output, such as ssh, sets O_NONBLOCK, and the reader stalls: EAGAIN is no error",
		onStdout("1", "mid"),
		func(s *setting) (Case, error) {
			return s.reads(Whole, take(s.at), Step{Op: Nonblock}, take(s.at+waking), awaitFull, fired)
		}},
	{"nonblock-stall-dies", "O_NONBLOCK by a sibling", "the same, and then the reader dies: who waits for room must see the error, or it waits or spins for ever",
		onStdout("1", "mid"),
		func(s *setting) (Case, error) {
			c, err := s.reads(Prefix, take(s.at), Step{Op: Nonblock}, take(s.at+waking), awaitFull, Step{Op: AwaitStill}, leave(killed), fired, tellGone)
			// A tool that has dropped the output, or drops bytes and goes on, comes to the last byte: what it has passed on when the
			// reader dies must not depend on which of the two is quicker.
			c.Source.Steps = []Step{send(s.size - 1), await(gone)}
			return c, err
		}},
}
