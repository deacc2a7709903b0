package trial

import (
	"os"
	"strings"
	"testing"
)

// TestSurvivalMatrix: docs/survival-matrix.md, which docs/matrix writes, has every scenario, and yjoint is good in all of them.
func TestSurvivalMatrix(t *testing.T) {
	text, err := os.ReadFile("../../../docs/survival-matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); strings.HasPrefix(line, "| ") && len(cells) > 1 {
			if name := strings.TrimPrefix(cells[0], "| "); rows[name] == nil {
				rows[name] = cells[1:]
			}
		}
	}
	for i, tool := range []string{"yjoint", "yjoint-x"} {
		if head := rows["scenario"]; len(head) <= i || head[i] != tool {
			t.Fatalf("the first columns are %v", head)
		}
		for _, s := range Catalogue {
			row := rows[s.Name]
			if len(row) <= i {
				t.Errorf("%s is not there: go run ./docs/matrix", s.Name)
			} else if !strings.HasPrefix(row[i], marks[Good]) && !strings.HasPrefix(row[i], marks[None]) {
				t.Errorf("%s: %s: %s", tool, s.Name, row[i])
			}
		}
	}
}
