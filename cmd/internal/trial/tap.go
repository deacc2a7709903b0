package trial

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// tapEscape is for descriptions, in which "#" begins a directive.
var tapEscape = strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ")

// WriteTAP writes the matrix in the Test Anything Protocol, version 14: a test point per cell.
func WriteTAP(w io.Writer, m Matrix) error {
	var b strings.Builder
	cells := m.Cells()
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(cells))
	for i, c := range cells {
		point := fmt.Sprintf("%d - %s", i+1, tapEscape.Replace(c.key()))
		switch {
		case !c.Failed && c.Outcome == NotApplicable:
			fmt.Fprintf(&b, "ok %s # SKIP %s\n", point, tapEscape.Replace(c.Evidence))
		case !c.Failed:
			fmt.Fprintf(&b, "ok %s\n", point)
		default:
			fmt.Fprintf(&b, "not ok %s\n  ---\n", point)
			for _, line := range c.details() {
				fmt.Fprintf(&b, "  %s: %s\n", line[0], strconv.Quote(line[1]))
			}
			b.WriteString("  ...\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// details returns what there is to say of a cell that failed: names and values.
func (c Cell) details() (all [][2]string) {
	for _, line := range [][2]string{{"verdict", c.Verdict()}, {"expected", c.Expected}, {"documented", c.Note},
		{"evidence", c.Evidence}, {"repeat", c.Repeat}} {
		if line[1] != "" {
			all = append(all, line)
		}
	}
	return all
}
