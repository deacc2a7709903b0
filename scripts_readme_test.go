//go:build linux

package yjoint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScriptsReadme holds the README of the scripts to what there is: its tables must list exactly the
// commands, programs and scripts, and each guarantee must have a script.
func TestScriptsReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(scriptsDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	var usages []string
	for _, c := range commands {
		usages = append(usages, c.usage)
	}
	t.Run("table=commands", func(t *testing.T) {
		sameSet(t, usages, firstCells(readme, "Commands"))
	})
	t.Run("table=programs", func(t *testing.T) {
		sameSet(t, programUsages, firstCells(readme, "Programs"))
	})
	t.Run("table=steps", func(t *testing.T) {
		var steps []string
		for name := range peerSteps {
			steps = append(steps, "peer "+name)
		}
		for name := range withSettings {
			steps = append(steps, "with "+name)
		}
		for name := range terminalSteps {
			steps = append(steps, "inpty "+name)
		}
		var documented []string
		for _, cell := range firstCells(readme, "Steps and settings") {
			name, _, _ := strings.Cut(cell, "=")
			documented = append(documented, name)
		}
		sameSet(t, append(steps, "inpty keep"), documented)
	})
	t.Run("table=guarantees", func(t *testing.T) { checkGuarantees(t, readme) })
	t.Run("table=scripts", func(t *testing.T) {
		mentioned := append(scriptCells(readme, "Guarantees"), scriptCells(readme, "Other scripts")...)
		slices.Sort(mentioned)
		sameSet(t, scriptNames(t), slices.Compact(mentioned))
	})
}

// checkGuarantees fails unless each of the nine has a row with a script; that those exist is checked
// with the other scripts.
func checkGuarantees(t *testing.T, readme string) {
	rows := map[string]int{}
	for _, row := range tableRows(readme, "Guarantees") {
		name, _, _ := strings.Cut(row[0], " ")
		rows[name] += len(codeSpans(strings.Join(row[1:], " ")))
	}
	for _, name := range strings.Fields("G1 G2 G3 G4 G5 G6 G7 G8 G9") {
		if rows[name] == 0 {
			t.Errorf("%s has no script", name)
		}
	}
}

// TestScriptsAvoid looks for commands of testscript that are not for these scripts.
func TestScriptsAvoid(t *testing.T) {
	avoided := map[string]*regexp.Regexp{
		"skip hides a missing prerequisite in CI: use require": regexp.MustCompile(`(?m)^\s*(\[.*\]\s*)*skip\b`),
		"stdin is not seen by status: use status -pipe FILE":   regexp.MustCompile(`(?m)^\s*(\[.*\]\s*)*stdin\b[^-]`),
		"a sleep waits for luck: use a command that waits":     regexp.MustCompile(`(?m)^\s*(\[.*\]\s*)*exec sleep\b`),
	}
	for _, name := range scriptNames(t) {
		text, err := os.ReadFile(filepath.Join(scriptsDir, name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		script, _, _ := strings.Cut(string(text), "\n-- ")
		for why, re := range avoided {
			if line := re.FindString(script); line != "" {
				t.Errorf("%s: %q: %s", name, strings.TrimSpace(line), why)
			}
		}
	}
}

func scriptNames(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join(scriptsDir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".txtar")
	}
	return files
}

func sameSet(t *testing.T, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the README differs from what there is (-there is +README):\n%s", diff)
	}
}

// tableRows returns the cells of the table under the heading, without its two header lines.
func tableRows(readme, heading string) [][]string {
	_, section, _ := strings.Cut(readme, "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		// A bar within a cell is written \|.
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
		var cells []string
		for cell := range strings.SplitSeq(line, "|") {
			cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|")))
		}
		rows = append(rows, cells)
	}
	return rows[min(2, len(rows)):]
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

func codeSpans(text string) []string {
	var spans []string
	for _, match := range codeSpan.FindAllStringSubmatch(text, -1) {
		spans = append(spans, match[1])
	}
	return spans
}

// firstCells returns the code spans in the first column of the table under the heading.
func firstCells(readme, heading string) []string {
	var cells []string
	for _, row := range tableRows(readme, heading) {
		cells = append(cells, codeSpans(row[0])...)
	}
	return cells
}

// scriptCells returns all scripts that the table under the heading names, in any column.
func scriptCells(readme, heading string) []string {
	var names []string
	for _, row := range tableRows(readme, heading) {
		names = append(names, codeSpans(strings.Join(row, " "))...)
	}
	return names
}
