package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"yjoint/internal/size"
)

// verifyOptions are those of `faultsink verify`.
type verifyOptions struct {
	expect  expectation
	seed    seedFlag
	timeout size.Duration
	report  string
}

func newVerify() *cobra.Command {
	o := &verifyOptions{}
	c := &cobra.Command{
		Use:   "verify [OPTION]... [FILE]...",
		Short: "Tell what of gen's stream arrived on standard input, or in files",
		Long: `Tell what of gen's stream arrived on standard input, or in each FILE: complete,
prefix N, gap [A,B), duplicate [A,B), shifted by K at A, foreign (stream S),
torn at A, trailing. Only the first anomaly is told. Status 0 if all inputs are
as expected.

  faultsink gen 8GiB | mytool | faultsink verify
  faultsink verify --expect 'prefix 8GiB-1' copy1 copy2`,
		RunE: func(c *cobra.Command, files []string) error { return o.run(files, c.OutOrStdout(), c.ErrOrStderr()) },
	}
	f := c.Flags()
	f.Var(&o.expect, "expect", "what each input must come to (default complete); N may be 8GiB-1")
	f.Var(&o.seed, "seed", "which stream it must be (default any)")
	f.Var(&o.timeout, "timeout", "end with status 124 after that time")
	f.StringVar(&o.report, "report", "", "write a report as JSON to `FILE`; - is standard output instead of the verdicts")
	return c
}

// verification is one run.
type verification struct {
	*verifyOptions
	stdout io.Writer
	report report
}

func (o *verifyOptions) run(files []string, stdout, stderr io.Writer) error {
	to, err := openReport(o.report, "")
	if err != nil {
		return err
	}
	if o.report == "-" {
		stdout = io.Discard
	}
	if o.timeout > 0 {
		timeout := time.Duration(o.timeout)
		time.AfterFunc(timeout, func() {
			complain(stderr, timeoutError(timeout, "the input has not ended"))
			os.Exit(statusTimeout)
		})
	}
	v := &verification{verifyOptions: o, stdout: stdout, report: report{reportHead: newReportHead("verify"), Whole: true}}
	var all []error
	for _, name := range files {
		all = append(all, v.file(name))
	}
	if len(files) == 0 {
		all = append(all, v.standardInput())
	}
	err = errors.Join(all...)
	how := ending{}
	if err != nil {
		how.status = statusOf(err)
	}
	v.report.describe(how, err)
	return errors.Join(err, to.write(v.report))
}

func (v *verification) standardInput() error {
	const name = "standard input"
	if stdin.wasClosed() {
		return fmt.Errorf("%s is closed; /dev/null is one that is empty", name)
	}
	return v.input(stdin, name, "")
}

func (v *verification) file(name string) error {
	f, err := os.Open(name)
	if err != nil {
		v.enter(inputReport{Name: name, Error: err.Error()})
		return err
	}
	defer f.Close()
	return v.input(f, name, name+": ")
}

// input prints the verdict on one input behind prefix, and returns an error if it isn't as expected.
func (v *verification) input(from io.Reader, name, prefix string) error {
	verifier := newVerifier(v.seed)
	// Neither side must see that the other could copy by itself: files would be mapped into small pieces.
	n, err := io.CopyBuffer(struct{ io.Writer }{verifier}, struct{ io.Reader }{from}, make([]byte, blockSize))
	if err != nil {
		err = fmt.Errorf("%s: read at byte %d: %w", name, n, err)
		v.enter(inputReport{Name: name, Bytes: n, checked: findings(verifier), Error: err.Error()})
		return err
	}
	got := verifier.Verdict()
	v.enter(inputReport{Name: name, Bytes: n, checked: findings(verifier)})
	if _, err := fmt.Fprintf(v.stdout, "%s%v\n", prefix, got); err != nil {
		return err
	}
	return v.expect.check(name, got, false)
}

func (v *verification) enter(r inputReport) {
	v.report.Inputs = append(v.report.Inputs, r)
	v.report.Bytes += r.Bytes
	v.report.Whole = v.report.Whole && r.Error == ""
}
