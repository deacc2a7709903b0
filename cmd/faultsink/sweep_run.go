package main

import (
	"github.com/spf13/cobra"
)

// sweepRunOptions are those of the verb that `faultsink sweep` has a process of its own for: one run of COMMAND.
type sweepRunOptions struct {
	faulted
	watch  descriptorList
	record bool
	result string
}

func newSweepRun() *cobra.Command {
	o := &sweepRunOptions{}
	c := &cobra.Command{
		Use:    "sweep-run --result FILE [OPTION]... [--] COMMAND [ARG]...",
		Short:  "One run of sweep",
		Long:   "One run of COMMAND, for the verb sweep.",
		Hidden: true,
		Args:   wantsCommand,
		RunE:   func(_ *cobra.Command, args []string) error { return o.supervise(args) },
	}
	f := c.Flags()
	f.SetInterspersed(false)
	f.StringArrayVar(&o.faults, "fault", nil, "as for exec, `TARGET=PLAN`")
	f.Var(&o.timeout, "timeout", "as for exec")
	f.Var(&o.watch, "watch", "as for exec, `FD[,FD]...`")
	f.BoolVar(&o.record, "record", false, "tell of all writes in the current folder")
	f.StringVar(&o.result, "result", "", "tell what came of it to `FILE`")
	return c
}
