package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"yjoint/cmd/internal/version"
)

// defaultVerb is that of a command line which names none.
const defaultVerb = "sink"

// newRoot returns the command line. Each verb has a file of its own.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "faultsink [VERB] [OPTION]...",
		Short: "Make a program's inputs and outputs fail on purpose, and prove what arrived",
		Long: `Make a program's inputs and outputs fail on purpose, at an exact byte, and
prove what arrived. Without VERB it is a sink.

  mytool | faultsink --fail-after 1MiB
  faultsink gen 8GiB | mytool | faultsink verify
  faultsink gen 1GiB --kill-after 300MiB | mytool`,
		Version:               version.Of(),
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
		CompletionOptions:     cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetVersionTemplate("faultsink {{.Version}}\n")
	root.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true})
	root.SetHelpFunc(help)
	root.Flags().String(strings.TrimLeft(completionOption, "-"), "", "print the completion script of `SHELL`: bash, zsh or fish")
	root.AddCommand(newSink(), newGen(), newVerify(), newExec(), newMount(), newSweep(), newSweepRun(),
		newTrial(), newDoctor(), newDoctorProbe())
	for _, c := range append(root.Commands(), root) {
		c.DisableFlagsInUseLine = true
		c.Flags().SortFlags = false
		c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
			err = fmt.Errorf("%w (%s --help lists the options)", err, c.CommandPath())
			if c.Name() == trialVerb {
				return usage(err)
			}
			return err
		})
	}
	return root
}

// withVerb puts the default verb before arguments that name none.
func withVerb(root *cobra.Command, args []string) []string {
	if len(args) > 0 {
		switch {
		case args[0] == "--help" || args[0] == "-h" || args[0] == "--version":
			return args
		case !strings.HasPrefix(args[0], "-"):
			return args // a verb, or none that is known: cobra names the similar ones
		}
	}
	return append([]string{defaultVerb}, args...)
}
