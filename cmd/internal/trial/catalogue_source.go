package trial

import (
	"fmt"
	"slices"
)

var sourceScenarios = []Scenario{
	{"source-error", "the source", "a read error is no end: what came before reaches all, and the exit status tells", sourceAt("0", "1", "mid", "end-1"),
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Source = Source{Kind: FileSource, Plan: planReadError(s.at), Ends: s.at, Fails: true}
			if slices.Contains(s.t.kinds, cmdWord) { // a tool may end those by a signal: they must be there before
				c.Source.Kind, c.Source.Steps = PipeSource, []Step{{Op: AwaitCommands}}
			}
			return c, nil
		}},
	{"source-nonblock", "the source", "who shares standard input has set O_NONBLOCK: no bytes yet is neither an end nor an error", sourceAt("0", "mid"),
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Source.Nonblock = true
			c.Source.Steps = []Step{fired, send(s.at), {Op: AwaitAll}, {Op: AwaitAsleep}}
			return c, nil
		}},
	{"source-file", "the source", "from a regular file other calls move the bytes", once,
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Source.Kind = FileSource
			return c, nil
		}},
	{"source-file-changes", "the source", "a file that is overwritten while an output lags must not give two outputs different bytes", ends(""),
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Source.Kind = FileSource
			c.Source.Steps = []Step{await(stalled), {Op: Change}, happen(changed)}
			c.Outputs[s.pos].Steps = []Step{take(1), awaitFull, happen(stalled), await(changed), fired}
			c.Alike = true
			return c, nil
		}},
	{"source-splices", "the source", "a producer that splices (pv, newer cat) fills the pipe with pages of a file", once,
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Source.Steps = []Step{{Op: Splice}}
			return c, nil
		}},
	{"source-killed", "the source", "a producer that dies leaves a pipe that just ends: all that it wrote reaches all", sourceAt("1", "mid"),
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Source.Ends = s.at
			return c, nil
		}},
	{"tiny-writes", "the source", "what was read must be passed on at once: the source waits for each piece to arrive everywhere", sourceAt("1", "100"),
		func(s *setting) (Case, error) {
			c := s.pipes()
			c.Size = 200 * s.at
			c.Source.Steps = []Step{fired, {Op: SendEach, N: s.at}}
			c.Prompt = true
			return c, nil
		}},
}

var startScenarios = []Scenario{
	{"closed-stdin", "closed at the start", "a standard input that is closed is an error, not an empty stream", once,
		func(s *setting) (Case, error) {
			c := s.files()
			c.Source = Source{Kind: ClosedSource, Fails: true}
			return c, nil
		}},
	{"closed-stdout", "closed at the start", "a standard output that is closed can't take a byte, and the next file that is opened gets its number", onStdout(""),
		func(s *setting) (Case, error) {
			c := s.files()
			c.Outputs[s.pos].Kind, c.Outputs[s.pos].Want = ClosedOut, Absent
			return c, nil
		}},
	{"closed-stderr", "closed at the start", "a standard error that is closed is nobody's business where nothing is wrong", once,
		func(s *setting) (Case, error) {
			c := s.files()
			c.Stderr = ClosedStderr
			return c, nil
		}},
}

// planReadError returns a fault plan for a source that can be read up to byte at.
func planReadError(at int64) string { return fmt.Sprintf("read at %d EIO", at) }
