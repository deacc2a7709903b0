package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	"yjoint/internal/size"
)

// faulted are the options of verbs that run a COMMAND whose files fail.
type faulted struct {
	faults  []string
	seed    seedFlag
	timeout size.Duration
	report  string
	expects commandExpectation
}

// register adds the options to f. target is what they call the left side of a fault.
func (o *faulted) register(f *pflag.FlagSet, target string) {
	// Not a slice: plans may have commas one day.
	f.StringArrayVar(&o.faults, "fault", nil, "`"+target+"=PLAN`: let "+target+" fail as PLAN says; may be repeated")
	f.Var(&o.seed, "seed", "what plans of the form 'random SIZE' are drawn from")
	f.Var(&o.expects.exit, "expect-exit", "fail unless COMMAND ends so: a status, nonzero, or signal")
	f.Var(&o.expects.stderr, "expect-stderr", "fail unless COMMAND's standard error matches `REGEX`")
	f.Var(&o.timeout, "timeout", "kill COMMAND and all that it has started after that time, with status 124")
	f.StringVar(&o.report, "report", "", "write a report as JSON to `FILE`")
}

// specs returns the faults, checked for the back end. Patterns with a "/" are below the folder root.
func (o *faulted) specs(back fault.BackEnd, descriptors bool, root string, stderr io.Writer) ([]ledger.Spec, error) {
	var all []ledger.Spec
	for _, text := range o.faults {
		s, err := ledger.Parse(text, back, descriptors, root)
		if err != nil {
			return nil, fmt.Errorf("--fault: %w", err)
		}
		all = append(all, s)
	}
	all, err := ledger.Join(all)
	if err != nil {
		return nil, fmt.Errorf("--fault: %w", err)
	}
	if random := slices.ContainsFunc(all, func(s ledger.Spec) bool { return s.Random > 0 }); random {
		if !o.seed.given {
			o.seed.value = rand.Uint64()
		}
		ledger.Draw(all, o.seed.value)
		fmt.Fprintf(stderr, "faultsink: seed %d\n", o.seed.value)
		for _, s := range all {
			if s.Random > 0 {
				fmt.Fprintf(stderr, "faultsink: plan '%v'\n", s)
			}
		}
	}
	return all, nil
}

// faultedReport is what --report writes of such a run.
type faultedReport struct {
	reportHead
	Command []string       `json:"command"`
	Ended   *commandEnd    `json:"ended,omitempty"` // how COMMAND did; none: it was not run, or killed
	Seed    *uint64        `json:"seed,omitempty"`  // where plans were drawn
	Rules   []ledger.Rule  `json:"rules"`
	Notes   []string       `json:"notes,omitempty"` // what else should be known, such as calls that were refused
	Mount   *mountedReport `json:"mount,omitempty"`
}

// mountedReport is what only a mounted folder has.
type mountedReport struct {
	Folder string `json:"folder"`
	Stored int64  `json:"stored"` // bytes that the files held at the end
}

// commandEnd is how COMMAND ended.
type commandEnd struct {
	Status int    `json:"status"` // -1 with a signal
	Signal string `json:"signal,omitempty"`
}

func (e commandEnd) String() string {
	if e.Signal != "" {
		return "death by " + e.Signal
	}
	return fmt.Sprintf("status %d", e.Status)
}

// faultedRun is a run that is over, or could not begin.
type faultedRun struct {
	verb    string
	command []string
	ended   *commandEnd // nil: it was not run, or killed by faultsink
	said    []byte      // on standard error, as far as it was kept
	ledger  *ledger.Ledger
	notes   []string
	mount   *mountedReport
	trouble error // of faultsink, or the timeout
}

// conclude judges the run and writes the report. What is returned decides the status: with an expectation that is 0 if all
// is well, otherwise COMMAND's own.
func (o *faulted) conclude(run faultedRun, to *reportFile) error {
	all := []error{run.trouble}
	if run.trouble == nil || errors.Is(run.trouble, errTimeout) {
		for _, err := range run.ledger.Unfired() {
			all = append(all, &statusError{errUnfired, err})
		}
	}
	if run.ended != nil {
		all = append(all, o.expects.check(*run.ended, run.said)...)
	}
	err := errors.Join(all...)
	how := ending{}
	switch {
	case err != nil:
		how.status = statusOf(err)
	case run.ended != nil && !o.expects.given():
		how = ending{status: run.ended.Status, signal: run.ended.Signal}
	}
	r := faultedReport{reportHead: newReportHead(run.verb), Command: run.command, Ended: run.ended,
		Rules: run.ledger.Rules(), Notes: run.notes, Mount: run.mount}
	if slices.ContainsFunc(run.ledger.Entries(), func(e *ledger.Entry) bool { return e.Random > 0 }) {
		r.Seed = &o.seed.value
	}
	r.describe(how, err)
	if err = errors.Join(err, to.write(r)); err != nil {
		return err
	}
	return &how
}

// timedOut is the trouble of a run that --timeout has ended.
func (o *faulted) timedOut(command []string) error {
	return timeoutError(time.Duration(o.timeout), fmt.Sprintf("%s had not ended", strings.Join(command, " ")))
}

// mostSaid is how much of COMMAND's standard error is kept for --expect-stderr.
const mostSaid = 16 << 20

// listen returns a pipe for COMMAND's standard error that is passed on and kept; without --expect-stderr it returns nil, and
// COMMAND has this process's own. The function that it returns waits until all that has the pipe has ended, and returns what
// was said; the pipe must be closed here before.
func (o *faulted) listen(stderr io.Writer) (pipe *os.File, said func() []byte, err error) {
	if !o.expects.stderr.given() {
		return nil, func() []byte { return nil }, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	kept := make(chan []byte)
	go func() {
		var all []byte
		buf := make([]byte, blockSize)
		for {
			n, err := r.Read(buf)
			stderr.Write(buf[:n])
			all = append(all, buf[:min(n, mostSaid-len(all))]...)
			if err != nil {
				break
			}
		}
		r.Close()
		kept <- all
	}()
	return w, func() []byte { return <-kept }, nil
}
