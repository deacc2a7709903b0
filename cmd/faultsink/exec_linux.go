//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/cmd/internal/supervisor"
)

// supervision is a run of `faultsink exec`.
type supervision struct {
	command []string
	path    string
	specs   []ledger.Spec
	report  *reportFile
	watch   []int
	stderr  io.Writer
}

// supervise runs the command. This process gives up standard input and output, and what else it has inherited: they are
// COMMAND's, and whoever is at their other ends must see when that closes them.
func (o *faulted) supervise(x supervision) error {
	pipe, said, err := o.listen(x.stderr)
	if err != nil {
		return err
	}
	run := faultedRun{verb: "exec", command: x.command, ledger: ledger.New(x.specs)}
	r, err := supervisor.Start(supervisor.Options{Path: x.path, Args: x.command, Ledger: run.ledger, Watch: x.watch, Stderr: pipe,
		Sole: true})
	if pipe != nil {
		pipe.Close()
	}
	if err != nil {
		return startError(err)
	}
	releaseInherited()
	run.ended, run.trouble = o.attend(x.command, r.Process())
	notes, err := r.Conclude()
	run.said, run.notes = said(), notes
	for _, n := range notes {
		fmt.Fprintf(x.stderr, "faultsink: note: %s\n", n)
	}
	if err != nil {
		run.ended, run.trouble = nil, err
	}
	return o.conclude(run, x.report)
}

// startError gives the error of a start its status.
func startError(err error) error {
	var start *supervisor.StartError
	switch {
	case !errors.As(err, &start):
		return err
	case errors.Is(err, unix.ENOENT):
		return &statusError{errNotFound, err}
	}
	return &statusError{errCannotRun, err}
}
