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

// sinkOptions are those of `faultsink sink`.
type sinkOptions struct {
	deeds
	readSize, pipeSize size.Value
	copyTo             string
	verify             bool
	expect             string
	seed               seedFlag
}

func newSink() *cobra.Command {
	o := &sinkOptions{readSize: blockSize}
	c := &cobra.Command{
		Use:   "sink [OPTION]...",
		Short: "Read standard input, and misbehave",
		Long: `Read standard input, and misbehave. SIZE counts the bytes that were consumed;
what the pipe holds by then is not among them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.OutOrStdout(), c.ErrOrStderr()) },
	}
	o.register(c, "standard input")
	f := c.Flags()
	f.BoolVar(&o.untilFull, "until-full", false, "do what comes after SIZE only once the pipe is full, and its writer blocked")
	f.Var(&o.readSize, "read-size", "how much is read at once")
	f.Var(&o.pipeSize, "pipe-size", "capacity of the pipe on standard input (default as it is)")
	f.StringVar(&o.copyTo, "copy-to", "", "write what was consumed to `FILE`; - is standard output")
	f.BoolVar(&o.verify, "verify", false, "check that it is what gen generates")
	f.StringVar(&o.expect, "expect", "", "and that it comes to this `VERDICT` (default complete); implies --verify")
	f.Var(&o.seed, "seed", "of the stream that must come (default any)")
	return c
}

// sink is one run.
type sink struct {
	*stream
	verb     string
	copy     *os.File // nil: none
	verifier *pattern.Verifier
	expect   expectation
	report   *reportFile
	whole    bool
	stderr   io.Writer
}

func (o *sinkOptions) run(stdout, stderr io.Writer) error {
	plan, err := o.plan(fault.ForSink)
	if err != nil {
		return err
	}
	if o.print {
		_, err := fmt.Fprintln(stdout, plan)
		return err
	}
	s, err := o.open(plan, stderr)
	if err != nil {
		return err
	}
	o.watchdog(func(status int) { s.finish(ending{status: status}) })
	if err := s.consume(make([]byte, o.readSize)); err != nil {
		return errors.Join(err, s.tell(ending{status: statusFailed}, err))
	}
	return s.judge()
}

// open does all that can be refused before the first byte is read.
func (o *sinkOptions) open(plan fault.Plan, stderr io.Writer) (*sink, error) {
	s := &sink{stream: newStream("standard input", 0, plan), stderr: stderr}
	s.end = s.finish
	if o.readSize < 1 {
		return nil, fmt.Errorf("--read-size %v: expected 1 byte or more", &o.readSize)
	}
	if o.verify || o.expect != "" {
		if o.expect == "" {
			o.expect = "complete"
		}
		var err error
		if s.expect, err = parseExpectation(o.expect); err != nil {
			return nil, err
		}
		s.verifier = newVerifier(&o.seed)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if o.pipeSize > 0 {
		if err := s.setPipeSize(int64(o.pipeSize)); err != nil {
			return nil, fmt.Errorf("--pipe-size %v: %w", &o.pipeSize, err)
		}
	}
	var err error
	switch o.copyTo {
	case "":
	case "-":
		s.copy = os.Stdout
	default:
		if s.copy, err = os.Create(o.copyTo); err != nil {
			return nil, fmt.Errorf("--copy-to: %w", err)
		}
	}
	s.report, err = openReport(o.report)
	return s, err
}

// consume reads to the end of the stream, or until the plan closes it.
func (s *sink) consume(buf []byte) error {
	for {
		n := s.next(len(buf))
		if s.closed {
			s.waitGone()
		}
		n, err := s.read(buf[:n])
		if err != nil {
			return fmt.Errorf("standard input: read at byte %d: %w", s.offset(), err)
		}
		if n == 0 {
			s.whole = true
			return nil
		}
		if err := s.keep(buf[:n]); err != nil {
			return err
		}
		s.moved(n)
	}
}

// keep copies and checks what was read.
func (s *sink) keep(p []byte) error {
	if s.verifier != nil {
		s.verifier.Write(p) // never fails
	}
	if s.copy != nil {
		if _, err := s.copy.Write(p); err != nil {
			return fmt.Errorf("--copy-to: at byte %d: %w", s.offset(), err)
		}
	}
	return nil
}

// judge is the verdict at the end of the stream.
func (s *sink) judge() error {
	all := s.unfired()
	if s.verifier != nil {
		if err := s.expect.check(s.name, s.verifier.Verdict()); err != nil {
			all = append(all, err)
		}
	}
	if s.copy != nil {
		if err := s.copy.Close(); err != nil {
			all = append(all, fmt.Errorf("--copy-to: %w", err))
		}
	}
	err := errors.Join(all...)
	status := 0
	if err != nil {
		status = statusOf(err)
	}
	return errors.Join(err, s.tell(ending{status: status}, err))
}

// finish ends the process as the plan says, having told what was seen.
func (s *sink) finish(how ending) {
	if err := s.tell(how, nil); err != nil {
		fmt.Fprintf(s.stderr, "faultsink: %v\n", err)
	}
	if how.signal != "" {
		die(how.signal)
	}
	os.Exit(how.status)
}

// tell writes the report.
func (s *sink) tell(how ending, why error) error {
	rep := report{Verb: "sink", Bytes: s.offset(), Whole: s.whole, Plan: s.plan.String(), Rules: s.injector.Fired()}
	rep.describe(how, why)
	if s.verifier != nil {
		rep.judged(s.verifier)
	}
	return s.report.write(rep)
}
