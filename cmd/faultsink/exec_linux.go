//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/cmd/internal/supervisor"
)

// supervise runs the command. This process gives up standard input and output, and what else it has inherited: they are
// COMMAND's, and whoever is at their other ends must see when that closes them.
func (o *faulted) supervise(x supervision) error {
	pipe, said, err := o.listen(x.stderr)
	if err != nil {
		return err
	}
	run := faultedRun{verb: "exec", command: x.command, ledger: ledger.New(x.specs)}
	if pipe == nil && areOne(1, 2) {
		run.notes = sharedNotes(x.specs)
	}
	signals := caught()
	r, err := supervisor.Start(supervisor.Options{Path: x.path, Args: x.command, Ledger: run.ledger, Watch: x.watch, Stderr: pipe,
		Sole: true})
	if pipe != nil {
		pipe.Close()
	}
	if err != nil {
		return startError(err)
	}
	releaseInherited()
	run.ended, run.trouble = o.attend(x.command, r.Process(), signals)
	notes, err := r.Conclude()
	run.said, run.notes = said(), append(run.notes, notes...)
	for _, n := range run.notes {
		fmt.Fprintf(x.stderr, "faultsink: note: %s\n", n)
	}
	if err != nil {
		run.ended, run.trouble = nil, err
	}
	return o.conclude(run, x.report)
}

// areOne reports whether two descriptors of this process are one open file, as after 2>&1 and on a terminal.
func areOne(a, b int) bool {
	const kcmpFile = 0 // KCMP_FILE
	self := uintptr(unix.Getpid())
	order, _, errno := unix.Syscall6(unix.SYS_KCMP, self, self, kcmpFile, uintptr(a), uintptr(b), 0)
	return errno == 0 && order == 0
}

// sharedNotes warns of faults for standard output or standard error that the other one meets as well: what COMMAND says
// of them may not be seen.
func sharedNotes(specs []ledger.Spec) (notes []string) {
	for _, s := range specs {
		if n, ok := s.Target.FD(); ok && (n == 1 || n == 2) {
			notes = append(notes, fmt.Sprintf("%s: standard output and standard error are one open file, and both meet its faults: redirect one of them",
				s.Target))
		}
	}
	return notes
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
