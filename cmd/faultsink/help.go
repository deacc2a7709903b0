package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	fmt.Fprintf(&b, "\nOptions:\n%s\n%s", optionsHelp(c.LocalFlags()), valuesHelp)
	if c.HasAvailableSubCommands() {
		b.WriteString("VERB --help has the options of each.\n")
	}
	b.WriteString("\nExit status:\n")
	for _, row := range statusTable {
		if row.of == "" || c.HasAvailableSubCommands() || slices.Contains(strings.Fields(row.of), c.Name()) {
			fmt.Fprintf(&b, "  %-6s %s\n", row.status, row.meaning)
		}
	}
	fmt.Fprint(c.OutOrStdout(), b.String())
}

// optionsHelp lists the options and what they do. pflag would leave much of each line empty.
func optionsHelp(flags *pflag.FlagSet) string {
	var spelled, usages []string
	column := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		spelled, usages = append(spelled, spelledOption(f)), append(usages, usageOf(f))
		column = max(column, len(spelled[len(spelled)-1])+2)
	})
	var b strings.Builder
	for i, line := range spelled {
		line = fmt.Sprintf("%-*s", column-1, line)
		for word := range strings.FieldsSeq(usages[i]) {
			if len(line)+1+len(word) > helpWidth {
				fmt.Fprintln(&b, line)
				line = strings.Repeat(" ", column-1)
			}
			line += " " + word
		}
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

func spelledOption(f *pflag.Flag) string {
	text := "      --" + f.Name
	if f.Shorthand != "" {
		text = "  -" + f.Shorthand + ", --" + f.Name
	}
	if argument, _ := pflag.UnquoteUsage(f); f.NoOptDefVal == "" {
		text += " " + argument
	}
	return text
}

// usageOf returns what the option does, with the value that it has without being given, if that says anything.
func usageOf(f *pflag.Flag) string {
	argument, usage := pflag.UnquoteUsage(f)
	usage = strings.TrimPrefix(usage, argument+": ") // which is there to name it
	if !slices.Contains([]string{"", "0", "[]", "false"}, f.DefValue) {
		usage += " (default " + f.DefValue + ")"
	}
	return usage
}

const valuesHelp = `SIZE is 65536, 64KiB, 1GB or 8GiB-1. D is 90s, 5m or 1h30m.
`
