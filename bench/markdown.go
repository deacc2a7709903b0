//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// writeMarkdown writes what the machine is and all tables to the file of that name.
func writeMarkdown(name string, facts []fact, results []result) error {
	var out bytes.Buffer
	fmt.Fprint(&out, "| | |\n|---|---|\n")
	for _, f := range facts {
		fmt.Fprintf(&out, "| %s | %s |\n", f.name, cell(f.value))
	}
	fmt.Fprint(&out, "\nA ratio is the median of the rounds'; below 1 is less. `cpu` is the fan-out's own, `peak` its resident memory.\n")
	for _, r := range results {
		r.markdown(&out)
	}
	return os.WriteFile(name, out.Bytes(), 0o666)
}

func (r result) markdown(out *bytes.Buffer) {
	fmt.Fprintf(out, "\n## %s\n\n", r.heading())
	if len(r.rows) > 0 {
		fmt.Fprintf(out, "| %s |\n|---%s|\n", strings.Join(columns, " | "), strings.Repeat("|--:", len(columns)-1))
	}
	for _, o := range r.rows {
		cells, failure := o.cells(r.reference())
		if failure != "" {
			cells = append(cells, cell(failure))
		}
		for len(cells) < len(columns) {
			cells = append(cells, "")
		}
		fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
	}
	for _, n := range r.notes() {
		fmt.Fprintf(out, "\n%s\n", n)
	}
}

// cell keeps text within one cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
