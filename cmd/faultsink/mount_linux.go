package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/faultfs"
	"yjoint/cmd/internal/guard"
	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// notes are what people should know besides the faults: they are told at once, and in the report.
type notes struct {
	mounting
	mu  sync.Mutex // guards the field below
	all []string
}

func (n *notes) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, text)
	fmt.Fprintf(n.stderr, "faultsink: note: %s\n", text)
}

// mount mounts the file system for as long as the command runs, or until somebody ends it. It is unmounted on every way out.
func (o *mountOptions) mount(x mounting) error {
	n := &notes{mounting: x}
	run := faultedRun{verb: "mount", command: x.command, ledger: ledger.New(x.specs)}
	x.options.Ledger, x.options.Note = run.ledger, n.add
	for _, spec := range x.specs {
		for _, text := range spec.Plan.Warnings(fault.RegularFile) {
			n.add(fmt.Sprintf("%s: %s, so that COMMAND need not be prepared for it", spec.Target, text))
		}
	}
	// From here to the end no signal ends this process: the mount would stay.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, append(endingSignals(), unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2)...)
	catchBrokenPipe()
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	m, err := faultfs.New(x.folder, x.options)
	if err != nil {
		return err
	}
	if x.command != nil {
		// In a folder that is mounted over, COMMAND would see what was there before.
		if err = os.Chdir(here); err == nil {
			err = o.during(x, m, signals, &run)
		}
		os.Chdir("/") // a mount in which a process has its folder is in use
	} else {
		run.trouble = o.stand(x, m, signals)
	}
	stored := m.Stored()
	err = errors.Join(err, m.Unmount())
	if err != nil && run.trouble == nil && run.ended == nil {
		return err
	}
	run.trouble = errors.Join(run.trouble, err)
	run.mount = &mountedReport{Folder: x.folder, Stored: stored}
	run.notes = n.all
	return o.conclude(run, x.report)
}

// during runs the command. The error is that it could not be started.
func (o *mountOptions) during(x mounting, m *faultfs.Mount, signals chan os.Signal, run *faultedRun) error {
	pipe, said, err := o.listen(x.stderr)
	if err != nil {
		return err
	}
	p, err := guard.Start(guard.Command{Path: x.path, Args: x.command, Stderr: pipe})
	if pipe != nil {
		pipe.Close()
	}
	if err != nil {
		return commandError(x.path, err)
	}
	releaseInherited()
	run.ended, run.trouble = o.attend(x.command, p, signals)
	m.Stop()
	run.said = said()
	return nil
}

// commandError gives the error of a start its status.
func commandError(path string, err error) error {
	kind := errCannotRun
	if errors.Is(err, unix.ENOENT) {
		kind = errNotFound
	}
	return &statusError{kind, fmt.Errorf("%s: %w", path, err)}
}

// stand waits until a signal comes, somebody unmounts, or the time is over, which is the trouble.
func (o *mountOptions) stand(x mounting, m *faultfs.Mount, signals <-chan os.Signal) error {
	fmt.Fprintf(x.stderr, "faultsink: %s is mounted, until INT, TERM or HUP comes, or somebody unmounts it\n", x.folder)
	unmounted := make(chan struct{})
	go func() {
		m.Wait()
		close(unmounted)
	}()
	var over <-chan time.Time
	if o.timeout > 0 {
		over = time.After(time.Duration(o.timeout))
	}
	select {
	case <-signals:
	case <-unmounted:
	case <-over:
		return timeoutError(time.Duration(o.timeout), x.folder+" was still mounted")
	}
	return nil
}
