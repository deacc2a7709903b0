//go:build unix

package command

import "golang.org/x/sys/unix"

// SignalName is the name of the signal that ended the process, such as SIGKILL.
func (s Status) SignalName() string { return unix.SignalName(s.Signal) }
