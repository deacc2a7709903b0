// Package trial finds out which failures a tee-like tool survives, and whether its exit status tells the truth.
//
// A [Scenario] at a [Place] makes a [Case], which says all that happens in a run: what the source does, what the reader of each
// output does, which of the tool's own calls fail. [Runner.Run] carries it out and returns an [Observation]; [Judge] makes a [Cell]
// of that. A [Matrix] has the cells of several tools, and is what the renderers take.
//
// Who owns what in a run: the tool is a child of a guardian (package guard), which kills all that is left of it. This process
// is at the other end of everything that the tool has open: it writes the source, a stream of package pattern, and reads each
// output in a goroutine of its own, so that it knows to the byte what arrived where. Nothing is timed: whoever waits, waits for
// a pipe that is full, a process that is asleep, another one's step. A watchdog that looks for progress ends what never would.
//
// Linux only, on amd64 and arm64.
package trial

import "fmt"

// Data says what became of the bytes. Later ones are worse.
type Data int

// The verdicts on data.
const (
	Intact      Data = iota // each output that could have every byte has, and the others have a prefix
	StoppedTold             // all outputs end early, and the exit status says so
	LostTold                // an output lacks bytes though nothing was wrong with it, and the exit status says so
	LostSilent              // the same, with exit status 0
	Corrupt                 // an output has bytes that the source has not there
	Hang                    // all threads are asleep for good
	Spin                    // it uses the processor and moves nothing
)

var dataNames = [...]string{"intact", "stopped, told", "lost, told", "lost, silent", "corrupt", "hang", "spin"}

func (d Data) String() string { return dataNames[d] }

// Status says whether the exit status is true. Later ones are worse.
type Status int

// The verdicts on exit statuses.
const (
	NoStatus Status = iota // it did not end by itself
	Truthful               // 0 if and only if every output is whole
	Wrong                  // not 0 although every output is whole
	Silent                 // 0 although an output isn't
)

var statusNames = [...]string{"none", "truthful", "wrong", "silent"}

func (s Status) String() string { return statusNames[s] }

// Outcome is what came of running a cell.
type Outcome int

// The outcomes.
const (
	Judged        Outcome = iota
	NotApplicable         // the fault never happened: the tool doesn't do what would have failed
	Trouble               // the trial itself failed
)

// Severity decides the colour.
type Severity int

// The severities.
const (
	Good  Severity = iota
	Noted          // not good, but what the tool, or a standard, documents
	Bad
	None // not judged
)

// Cell is the result of one scenario at one place for one tool.
type Cell struct {
	Tool     string // as the user named it
	Scenario string // without the place
	Place    Place
	Outcome  Outcome
	Data     Data
	Status   Status
	Note     string   // what is documented of such a result; "": nothing is
	Evidence string   // one line
	trouble  error    // that of the trial itself
	Outputs  []string // what each has, in the order of the template, standard output last
	Ended    string   // how the tool did
	Repeat   string   // a command that runs just this cell
	Timeline Timeline // how the bytes came out

	// Failed says that the cell is not as it should be, set by [Matrix.Compare].
	Failed bool
	// Expected is the verdict that was expected, where expectations were given and have the cell.
	Expected string
}

// Name returns the scenario with its place, such as reader-exits[pos=2,at=pipe+1].
func (c Cell) Name() string { return c.Scenario + c.Place.String() }

// Severity returns that of the cell.
func (c Cell) Severity() Severity {
	switch {
	case c.Outcome != Judged:
		return None
	case c.Data == Intact && c.Status == Truthful:
		return Good
	case c.Note != "":
		return Noted
	}
	return Bad
}

// Verdict returns both verdicts as text, or why there are none.
func (c Cell) Verdict() string {
	switch c.Outcome {
	case NotApplicable:
		return "n/a"
	case Trouble:
		return "error"
	}
	if c.Status == NoStatus {
		return c.Data.String()
	}
	return fmt.Sprintf("%s; %s", c.Data, c.Status)
}

// ToolRun is what is known of a tool beside its cells.
type ToolRun struct {
	Name     string   // as the user named it
	Command  []string // the template
	Version  string   // what it says of itself; "": nothing
	Program  string   // the file that runs
	Cells    []Cell
	Duration float64 // seconds
}

// Matrix has the cells of some tools, in the order of the catalogue.
type Matrix struct {
	Seed  uint64
	Size  int64
	Tools []ToolRun
}

// Cells returns all of them.
func (m Matrix) Cells() (all []Cell) {
	for _, t := range m.Tools {
		all = append(all, t.Cells...)
	}
	return all
}
