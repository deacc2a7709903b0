package trial

import "fmt"

// failing returns a case in which the tool's own calls for the output at s.pos fail as the plan says.
func (s *setting) failing(kind Kind, want Want, plan string, args ...any) (Case, error) {
	c := s.pipes()
	if s.t.isCommand(s.pos) {
		return c, errNoPaths
	}
	c.Outputs[s.pos] = Output{Kind: kind, Plan: fmt.Sprintf(plan, args...), Want: want}
	if s.t.isStdout(s.pos) && kind == FIFOOut {
		c.Outputs[s.pos].Kind = PipeOut
	}
	return c, nil
}

// writeError is a scenario in which a file takes no more than so many bytes.
func writeError(name, errno, why string, places func(Template) []Place) Scenario {
	return Scenario{name, "a write fails", why, places, func(s *setting) (Case, error) {
		kind := FileOut
		if bigOffset(s.at) {
			kind = FIFOOut
		}
		return s.failing(kind, Prefix, "at %d %s", s.at, errno)
	}}
}

var errorScenarios = []Scenario{
	writeError("write-enospc", "ENOSPC", "a disk is full: the write before is short, the next one fails", everywhere("mid", "0", "1", "end-1")),
	writeError("write-edquot", "EDQUOT", "a quota is used up", ends("mid")),
	writeError("write-eio", "EIO", "a disk is broken", ends("mid")),
	{"write-efbig", "a write fails", "a file can't be larger (SIGXFSZ is ignored, as Go, Python and CI runners do)", ends("mid"),
		func(s *setting) (Case, error) {
			c, err := s.failing(FileOut, Prefix, "at %d EFBIG", s.at)
			c.Ignored = []string{"XFSZ"}
			return c, err
		}},
	{"short-writes", "a write is short", "write(2) may take less than it was given: the rest must follow, and once", everywhere("0"),
		func(s *setting) (Case, error) {
			return s.failing(FIFOOut, Whole, "at 10007 short 100 -> short 300 -> short 1; at 1000003 short 500")
		}},
	{"eintr", "a write is interrupted", "a signal that a program catches interrupts a write before the first byte: it must be made again", everywhere("mid", "0"),
		func(s *setting) (Case, error) { return s.failing(FIFOOut, Whole, "at %d EINTR*3", s.at) }},
	{"close-error", "close or fsync fails", "a network file system tells of a full disk at the close: what was written is lost", everywhere(""),
		func(s *setting) (Case, error) { return s.failing(FileOut, Broken, "close EIO") }},
	{"fsync-error", "close or fsync fails", "who syncs must believe what comes of it", everywhere(""),
		func(s *setting) (Case, error) { return s.failing(FileOut, Broken, "fsync EIO") }},
	{"open-error", "an output can't be opened", "one output in a folder that isn't there must not cost the others their bytes", everywhere(""),
		func(s *setting) (Case, error) {
			c := s.files()
			switch {
			case s.t.isStdout(s.pos):
				return c, errNoPaths
			case s.t.isCommand(s.pos):
				return c, errNoPaths
			}
			c.Outputs[s.pos].Kind, c.Outputs[s.pos].Want = MissingOut, Absent
			return c, nil
		}},
	{"stderr-full", "standard error", "a log that nobody reads must not hold up the data when there is something to complain about", ends("mid"),
		func(s *setting) (Case, error) {
			c, err := s.failing(FileOut, Prefix, "at %d ENOSPC", s.at)
			c.Stderr = FullStderr
			c.Documented = "a full standard error blocks who writes to it, as POSIX has it"
			return c, err
		}},
}

// leavers has all outputs but those in stay leave, each at its own byte.
func (s *setting) leavers(stay int, at func(i int) int64) Case {
	c := s.pipes()
	c.Source.Steps = nil
	for i := range c.Outputs[:len(c.Outputs)-stay] {
		event := fmt.Sprintf("%s %d", gone, i)
		c.Outputs[i].Steps = []Step{take(at(i)), leave(0), fired, happen(event)}
		c.Outputs[i].Want = Prefix
		c.Source.Steps = append(c.Source.Steps, send(at(i)), await(event))
	}
	return c
}

var severalScenarios = []Scenario{
	{"several-exit-at-once", "several fail", "all readers but the last go at the same byte", sourceAt("mid"),
		func(s *setting) (Case, error) {
			if s.t.Outputs() < 2 {
				return Case{}, errOneOnly
			}
			return s.leavers(1, func(int) int64 { return s.at }), nil
		}},
	{"several-exit-in-turn", "several fail", "one reader after the other goes, but for the last", sourceAt("mid"),
		func(s *setting) (Case, error) {
			if s.t.Outputs() < 2 {
				return Case{}, errOneOnly
			}
			return s.leavers(1, func(i int) int64 { return s.at * int64(i+1) }), nil
		}},
	{"all-exit", "all fail", "when nobody reads any more, a tool must end by the next byte instead of reading on for ever", sourceAt("mid"),
		func(s *setting) (Case, error) {
			c := s.leavers(0, func(int) int64 { return s.at })
			c.Ordered = true
			c.Source.Steps = append(c.Source.Steps, sendAll, Step{Op: Hold})
			return c, nil
		}},
	{"all-exit-idle", "all fail", "when nobody reads any more while the source is idle, as tail -f is, a tool that watches its outputs ends at once", sourceAt("mid"),
		func(s *setting) (Case, error) {
			c := s.leavers(0, func(int) int64 { return s.at })
			c.Ordered = true
			c.Source.Steps = append(c.Source.Steps, Step{Op: Hold})
			c.Documented = "POSIX lets a tool find out by the next byte only"
			return c, nil
		}},
}
