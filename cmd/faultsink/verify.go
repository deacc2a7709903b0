package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"yjoint/core/pattern"
)

// verifyOptions are those of `faultsink verify`.
type verifyOptions struct {
	expect string
	seed   seedFlag
	report string
}

func newVerify() *cobra.Command {
	o := &verifyOptions{}
	c := &cobra.Command{
		Use:   "verify [OPTION]... [FILE]...",
		Short: "Tell what of gen's stream arrived on standard input, or in files",
		Long: `Tell what of gen's stream arrived on standard input, or in each FILE: complete,
prefix N, gap [A,B), duplicate [A,B), shifted by K at A, foreign (stream S),
torn at A, trailing. Offsets are those of the first anomaly.`,
		RunE: func(c *cobra.Command, files []string) error { return o.run(files, c.OutOrStdout()) },
	}
	f := c.Flags()
	f.StringVar(&o.expect, "expect", "complete", "the `VERDICT` that each must come to")
	f.Var(&o.seed, "seed", "of the stream that must come (default any)")
	f.StringVar(&o.report, "report", "", "write a report as JSON to `FILE`, for one input; - is standard error")
	return c
}

func (o *verifyOptions) run(files []string, stdout io.Writer) error {
	want, err := parseExpectation(o.expect)
	if err != nil {
		return err
	}
	if o.report != "" && len(files) > 1 {
		return fmt.Errorf("--report %s: expected one input, found %d", o.report, len(files))
	}
	to, err := openReport(o.report)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return o.verify(os.Stdin, "standard input", "", want, to, stdout)
	}
	var all []error
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			all = append(all, err)
			continue
		}
		all = append(all, o.verify(f, name, name+": ", want, to, stdout))
		f.Close()
	}
	return errors.Join(all...)
}

func (o *verifyOptions) verify(f *os.File, name, prefix string, want expectation, to *reportFile, stdout io.Writer) error {
	v := newVerifier(&o.seed)
	n, err := io.CopyBuffer(struct{ io.Writer }{v}, struct{ io.Reader }{f}, make([]byte, blockSize))
	if err != nil {
		return fmt.Errorf("%s: read at byte %d: %w", name, n, err)
	}
	got := v.Verdict()
	if _, err := fmt.Fprintf(stdout, "%s%v\n", prefix, got); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	verdict := want.check(name, got)
	rep := report{Verb: "verify", Bytes: n, Whole: got.Kind == pattern.Complete}
	how := ending{}
	if verdict != nil {
		how.status = statusUnexpected
	}
	rep.describe(how, verdict)
	rep.judged(v)
	return errors.Join(verdict, to.write(rep))
}
