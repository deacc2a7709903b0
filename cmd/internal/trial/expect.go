package trial

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Expectations are the verdicts that were recorded, by tool and cell.
type Expectations map[string]string

// expectHead is the first line of a file of expectations.
const expectHead = "# what faultsink trial is to find: TOOL: SCENARIO: verdicts"

func (c Cell) key() string { return c.Tool + ": " + c.Name() }

// WriteExpect records the verdicts of all cells: sorted text, a cell per line, without times and versions.
func WriteExpect(w io.Writer, m Matrix) error {
	var lines []string
	for _, c := range m.Cells() {
		lines = append(lines, c.key()+": "+c.Verdict())
	}
	slices.Sort(lines)
	_, err := io.WriteString(w, strings.Join(append([]string{expectHead}, lines...), "\n")+"\n")
	return err
}

// ReadExpect reads what WriteExpect wrote. Empty lines and those that begin with "#" are left out.
func ReadExpect(r io.Reader) (Expectations, error) {
	e := Expectations{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndex(line, ": ")
		if i < 0 || !strings.Contains(line[:i], ": ") {
			return nil, fmt.Errorf("line %d: %q: expected TOOL: SCENARIO: verdicts", n, line)
		}
		if _, err := parseVerdict(line[i+2:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if _, twice := e[line[:i]]; twice {
			return nil, fmt.Errorf("line %d: %s is there twice", n, line[:i])
		}
		e[line[:i]] = line[i+2:]
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(e) == 0 {
		return nil, errors.New("it has no cell")
	}
	return e, nil
}

// parseVerdict returns a cell that prints that verdict.
func parseVerdict(text string) (c Cell, err error) {
	if text == "n/a" {
		return Cell{Outcome: NotApplicable}, nil
	}
	data, status, both := strings.Cut(text, "; ")
	i, j := slices.Index(dataNames[:], data), 0
	if both {
		j = slices.Index(statusNames[:], status)
	}
	c = Cell{Data: Data(i), Status: Status(j)}
	if i < 0 || j < 0 || !both && c.Data < Corrupt || c.Verdict() != text {
		return c, fmt.Errorf("%q is no verdict, such as \"intact; truthful\"", text)
	}
	return c, nil
}

// rank orders verdicts: a larger one is worse. What is not tried any more is worse than what is good.
func (c Cell) rank() int {
	switch c.Outcome {
	case Trouble:
		return 1 << 20
	case NotApplicable:
		return 1
	}
	if c.Data == Intact && c.Status == Truthful {
		return 0
	}
	return 2 + int(c.Data)*len(statusNames) + int(c.Status)
}

// Compare marks the cells that are not as they should be, and returns a line for each difference. Without expectations all must be
// good. Otherwise none may be worse than expected, and if strict none may be better; those that are not expected must be good.
// all: every cell was run, so that those which are missing are gone.
func (m Matrix) Compare(e Expectations, strict, all bool) (differences []string) {
	found := map[string]bool{}
	for i := range m.Tools {
		for j := range m.Tools[i].Cells {
			c := &m.Tools[i].Cells[j]
			if text := c.compare(e, strict); text != "" {
				differences = append(differences, text)
			}
			found[c.key()] = true
		}
	}
	if !all {
		return differences
	}
	for key := range e {
		for _, t := range m.Tools {
			if strings.HasPrefix(key, t.Name+": ") && !found[key] {
				differences = append(differences, "gone: "+key)
			}
		}
	}
	slices.Sort(differences)
	return differences
}

func (c *Cell) compare(e Expectations, strict bool) string {
	c.Failed = c.Outcome == Trouble || c.Severity() == Noted || c.Severity() == Bad
	if e == nil {
		return ""
	}
	expected, ok := e[c.key()]
	if !ok {
		if c.Failed {
			return fmt.Sprintf("new: %s: %s", c.key(), c.Verdict())
		}
		return ""
	}
	c.Expected = expected
	want, _ := parseVerdict(expected) // it was checked
	switch got := c.rank(); {
	case got > want.rank():
		c.Failed = true
		return fmt.Sprintf("worse: %s: %s, expected %s", c.key(), c.Verdict(), expected)
	case got < want.rank():
		c.Failed = strict
		return fmt.Sprintf("better: %s: %s, expected %s", c.key(), c.Verdict(), expected)
	}
	c.Failed = false
	return ""
}

// Failed returns how many cells are not as they should be.
func (m Matrix) Failed() (n int) {
	for _, c := range m.Cells() {
		if c.Failed {
			n++
		}
	}
	return n
}
