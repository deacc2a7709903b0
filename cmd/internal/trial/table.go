package trial

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// TableStyle says how a table is printed.
type TableStyle struct {
	Width int // of a line; 0: 80
	Color bool
}

// defaultWidth is that of terminals that don't tell.
const defaultWidth = 80

// colors are those of severities, SGR: green, yellow, red, grey. The words alone tell as much.
var colors = map[Severity]string{Good: "32", Noted: "33", Bad: "1;31", None: "90"}

func (s TableStyle) paint(text string, as Severity) string {
	if !s.Color {
		return text
	}
	return "\x1b[" + colors[as] + "m" + text + "\x1b[0m"
}

// dataShort are the verdicts on data as they stand in a table.
var dataShort = [...]string{"ok", "stopped", "lost", "LOST", "corrupt", "hang", "spin"}

// group is the cells of one scenario for one tool.
type group []Cell

// worst returns the worst cell: one that is judged, of the highest severity, with the worst data.
func (g group) worst() Cell {
	worst := Cell{Outcome: NotApplicable}
	for _, c := range g {
		if worse(c, worst) {
			worst = c
		}
	}
	return worst
}

// worse reports whether a tells of more than b does.
func worse(a, b Cell) bool {
	switch {
	case a.Outcome != b.Outcome:
		return a.Outcome == Trouble || a.Outcome == Judged && b.Outcome == NotApplicable
	case a.Severity() != b.Severity():
		return a.Severity() > b.Severity()
	case a.Data != b.Data:
		return a.Data > b.Data
	}
	return a.Status > b.Status
}

// short returns the text for a table, such as "LOST 3/9": the worst, and how many of all are not good.
func (g group) short() string {
	worst, off, judged := g.worst(), 0, 0
	for _, c := range g {
		if c.Outcome == Judged {
			judged++
			if c.Severity() != Good {
				off++
			}
		}
	}
	switch {
	case worst.Outcome == Trouble:
		return "error"
	case judged == 0 && len(g) == 0:
		return ""
	case judged == 0:
		return "n/a"
	case off == 0:
		return fmt.Sprintf("ok %d", judged)
	}
	text := dataShort[worst.Data]
	if worst.Data == Intact {
		text = worst.Status.String()
	}
	if worst.Severity() == Noted {
		text = "(" + text + ")"
	}
	return fmt.Sprintf("%s %d/%d", text, off, judged)
}

// legend explains the table.
const legend = `ok N       every output that could be whole is, and the exit status is true, in N cells
stopped    all outputs end early, and the exit status says so
lost       an output lacks bytes that it should have, and the exit status says so
LOST       the same, with exit status 0
corrupt    an output has bytes that don't belong there
hang spin  it sleeps, or uses the processor, for good
silent     exit status 0 although an output is not whole
wrong      another exit status although every output is whole
N/M        in N of M cells; the worst is named. (…): documented. n/a: no such operation
`

// scenarioNames returns those that a tool has cells of, in the order of the catalogue.
func (m Matrix) scenarioNames() (all []string) {
	seen := map[string]bool{}
	for _, s := range Catalogue {
		for _, c := range m.Cells() {
			if c.Scenario == s.Name && !seen[s.Name] {
				seen[s.Name] = true
				all = append(all, s.Name)
			}
		}
	}
	return all
}

// group returns the tool's cells of a scenario.
func (t ToolRun) group(scenario string) (g group) {
	for _, c := range t.Cells {
		if c.Scenario == scenario {
			g = append(g, c)
		}
	}
	return g
}

// WriteTable prints the matrix for people: a table, what each tool came to, and the cells that are not good.
func WriteTable(w io.Writer, m Matrix, style TableStyle) error {
	if style.Width <= 0 {
		style.Width = defaultWidth
	}
	var b strings.Builder
	fmt.Fprintf(&b, "a stream of %d bytes, seed %d\n", m.Size, m.Seed)
	names := m.scenarioNames()
	first := len("scenario")
	for _, n := range names {
		first = max(first, len(n))
	}
	for tools := m.Tools; len(tools) > 0; {
		n := fitting(tools, names, style.Width-first)
		writeBlock(&b, tools[:n], names, first, style)
		tools = tools[n:]
	}
	fmt.Fprintf(&b, "\n%s", legend)
	for _, t := range m.Tools {
		fmt.Fprintf(&b, "\n%s\n", t.Summary())
		writeOff(&b, t, style)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// columnWidth returns how wide the column of a tool must be.
func columnWidth(t ToolRun, names []string) int {
	width := min(utf8.RuneCountInString(t.Name), mostName)
	for _, n := range names {
		width = max(width, utf8.RuneCountInString(t.group(n).short()))
	}
	return width
}

// mostName is how much of a tool's name heads its column.
const mostName = 20

// fitting returns how many of the tools' columns fit, at least one.
func fitting(tools []ToolRun, names []string, width int) int {
	for i, t := range tools {
		width -= 2 + columnWidth(t, names)
		if width < 0 {
			return max(i, 1)
		}
	}
	return len(tools)
}

func writeBlock(b *strings.Builder, tools []ToolRun, names []string, first int, style TableStyle) {
	fmt.Fprintf(b, "\n%-*s", first, "scenario")
	for _, t := range tools {
		name := []rune(t.Name)
		if len(name) > mostName {
			name = append(name[:mostName-1], '…')
		}
		b.WriteString("  " + pad(string(name), columnWidth(t, names)))
	}
	trimLine(b)
	for _, n := range names {
		fmt.Fprintf(b, "%-*s", first, n)
		for _, t := range tools {
			g := t.group(n)
			text := g.short()
			b.WriteString("  " + style.paint(text, g.worst().Severity()))
			b.WriteString(pad("", columnWidth(t, names)-utf8.RuneCountInString(text)))
		}
		trimLine(b)
	}
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// trimLine ends the last line, without spaces at its end.
func trimLine(b *strings.Builder) {
	text := strings.TrimRight(b.String(), " ")
	b.Reset()
	b.WriteString(text + "\n")
}

// Count returns how many cells have each severity.
func (t ToolRun) Count() (n [None + 1]int) {
	for _, c := range t.Cells {
		n[c.Severity()]++
	}
	return n
}

// Summary returns a line about the tool.
func (t ToolRun) Summary() string {
	n := t.Count()
	text := t.Name + ": "
	if t.Version != "" {
		text += t.Version + ": "
	}
	return text + fmt.Sprintf("%d cells: %d good, %d documented, %d bad, %d n/a; %.1f s", len(t.Cells), n[Good], n[Noted], n[Bad], n[None], t.Duration)
}

// writeOff prints the cells that are not good: the bad ones each, those that are documented together.
func writeOff(b *strings.Builder, t ToolRun, style TableStyle) {
	asExpected := 0
	for _, c := range t.Cells {
		switch {
		case c.Failed && (c.Severity() != Noted || c.Expected != ""):
			fmt.Fprintf(b, "%s: %s%s\n", c.Name(), style.paint(c.Verdict(), c.Severity()), c.instead())
			fmt.Fprintf(b, "  %s\n  %s\n", c.Evidence, c.Repeat)
		case c.Severity() == Bad || c.Severity() == Noted && c.Expected != "":
			asExpected++
		}
	}
	if asExpected > 0 {
		fmt.Fprintf(b, "%d cells are not good, as expected\n", asExpected)
	}
	type kind struct{ scenario, verdict, note string }
	counts := map[kind]int{}
	var order []kind
	for _, c := range t.Cells {
		if c.Severity() != Noted || c.Expected != "" {
			continue
		}
		k := kind{c.Scenario, c.Verdict(), c.Note}
		if counts[k]++; counts[k] == 1 {
			order = append(order, k)
		}
	}
	for _, k := range order {
		fmt.Fprintf(b, "%s, %d: %s: %s\n", k.scenario, counts[k], style.paint(k.verdict, Noted), k.note)
	}
}

// instead says what was expected, if anything was.
func (c Cell) instead() string {
	if c.Expected == "" {
		return ""
	}
	return ", expected " + c.Expected
}

// List describes the scenarios that the pattern matches.
func List(pattern string) string {
	var b strings.Builder
	class := ""
	for _, s := range Catalogue {
		if !s.matches(pattern, Place{}) {
			continue
		}
		if s.Class != class {
			class = s.Class
			fmt.Fprintf(&b, "%s\n", class)
		}
		fmt.Fprintf(&b, "  %s\n      %s\n", s.Name, s.Why)
	}
	return b.String()
}
