package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"yjoint/core/fault"
	"yjoint/core/pattern"
	"yjoint/internal/size"
)

// genOptions are those of `faultsink gen`.
type genOptions struct {
	deeds
	seed                seedFlag
	chunkSize, pipeSize size.Value
}

func newGen() *cobra.Command {
	o := &genOptions{chunkSize: blockSize}
	c := &cobra.Command{
		Use:   "gen SIZE [OPTION]...",
		Short: "Write a stream in which every byte tells where it belongs",
		Long: `Write a stream of SIZE bytes in which every byte tells where it belongs, for
verify. The other SIZEs count the bytes that standard output has accepted. When
nobody reads it any more, gen dies of SIGPIPE, as other producers do.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return o.run(args[0], c.OutOrStdout(), c.ErrOrStderr()) },
	}
	f := c.Flags()
	f.Var(&o.seed, "seed", "which of all streams (default 0)")
	f.Var(&o.chunkSize, "chunk-size", "how much is written at once")
	f.Var(&o.pipeSize, "pipe-size", "capacity of the pipe on standard output (default as it is)")
	o.register(c, "standard output")
	return c
}

// generator is one run.
type generator struct {
	*stream
	size   int64
	report *reportFile
	stderr io.Writer
}

func (o *genOptions) run(length string, stdout, stderr io.Writer) error {
	n, err := size.Parse(length)
	if err != nil {
		return fmt.Errorf("gen: %w", err)
	}
	plan, err := o.plan(fault.ForGen)
	if err != nil {
		return err
	}
	if o.print {
		_, err := fmt.Fprintln(stdout, plan)
		return err
	}
	if o.chunkSize < 1 {
		return fmt.Errorf("--chunk-size %v: expected 1 byte or more", &o.chunkSize)
	}
	g := &generator{stream: newStream("standard output", 1, plan), size: n, stderr: stderr}
	g.end = g.finish
	if err := g.check(); err != nil {
		return err
	}
	if o.pipeSize > 0 {
		if err := g.setPipeSize(int64(o.pipeSize)); err != nil {
			return fmt.Errorf("--pipe-size %v: %w", &o.pipeSize, err)
		}
	}
	if g.report, err = openReport(o.report); err != nil {
		return err
	}
	o.watchdog(func(status int) { g.finish(ending{status: status}) })
	catchBrokenPipe()
	return g.judge(g.generate(make([]byte, o.chunkSize), o.seed.value))
}

// generate writes the stream, or as much of it as the plan lets it.
func (g *generator) generate(buf []byte, seed uint64) error {
	for g.offset() < g.size {
		at := g.offset()
		p := buf[:pattern.Fill(buf, seed, g.size, at)]
		for len(p) > 0 {
			n := g.next(len(p))
			if g.closed {
				g.waitGone()
			}
			n, err := g.write(p[:n])
			if err != nil {
				return fmt.Errorf("standard output: write at byte %d: %w", g.offset(), err)
			}
			g.moved(n)
			p = p[n:]
		}
	}
	g.next(1) // what is to happen to the byte that would come next
	return nil
}

// judge ends a run that the plan has not ended.
func (g *generator) judge(err error) error {
	if err != nil && isBrokenPipe(err) {
		g.finish(ending{signal: "PIPE"})
	}
	err = errors.Join(append(g.unfired(), err)...)
	status := 0
	if err != nil {
		status = statusOf(err)
	}
	return errors.Join(err, g.tell(ending{status: status}, err))
}

// finish ends the process as the plan says, having told what was written.
func (g *generator) finish(how ending) {
	if err := g.tell(how, nil); err != nil {
		fmt.Fprintf(g.stderr, "faultsink: %v\n", err)
	}
	if how.signal != "" {
		die(how.signal)
	}
	os.Exit(how.status)
}

func (g *generator) tell(how ending, why error) error {
	rep := report{Verb: "gen", Bytes: g.offset(), Whole: g.offset() == g.size, Plan: g.plan.String(), Rules: g.injector.Fired()}
	rep.describe(how, why)
	return g.report.write(rep)
}
