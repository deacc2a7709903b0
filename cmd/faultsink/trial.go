package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yjoint/cmd/internal/trial"
	"yjoint/internal/size"
)

// trialVerb is that of this file; its statuses are those of tools that compare.
const trialVerb = "trial"

// trialOptions are those of `faultsink trial`.
type trialOptions struct {
	scenario string
	list     bool
	noStdout bool
	big      bool
	seed     seedFlag
	size     size.Value
	jobs     int
	expect   string
	strict   bool
	files    trialFiles
}

func newTrial() *cobra.Command {
	o := &trialOptions{size: trial.DefaultSize}
	c := &cobra.Command{
		Use:     "trial [OPTION]... [PROFILE]... [-- TOOL TEMPLATE...]",
		Aliases: []string{"matrix"},
		Short:   "Find out which failures a tee-like tool survives",
		Long: `Run TOOL, any program that copies standard input to several outputs, through a
catalogue of failures, and print what became of the bytes and of its status.

  faultsink trial tee 'tee -p' yjoint
  faultsink trial -- mytee --out={out} --out={out}
  faultsink trial -- pee {cmd} {cmd}

{out} becomes a path, {cmd} a shell command that reads, {outs} and {cmds} three
of them. Standard output is an output too, unless --no-stdout is given. PROFILE
is a tool that is known, with options: ` + profileNames() + `.`,
		RunE: func(c *cobra.Command, args []string) error {
			return o.run(c.Context(), args, c.ArgsLenAtDash(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&o.scenario, "scenario", "", "run only what `GLOB` matches, such as 'write-*' or 'reader-exits[pos=2,at=1]'")
	f.BoolVar(&o.list, "list", false, "list the scenarios, and exit")
	f.BoolVar(&o.noStdout, "no-stdout", false, "TOOL's standard output is no output")
	f.Var(&o.seed, "seed", "of the stream, and of what is drawn")
	f.Var(&o.size, "size", "how long the stream is")
	f.BoolVar(&o.big, "big", false, "also at the bytes around 4 and 8 GiB, which takes minutes")
	f.IntVar(&o.jobs, "jobs", 0, "run `N` cells at once (default: 4 for each processor)")
	f.StringVar(&o.expect, "expect", "", "compare with `FILE`, which --write-expect wrote: only what is worse fails")
	f.BoolVar(&o.strict, "strict", false, "with --expect: what is better fails too, so that FILE stays true")
	o.files.register(f)
	return c
}

// profileNames has the names of the profiles, for a paragraph of help.
func profileNames() string {
	var names []string
	for _, line := range trial.Profiles() {
		names = append(names, strings.Fields(line)[0])
	}
	last := len(names) - 1
	half := len(names) / 2
	return strings.Join(names[:half], ", ") + ",\n" + strings.Join(names[half:last], ", ") + " and " + names[last]
}

// leastSize is what a trial needs: more than the bytes at which things happen.
const leastSize = 1 << 20

// run tries the tools and tells.
func (o *trialOptions) run(ctx context.Context, args []string, dash int, stdout, stderr io.Writer) error {
	tools, err := o.tools(args, dash)
	if err != nil {
		return err
	}
	if o.list {
		return o.printList(tools, stdout)
	}
	switch {
	case len(tools) == 0:
		return usage(errors.New("no tool: expected a profile such as tee, or a template after --"))
	case o.size < leastSize:
		return usage(fmt.Errorf("--size %s is too small: expected 1MiB or more", o.size.String()))
	case o.jobs < 0:
		return usage(fmt.Errorf("--jobs %d: expected 1 or more", o.jobs))
	}
	if err := trial.Supported(); err != nil {
		return err
	}
	if o.jobs == 0 {
		o.jobs = 4 * runtime.NumCPU()
	}
	expected, err := o.expectations()
	if err != nil {
		return usage(err)
	}
	if err := o.files.open(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, endingSignals()...)
	defer stop()
	m, err := o.try(ctx, tools, stderr)
	if err == nil {
		err = o.tell(m, expected, stdout)
	}
	if errors.Is(err, trial.ErrOverdue) {
		err = &statusError{errTimeout, err}
	}
	return err
}

// expectations reads --expect; nil: there is none.
func (o *trialOptions) expectations() (trial.Expectations, error) {
	if o.expect == "" {
		if o.strict {
			return nil, errors.New("--strict is for --expect, which is not given")
		}
		return nil, nil
	}
	f, err := os.Open(o.expect)
	if err != nil {
		return nil, fmt.Errorf("--expect: %w", err)
	}
	defer f.Close()
	e, err := trial.ReadExpect(f)
	if err != nil {
		return nil, fmt.Errorf("--expect: %s: %w", o.expect, err)
	}
	return e, nil
}

// tools returns what is to be tried.
func (o *trialOptions) tools(args []string, dash int) (all []trial.Tool, err error) {
	if dash < 0 {
		dash = len(args)
	}
	for _, profile := range args[:dash] {
		t, err := trial.FindProfile(profile)
		var missing *trial.MissingError
		switch {
		case errors.As(err, &missing):
			return nil, err
		case err != nil:
			return nil, usage(err)
		case slices.ContainsFunc(all, func(o trial.Tool) bool { return o.Name == t.Name }):
			return nil, usage(fmt.Errorf("%s is there twice", t.Name))
		}
		all = append(all, t)
	}
	if words := args[dash:]; len(words) > 0 {
		t, err := trial.ParseTemplate(words, !o.noStdout)
		if err != nil {
			return nil, usage(err)
		}
		again := []string{"--"}
		if o.noStdout {
			again = []string{"--no-stdout", "--"}
		}
		all = append(all, trial.Tool{Name: strings.Join(words, " "), Template: t, Args: append(again, words...)})
	}
	return all, nil
}

// try runs all cells of all tools.
func (o *trialOptions) try(ctx context.Context, tools []trial.Tool, stderr io.Writer) (trial.Matrix, error) {
	m := trial.Matrix{Seed: o.seed.value, Size: int64(o.size)}
	folder, err := os.MkdirTemp("", "faultsink-trial")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(folder)
	runner := &trial.Runner{Folder: folder}
	for _, t := range tools {
		if len(trial.Select(t.Template, o.scenario, o.big)) == 0 {
			return m, usage(fmt.Errorf("--scenario %s: no scenario of %s matches: --list has them", o.scenario, t.Name))
		}
		run, err := runner.Try(ctx, t, trial.Options{Scenario: o.scenario, Seed: m.Seed, Size: m.Size, Big: o.big, Jobs: o.jobs,
			Progress: progressOn(stderr)})
		if err != nil {
			return m, err
		}
		m.Tools = append(m.Tools, run)
	}
	return m, nil
}

// tell prints and writes what came of it. The error is an [*ending] with the status, or faultsink's own trouble.
func (o *trialOptions) tell(m trial.Matrix, expected trial.Expectations, stdout io.Writer) error {
	differences := m.Compare(expected, o.strict, o.scenario == "")
	err := trial.WriteTable(stdout, m, tableStyle())
	for _, d := range differences {
		_, e := fmt.Fprintln(stdout, d)
		err = errors.Join(err, e)
	}
	if err = errors.Join(err, o.files.write(m), m.Troubles()); err != nil {
		return err
	}
	gone := slices.ContainsFunc(differences, func(d string) bool { return strings.HasPrefix(d, "gone: ") })
	if m.Failed() > 0 || gone && o.strict {
		return &ending{status: statusNotAsExpected}
	}
	return nil
}

// printList lists the scenarios, with the cells of the first tool if there is one.
func (o *trialOptions) printList(tools []trial.Tool, stdout io.Writer) error {
	if len(tools) == 0 {
		_, err := io.WriteString(stdout, trial.List(o.scenario))
		return err
	}
	for _, s := range trial.Select(tools[0].Template, o.scenario, o.big) {
		if _, err := fmt.Fprintln(stdout, s.Name+s.Place.String()); err != nil {
			return err
		}
	}
	return nil
}

// progressOn returns what tells how far a tool's trial is, on a terminal.
func progressOn(stderr io.Writer) func(string, int, int) {
	if !isTerminal(2) {
		return nil
	}
	return func(tool string, done, all int) {
		fmt.Fprintf(stderr, "\r\x1b[K")
		if done < all {
			fmt.Fprintf(stderr, "%s: %d of %d cells", tool, done, all)
		}
	}
}

// usage gives an error the status of a wrong command line.
func usage(err error) error { return &statusError{errUsage, err} }
