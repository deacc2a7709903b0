package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"yjoint/cmd/internal/sweep"
)

// sweeping is a sweep that goes on, or is over.
type sweeping struct {
	*sweepOptions
	command []string
	sweep   *sweep.Sweep

	input       string // the file that standard input is; "": none
	took        bool   // standard input had bytes
	cases       []sweep.Case
	all         int // how many there are without --max and --shard
	results     []sweep.Result
	toJSON, xml *reportFile
}

// sweepReport is what --json writes.
type sweepReport struct {
	reportHead
	Command  []string              `json:"command"`
	Check    string                `json:"check,omitempty"`
	Clean    float64               `json:"clean_seconds"` // that COMMAND takes without faults
	Timeout  float64               `json:"timeout_seconds"`
	Files    []sweptFile           `json:"files"`
	All      int                   `json:"all"`      // runs that there are
	LeftOut  int                   `json:"left_out"` // by --max and --shard
	Shard    string                `json:"shard,omitempty"`
	Outcomes map[sweep.Outcome]int `json:"outcomes"` // how many runs have it
	Runs     []sweptRun            `json:"runs"`
}

// sweptFile is a file that the clean run wrote to.
type sweptFile struct {
	Name   string `json:"name"`
	Target string `json:"target"`
	Opens  int64  `json:"opens"`
	Writes int    `json:"writes"`
	Closed bool   `json:"closed"`
	Synced bool   `json:"synced"`
}

// sweptRun is a run with a fault.
type sweptRun struct {
	Fault   string        `json:"fault"`
	Target  string        `json:"target"`
	Call    sweep.Kind    `json:"call"`
	Byte    int64         `json:"byte"`
	Errno   string        `json:"errno,omitempty"`
	Once    bool          `json:"once"`
	Outcome sweep.Outcome `json:"outcome"`
	Good    bool          `json:"good"`
	Why     string        `json:"why"`
	Ended   *sweep.End    `json:"ended,omitempty"` // none: it was killed, or not run
	Seconds float64       `json:"seconds"`
	Repeat  string        `json:"repeat"` // the command that shows it again
	Stderr  string        `json:"stderr,omitempty"`
}

// tell prints the table, writes the files, and returns what decides the status.
func (s *sweeping) tell(stdout io.Writer) error {
	how := ending{status: s.status()}
	if err := s.table(stdout); err != nil {
		return err
	}
	report := s.report()
	report.describe(how, nil)
	err := errors.Join(s.toJSON.write(report), s.writeJUnit(nil))
	if err != nil {
		return err
	}
	return &how
}

// fail writes the files of a sweep that came to nothing, and returns err.
func (s *sweeping) fail(err error) error {
	var signalled *ending
	if errors.As(err, &signalled) {
		return err
	}
	s.results = nil
	report := s.report()
	report.describe(ending{status: statusOf(err)}, err)
	return errors.Join(err, s.toJSON.write(report), s.writeJUnit(err))
}

// count returns how many runs have the outcome.
func (s *sweeping) count(o sweep.Outcome) (n int) {
	for _, r := range s.results {
		if r.Outcome == o {
			n++
		}
	}
	return n
}

// status returns the exit status: of several reasons, the one that says least of COMMAND.
func (s *sweeping) status() int {
	switch {
	case s.count(sweep.Failed) > 0:
		return statusFailed
	case s.count(sweep.Unfired) > 0:
		return statusUnfired
	case slices.ContainsFunc(s.results, func(r sweep.Result) bool { return !r.Outcome.Good() }):
		return statusUnexpected
	}
	return statusOK
}

// table prints what is not good, each with the command that repeats it, and a summary.
func (s *sweeping) table(stdout io.Writer) error {
	var table strings.Builder
	columns := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	var repeat []string
	for _, r := range s.results {
		if !r.Outcome.Good() {
			fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", r.Outcome, strings.TrimPrefix(r.Target, "./"), r.Plan(), oneLine(r.Why))
			repeat = append(repeat, s.repeat(r))
		}
	}
	columns.Flush()
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n") {
		if i < len(repeat) {
			fmt.Fprintf(&b, "%s\n    %s\n", line, repeat[i])
		}
	}
	if len(repeat) > 0 {
		b.WriteString("\n")
		if s.took && s.input == "" {
			b.WriteString("To repeat a run, give it the same standard input.\n")
		}
	}
	fmt.Fprintln(&b, s.summary())
	_, err := io.WriteString(stdout, b.String())
	return err
}

// oneLine keeps a text that has a program's words in it from breaking the table.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

func (s *sweeping) repeat(r sweep.Result) string { return s.execLine(s.sweep, r, s.command, s.input) }

func (s *sweeping) summary() string {
	var parts []string
	for _, o := range sweep.Outcomes {
		n := s.count(o)
		always := o == sweep.Noticed || o == sweep.Recovered || o == sweep.Swallowed || o == sweep.Hung
		if n > 0 || always {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	text := fmt.Sprintf("%d runs: %s", len(s.results), strings.Join(parts, ", "))
	if len(s.results) == 1 {
		text = strings.Replace(text, "runs", "run", 1)
	}
	if left := s.all - len(s.results); left > 0 {
		text += fmt.Sprintf("; %d of %d left out", left, s.all)
	}
	return text
}

func (s *sweeping) report() sweepReport {
	r := sweepReport{reportHead: newReportHead("sweep"), Command: s.command, Check: s.check,
		Clean: s.sweep.Clean.Seconds(), Timeout: s.sweep.Timeout.Seconds(),
		All: s.all, LeftOut: s.all - len(s.results), Shard: s.shard.String(),
		Outcomes: map[sweep.Outcome]int{}, Files: []sweptFile{}, Runs: []sweptRun{}}
	for _, f := range s.sweep.Recording.Files {
		r.Files = append(r.Files, sweptFile{f.Name, f.Target, f.Opens, len(f.Writes), f.Closed, f.Synced})
	}
	for _, o := range sweep.Outcomes {
		r.Outcomes[o] = s.count(o)
	}
	for _, v := range s.results {
		r.Runs = append(r.Runs, sweptRun{Fault: v.Fault(), Target: v.Target, Call: v.Kind, Byte: v.At, Errno: v.Errno, Once: v.Once,
			Outcome: v.Outcome, Good: v.Outcome.Good(), Why: v.Why, Ended: v.Ended, Seconds: v.Took.Seconds(), Repeat: s.repeat(v), Stderr: v.Said})
	}
	return r
}
