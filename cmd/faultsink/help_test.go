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
	for _, row := range statusTable {
		if !strings.Contains(texts[0], "\n  "+row.status+" ") || !strings.Contains(texts[0], row.meaning) {
			t.Errorf("status %s is missing", row.status)
		}
	}
	for _, text := range texts {
		if lines := strings.Count(text, "\n"); lines > 50 {
			t.Errorf("%d lines: %s", lines, text)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if len(line) > helpWidth || strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
				t.Errorf("too wide, or with odd space: %q", line)
			}
		}
	}
}

// TestHelpExamples: each verb's help has examples, which are command lines that are understood.
func TestHelpExamples(t *testing.T) {
	call := regexp.MustCompile(`(?:^| )faultsink( [^|&\n]*)`)
	word := regexp.MustCompile(`'[^']*'|\S+`)
	root := newRoot()
	for _, c := range append(root.Commands(), root) {
		found := 0
		for line := range strings.Lines(c.Long) {
			if !strings.HasPrefix(line, "  ") {
				continue
			}
			for _, m := range call.FindAllStringSubmatch(line, -1) {
				found++
				var args []string
				for _, w := range word.FindAllString(m[1], -1) {
					args = append(args, strings.Trim(w, "'"))
				}
				again := newRoot()
				verb, rest, err := again.Find(withVerb(again, args))
				if err == nil {
					err = verb.ParseFlags(rest)
				}
				if err == nil && verb.Args != nil {
					err = verb.Args(verb, verb.Flags().Args())
				}
				if err != nil || verb != c && c.Name() != verb.Name() && !strings.Contains(c.Long, "faultsink "+verb.Name()) && verb.Name() != defaultVerb {
					t.Errorf("%s: faultsink%s: %v", c.Name(), m[1], err)
				}
			}
		}
		if found == 0 && !c.Hidden {
			t.Errorf("%s: no example", c.CommandPath())
		}
	}
}

func TestVersion(t *testing.T) {
	if got := helpOf(t, "--version"); !regexp.MustCompile(`^faultsink \d+\.\d+\.\d+.*\n$`).MatchString(got) {
		t.Errorf("%q", got)
	}
}
