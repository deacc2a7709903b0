package main

import (
	"fmt"
	"strings"
)

// helpText is what --help prints.
func helpText() string {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, g := range optionGroups {
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		for _, o := range g.options {
			if o.help != "" {
				writeOption(&b, o, g.column)
			}
		}
	}
	b.WriteString(valuesHelp + "\nExit status, the first that applies of 128+N, 2, 3, 4, 1, 5, 0:\n")
	for _, row := range statusTable {
		fmt.Fprintf(&b, "  %-6s %s\n", row.status, row.meaning)
	}
	return b.String()
}

const helpHead = `usage: yjoint [OPTION]... OUT... [-- PRODUCER [ARG]...]

Copy standard input, or what PRODUCER writes, to every output. When one output
fails, the others go on and receive every byte; its fate is told to the byte.

  yjoint -x 'ssh host1 tar x' -x 'ssh host2 tar x' -- tar c data
  pg_dump db | yjoint dump.sql -x 'zstd >dump.zst' --report dump.json
  yjoint --require any --stall-timeout 5m -o /mnt/a/img -o /mnt/b/img <disk
`

const valuesHelp = `SIZE is 65536, 64KiB, 1GB or 8GiB-1. D is 90s, 5m or 1h30m; 0 means never.
`

// helpWidth is how wide a line of help may be.
const helpWidth = 80

// writeOption writes an option, and from the column on what it does, wrapped.
func writeOption(b *strings.Builder, o option, column int) {
	line := "  " + o.spelled()
	if strings.HasPrefix(o.spelled(), "--") && o.name != "" {
		line = "      " + o.spelled() // below those that have a short form
	}
	line = fmt.Sprintf("%-*s", column-2, line) + " "
	for word := range strings.FieldsSeq(o.help) {
		if len(line)+1+len(word) > helpWidth {
			fmt.Fprintln(b, line)
			line = strings.Repeat(" ", column-1)
		}
		line += " " + word
	}
	fmt.Fprintln(b, line)
}
