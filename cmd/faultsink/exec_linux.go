//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
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

// lingering is how long what COMMAND leaves running may take to end by itself.
const lingering = 5 * time.Second

// attend passes signals on until the command and all that it has started are gone. The trouble is a timeout, or that nobody can
// tell how it ended.
func (o *faulted) attend(command []string, p *guard.Process) (ended *commandEnd, trouble error) {
	signals := make(chan os.Signal, 16)
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(sig) {
			signal.Notify(signals, sig)
		}
	}
	defer signal.Stop(signals)
	var over, left <-chan time.Time
	if o.timeout > 0 {
		over = time.After(time.Duration(o.timeout))
	}
	exited := p.Exited()
	for {
		select {
		case sig := <-signals:
			p.Signal(sig.(syscall.Signal))
		case <-over:
			p.End()
			return nil, o.timedOut(command)
		case <-exited:
			exited, left = nil, time.After(lingering)
		case <-left:
			p.End()
		case <-p.Gone():
			ws, err := p.Status()
			if err != nil {
				return nil, err
			}
			if ws.Signaled() {
				return &commandEnd{Status: -1, Signal: signalName(ws.Signal())}, nil
			}
			return &commandEnd{Status: ws.ExitStatus()}, nil
		}
	}
}

// releaseInherited closes what this process has inherited but for standard error.
func releaseInherited() {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	for _, n := range guard.Inherited() {
		switch {
		case n < 2:
			unix.Dup3(null, n, 0)
		case n > 2:
			unix.Close(n)
		}
	}
	unix.Close(null)
}
