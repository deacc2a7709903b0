package faultfs

import (
	"fmt"
	"syscall"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// Check returns an error for the first fault that the kernel would not pass on to programs.
func Check(specs []ledger.Spec) error {
	for _, s := range specs {
		for _, r := range s.Plan.Rules {
			for _, a := range r.Actions {
				if a.Verb == fault.Fail && a.Errno == syscall.ENOSYS {
					return fmt.Errorf("rule '%s=%s': the kernel takes ENOSYS from a file system for a call that it lacks, "+
						"and gives programs something else: expected another errno, or faultsink exec", s.Target, r)
				}
			}
		}
	}
	return nil
}
