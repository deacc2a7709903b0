package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// helpOf returns what the command line prints.
func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(args, &out, &errs); status != statusOK || errs.Len() > 0 {
		t.Fatalf("%q: status %d: %s", args, status, &errs)
	}
	return out.String()
}

// TestHelp: the help of each verb has its options and the exit statuses, and fits a terminal of 80 columns.
func TestHelp(t *testing.T) {
	root := newRoot()
	texts := []string{helpOf(t, "--help")}
	for _, c := range root.Commands() {
		text := helpOf(t, c.Name(), "--help")
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(text, " --"+f.Name+" ") && !strings.Contains(text, " --"+f.Name+"\n") {
				t.Errorf("%s: --%s is missing", c.Name(), f.Name)
			}
		})
		if !c.Hidden && !regexp.MustCompile(`(?m)^  `+c.Name()+` `).MatchString(texts[0]) {
			t.Errorf("the verb %s is missing", c.Name())
		}
		texts = append(texts, text)
	}
	for _, text := range texts {
		for _, row := range statusTable {
			if !strings.Contains(text, "\n  "+row.status+" ") || !strings.Contains(text, row.meaning) {
				t.Errorf("status %s is missing in %s", row.status, text)
			}
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if len(line) > helpWidth || strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
				t.Errorf("too wide, or with odd space: %q", line)
			}
		}
	}
}

// TestHelpExamples: the examples are command lines that are understood.
func TestHelpExamples(t *testing.T) {
	examples := regexp.MustCompile(`faultsink((?: [a-z0-9A-Z-]+)*)`).FindAllStringSubmatch(newRoot().Long, -1)
	if len(examples) != 4 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, m := range examples {
		args := strings.Fields(m[1])
		if len(args) == 1 && args[0] == "verify" {
			continue
		}
		helpOf(t, append(args, "--print-plan")...)
	}
}

func TestVersion(t *testing.T) {
	if got := helpOf(t, "--version"); !regexp.MustCompile(`^faultsink \d+\.\d+\.\d+.*\n$`).MatchString(got) {
		t.Errorf("%q", got)
	}
}
