package trial

import (
	"fmt"
	"io"
	"strings"
)

var markdownEscape = strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "[", `\[`, "`", "\\`", "\n", " ")

// marks are beside the words in a table, for who looks at it from afar.
var marks = map[Severity]string{Good: "✅", Noted: "🟡", Bad: "❌", None: "➖"}

// WriteMarkdown writes the matrix for a CI job's summary or a document. It has no times.
func WriteMarkdown(w io.Writer, m Matrix) error {
	var b strings.Builder
	b.WriteString("| scenario |")
	for _, t := range m.Tools {
		fmt.Fprintf(&b, " %s |", markdownEscape.Replace(t.Name))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(m.Tools)) + "\n")
	for _, name := range m.scenarioNames() {
		fmt.Fprintf(&b, "| %s |", name)
		for _, t := range m.Tools {
			g := t.group(name)
			if len(g) == 0 {
				b.WriteString("  |")
				continue
			}
			fmt.Fprintf(&b, " %s %s |", marks[g.worst().Severity()], markdownEscape.Replace(g.short()))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| tool | version | cells | good | documented | bad | n/a |\n|---|---|---|---|---|---|---|\n")
	for _, t := range m.Tools {
		n := t.Count()
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d |\n", markdownEscape.Replace(t.Name), markdownEscape.Replace(t.Version),
			len(t.Cells), n[Good], n[Noted], n[Bad], n[None])
	}
	fmt.Fprintf(&b, "\n```text\n%s```\n", legend)
	for _, t := range m.Tools {
		markdownOff(&b, t)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownOff lists a tool's cells that are not good.
func markdownOff(b *strings.Builder, t ToolRun) {
	n := t.Count()
	if n[Bad]+n[Noted] == 0 {
		return
	}
	fmt.Fprintf(b, "\n<details><summary>%s: %d bad, %d documented</summary>\n\n| cell | verdicts | evidence |\n|---|---|---|\n",
		strings.ReplaceAll(t.Name, "<", "&lt;"), n[Bad], n[Noted])
	for _, c := range t.Cells {
		if s := c.Severity(); s == Bad || s == Noted {
			evidence := c.Evidence
			if c.Note != "" {
				evidence += " (" + c.Note + ")"
			}
			fmt.Fprintf(b, "| %s | %s | %s |\n", markdownEscape.Replace(c.Name()), markdownEscape.Replace(c.Verdict()), markdownEscape.Replace(evidence))
		}
	}
	b.WriteString("\n</details>\n")
}
