package main

import (
	"context"
	"fmt"
	"os"

	"yjoint/cmd/yjoint/internal/command"
	"yjoint/core"
)

// commandOutput is a command that takes the stream on its standard input.
type commandOutput struct {
	process *command.Process
	pipe    *os.File                  // the end that is written to; owned, closed by finish
	endedBy func(command.Status) bool // whether the signal that has ended the run has ended the command too
}

// finish is core.Sink.Finish. The command is given the end of the stream only if the stream is whole; otherwise it is
// ended by a signal first, because it could take a closed pipe for the end.
func (c *commandOutput) finish(ctx context.Context, end core.End) error {
	if !end.Whole && !core.IsBrokenPipe(end.Err) {
		defer c.pipe.Close()
		return c.process.Terminate(context.Background())
	}
	// A broken pipe: it reads no more, but may still work, and its exit status is to be told.
	c.pipe.Close()
	select {
	case <-c.process.Done():
	case <-ctx.Done():
		if err := c.process.Terminate(context.Background()); err != nil {
			return err
		}
	}
	switch status := c.process.Status(); {
	case c.endedBy(status):
		<-ctx.Done() // Ctrl-C reaches the command as well, and its end may be seen first
		return context.Cause(ctx)
	case !status.Success():
		return &core.OpError{Op: core.OpExit, Err: fmt.Errorf("%v", status)}
	case !end.Whole:
		return core.ErrEarlyExit
	}
	return nil
}

// exit is how the command ended, or nil if it did not.
func exitOf(p *command.Process) *exitReport {
	if p == nil {
		return nil
	}
	select {
	case <-p.Done():
	default:
		return nil
	}
	status := p.Status()
	rep := &exitReport{EndedByUs: p.Ended()}
	if status.Exited {
		rep.Status = &status.Code
	} else {
		rep.Signal = status.SignalName()
	}
	return rep
}

// producer is the command whose standard output is the source.
type producer struct {
	process *command.Process
	pipe    *os.File // the end that is read from; owned, closed by finish
	fine    map[int]bool
}

// finish is core.Source.Finish: the source has ended well if the producer's exit status says so. If the run was ended
// first, so is the producer. It is stopped before its pipe is closed: the rest of a pipeline could take the death of one
// that still writes for the end of its input.
func (p *producer) finish(ctx context.Context) error {
	if ctx.Err() != nil {
		p.process.Stop()
		p.pipe.Close() // what has TERM caught may write once more, and would block until it gets KILL
		return p.process.Terminate(context.Background())
	}
	p.pipe.Close()
	select {
	case <-p.process.Done():
	case <-ctx.Done():
		return p.process.Terminate(context.Background())
	}
	if status := p.process.Status(); !status.Exited || !p.fine[status.Code] {
		return fmt.Errorf("%v", status)
	}
	return nil
}

// start starts the command of an -x. If that fails, the output could not be opened.
func (o *output) start(sup *command.Supervisor, argv []string, stdout int, endedBy func(command.Status) bool) {
	r, w, err := newPipe()
	if err != nil {
		o.sink.OpenErr = err
		return
	}
	p, err := sup.Start(command.Spec{Argv: argv, Stdin: r, Stdout: stdout, Stderr: 2})
	closeDescriptor(r)
	if err != nil {
		closeDescriptor(w)
		o.sink.OpenErr = err
		return
	}
	f := os.NewFile(uintptr(w), "pipe to "+o.spec.name)
	o.command = &commandOutput{process: p, pipe: f, endedBy: endedBy}
	o.sink.Writer, o.sink.Finish = f, o.command.finish
}

// startProducer starts the source's command. keep are the inherited descriptors that it is to have.
func startProducer(sup *command.Supervisor, argv []string, keep []int) (*producer, error) {
	r, w, err := newPipe()
	if err != nil {
		return nil, err
	}
	p, err := sup.Start(command.Spec{Argv: argv, Stdin: 0, Stdout: w, Stderr: 2, Keep: keep})
	closeDescriptor(w)
	for _, fd := range keep {
		closeDescriptor(fd) // or whoever is at its other end would wait for us too
	}
	if err != nil {
		closeDescriptor(r)
		return nil, err
	}
	return &producer{process: p, pipe: os.NewFile(uintptr(r), "pipe from the producer")}, nil
}
