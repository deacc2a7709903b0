package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is how wide a line of help may be.
const helpWidth = 80

// help prints what the command is for, its verbs or options, and the exit statuses.
func help(c *cobra.Command, _ []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s\n\n%s\n", c.UseLine(), c.Long)
	if c.HasAvailableSubCommands() {
		b.WriteString("\nVerbs:\n")
		for _, verb := range c.Commands() {
			if verb.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-8s %s\n", verb.Name(), verb.Short)
			}
		}
	}
	// What pflag says of a switch tells nobody anything; the spaces keep the columns.
	const noise = "[=true|false]"
	options := strings.ReplaceAll(c.LocalFlags().FlagUsagesWrapped(helpWidth), noise, strings.Repeat(" ", len(noise)))
	fmt.Fprintf(&b, "\nOptions:\n%s\n%s", options, valuesHelp)
	if c.HasAvailableSubCommands() {
		b.WriteString("VERB --help has the options of each.\n")
	}
	b.WriteString("\nExit status:\n")
	for _, row := range statusTable {
		fmt.Fprintf(&b, "  %-6s %s\n", row.status, row.meaning)
	}
	fmt.Fprint(c.OutOrStdout(), b.String())
}

const valuesHelp = `SIZE is 65536, 64KiB, 1GB or 8GiB-1. D is 90s, 5m or 1h30m.
`
