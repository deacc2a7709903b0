//go:build !unix

package command

import (
	"context"
	"errors"
)

// Supervisor starts nothing: commands are not supported on GOOS.
type Supervisor struct{}

// Process is never started.
type Process struct{}

// NewSupervisor returns a Supervisor whose Start fails.
func NewSupervisor() *Supervisor { return &Supervisor{} }

// Start fails.
func (*Supervisor) Start(Spec) (*Process, error) {
	return nil, errors.New("commands are not supported on this platform")
}

// KillAll does nothing.
func (*Supervisor) KillAll() {}

// Done returns nil.
func (*Process) Done() <-chan struct{} { return nil }

// Status returns the zero Status.
func (*Process) Status() Status { return Status{} }

// Ended returns false.
func (*Process) Ended() bool { return false }

// Stop does nothing.
func (*Process) Stop() {}

// Terminate does nothing.
func (*Process) Terminate(context.Context) error { return nil }

// SignalName returns "".
func (s Status) SignalName() string { return "" }
