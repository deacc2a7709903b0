package trial

import (
	"fmt"
	"strings"

	"yjoint/core/pattern"
)

// Seen is what an output had in the end.
type Seen struct {
	Verdict pattern.Verdict
	Left    bool // its reader left before the end
}

// Stuck is how a tool was that had to be ended.
type Stuck int

// The ways to be stuck.
const (
	NotStuck Stuck = iota
	Asleep
	Spinning
	Endless // it writes what the source doesn't have, without end
)

// Observation is what was seen of a run.
type Observation struct {
	Outputs []Seen
	// Unlike is the first byte at which two outputs of a case that is Alike differ, or at which one has what neither version of
	// the source has; -1: none.
	Unlike int64

	Status int    // exit status; -1: none
	Signal string // that ended it, without SIG; "": none
	Stuck  Stuck
	Where  string // what its threads were doing then
	Stderr string // what it said, as far as it was kept
	Sent   int64  // bytes of the source that were written, or the file's size

	// Unfired says which fault did not happen; "": all did.
	Unfired string
	// Void says that the tool can't be put into the state in which the fault is to happen, so that even what it is stuck in tells nothing.
	Void     bool
	Timeline Timeline
	// Held says what the tool held back in a case that is Prompt; "": nothing.
	Held string
}

// ended says how the tool did.
func (o Observation) ended() string {
	switch {
	case o.Stuck == Asleep:
		return "it slept for good"
	case o.Stuck == Spinning:
		return "it used the processor for good"
	case o.Stuck == Endless:
		return "it wrote for good"
	case o.Signal != "":
		return "killed by SIG" + o.Signal
	}
	return fmt.Sprintf("exit status %d", o.Status)
}

// said returns the first line that the tool said, of those that are no warnings if there are such.
func (o Observation) said() string {
	lines := strings.Split(strings.TrimSpace(o.Stderr), "\n")
	for _, line := range lines {
		if !strings.Contains(strings.ToLower(line), "warning") {
			return line
		}
	}
	return lines[0]
}

// told reports whether how it ended says that something went wrong.
func (o Observation) told() bool { return o.Signal != "" || o.Status != 0 }
