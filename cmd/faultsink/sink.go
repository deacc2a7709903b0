package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"yjoint/core/fault"
	"yjoint/core/pattern"
	"yjoint/internal/size"
)

// sinkOptions are those of `faultsink sink`.
type sinkOptions struct {
	deeds
	readSize blockFlag
	pipeSize capacityFlag
	copyTo   string
	verify   bool
	expect   expectation
	seed     seedFlag
	timeout  size.Duration
	report   string
}

func newSink() *cobra.Command {
	o := &sinkOptions{}
	c := &cobra.Command{
		Use:   "sink [OPTION]...",
		Short: "Read standard input, and misbehave",
		Long: `Read standard input, and misbehave. SIZE counts the bytes that were consumed,
to the byte; what the pipe holds by then comes on top. Without options: read to
the end. INT, TERM and HUP end it as any program, but its report is written.

  mytool | faultsink --fail-after 1MiB --until-full`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.OutOrStdout(), c.ErrOrStderr()) },
	}
	f := c.Flags()
	o.register(f, "standard input")
	f.BoolVar(&o.untilFull, "until-full", false, "do what comes after SIZE only once the pipe is full, so that its writer is blocked")
	f.Var(&o.readSize, "read-size", "read no more at once")
	f.Var(&o.pipeSize, "pipe-size", "let the pipe on standard input hold so much")
	f.StringVar(&o.copyTo, "copy-to", "", "write what was consumed to `FILE`; - is standard output")
	f.BoolVar(&o.verify, "verify", false, "check that it is what gen generates: all of it, or the beginning where the plan ends it")
	f.Var(&o.expect, "expect", "check that it comes to this, such as 'prefix 1MiB'")
	f.Var(&o.seed, "seed", "check that it is this stream of gen's")
	f.Var(&o.timeout, "timeout", "end with status 124 after that time")
	f.StringVar(&o.report, "report", "", "write a report as JSON to `FILE`; - is standard output")
	return c
}

// sink is one run.
type sink struct {
	*stream
	expect   expectation
	copy     io.Writer // nil: none
	copyFile *os.File  // what is to be closed of it
	block    int       // how much is consumed at once
	unseen   bool      // nobody looks at the bytes: they needn't be read(2)
	mayBlock bool      // a read that doesn't can't be had here

	// These are guarded by turn.
	verifier *pattern.Verifier // nil: none
	whole    bool
}

func (o *sinkOptions) run(stdout, stderr io.Writer) error {
	plan, err := o.plan(fault.ForSink)
	if err != nil {
		return err
	}
	if o.print {
		return printPlan(stdout, plan)
	}
	s, err := o.open(plan, stderr)
	if err != nil {
		return err
	}
	s.watch(time.Duration(o.timeout))
	return s.conclude(s.consume(make([]byte, s.block)))
}

// open does all that can be refused before the first byte is read.
func (o *sinkOptions) open(plan fault.Plan, stderr io.Writer) (*sink, error) {
	base, err := newStream("sink", "standard input", stdin, plan)
	if err != nil {
		return nil, err
	}
	s := &sink{stream: base, expect: o.expect, block: blockSize, mayBlock: !base.isPipe() && !base.isConnection()}
	s.stderr, s.judge, s.describe = stderr, s.check, s.addTo
	if o.verify || o.expect.given || o.seed.given {
		s.verifier = newVerifier(o.seed)
	}
	if o.pipeSize > 0 {
		if err := s.setCapacity(int64(o.pipeSize)); err != nil {
			return nil, fmt.Errorf("--pipe-size %v: %s: %w", &o.pipeSize, s.name, err)
		}
	}
	if o.readSize > 0 {
		s.block = int(o.readSize)
	}
	taken := ""
	switch o.copyTo {
	case "":
		if s.verifier == nil && o.readSize == 0 {
			s.unseen, s.block = true, pipeCapacity
		}
	case "-":
		if stdout.wasClosed() {
			return nil, errors.New("--copy-to -: standard output is closed")
		}
		s.copy, taken = stdout, "the copy"
	default:
		if s.copyFile, err = os.Create(o.copyTo); err != nil {
			return nil, fmt.Errorf("--copy-to: %w", err)
		}
		s.copy = s.copyFile
	}
	s.report, err = openReport(o.report, taken)
	return s, err
}

// consume reads to the end of the stream, or until the plan ends it.
func (s *sink) consume(buf []byte) error {
	for {
		n, err := s.next(len(buf))
		if err != nil {
			return err
		}
		n, err = s.fetch(buf[:n])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("standard input: read at byte %d: %w", s.offset(), err)
		}
		if s.copy != nil {
			if _, err := s.copy.Write(buf[:n]); err != nil {
				return fmt.Errorf("--copy-to: %w", err)
			}
		}
		s.pace(n)
	}
}

// fetch consumes, counts and checks at most len(p) bytes, and waits until there are some.
func (s *sink) fetch(p []byte) (int, error) {
	for !s.mayBlock {
		n, err := s.fetchNow(p)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			s.mayBlock = true
		case errors.Is(err, errWouldBlock):
			s.awaitInput()
		default:
			return n, err
		}
	}
	s.awaitInput() // a read that begins then is soon over, unless somebody else reads too
	return s.moveBlocking(func() (int, error) { return s.Read(p) }, func(n int, err error) { s.count(p[:n], err) })
}

// fetchNow is fetch that doesn't wait.
func (s *sink) fetchNow(p []byte) (int, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	n, err := s.takeNow(p)
	s.count(p[:n], err)
	return n, err
}

// takeNow consumes what there is of len(p) bytes. What it leaves in p means nothing where nobody looks at it.
func (s *sink) takeNow(p []byte) (int, error) {
	if s.unseen {
		n, err := s.discardNow(len(p))
		if !errors.Is(err, errors.ErrUnsupported) {
			return n, err
		}
		s.unseen = false
	}
	return s.readNow(p)
}

// count counts and checks what was consumed. The run has the turn.
func (s *sink) count(p []byte, err error) {
	s.whole = errors.Is(err, io.EOF)
	s.account(len(p))
	if s.verifier != nil {
		s.verifier.Write(p) // never fails
	}
}

// check is the judgement at the end.
func (s *sink) check(early bool) error {
	var all []error
	if s.verifier != nil {
		all = append(all, s.expect.check(s.name, s.verifier.Verdict(), early))
	}
	if s.copyFile != nil {
		if err := s.copyFile.Close(); err != nil {
			all = append(all, fmt.Errorf("--copy-to: %w", err))
		}
	}
	return errors.Join(all...)
}

// addTo adds to the report what only a sink knows.
func (s *sink) addTo(r *report) {
	r.Whole = s.whole
	if s.verifier != nil {
		c := findings(s.verifier)
		r.checked = &c
	}
}
