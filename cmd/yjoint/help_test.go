package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestHelpOptions: every option is in the help, and every option in the help exists.
func TestHelpOptions(t *testing.T) {
	text := helpText()
	flags := newParser().flags
	flags.VisitAll(func(f *pflag.Flag) {
		if !regexp.MustCompile(`(?m)--` + regexp.QuoteMeta(f.Name) + `(?:[ ,]|$)`).MatchString(text) {
			t.Errorf("--%s is missing", f.Name)
		}
		if f.Shorthand != "" && !strings.Contains(text, "-"+f.Shorthand+", --"+f.Name) {
			t.Errorf("-%s is missing beside --%s", f.Shorthand, f.Name)
		}
	})
	for _, m := range regexp.MustCompile(`(?m)(?:^| )--?([a-z][a-z-]*)`).FindAllStringSubmatch(text, -1) {
		name := m[1]
		if len(name) == 1 && flags.ShorthandLookup(name) == nil && !strings.Contains(text, "sh -"+name) ||
			len(name) > 1 && flags.Lookup(name) == nil {
			t.Errorf("%s is not an option", strings.TrimSpace(m[0]))
		}
	}
	for _, k := range withKeys {
		if !strings.Contains(text, k.String()) {
			t.Errorf("--with %v is missing", k)
		}
	}
}

// TestHelpFits: the help fits a terminal of 80 columns, and one of 33 lines in a screen and a half.
func TestHelpFits(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(helpText(), "\n"), "\n")
	if len(lines) > 50 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if len(line) > 80 || strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
			t.Errorf("too wide, or with odd space: %q", line)
		}
	}
}

// TestHelpExamples: the examples in the help are command lines that yjoint takes.
func TestHelpExamples(t *testing.T) {
	examples := regexp.MustCompile(`(?m)^  (?:.*\| )?yjoint (.*?)(?: <\w+)?$`).FindAllStringSubmatch(helpText(), -1)
	if len(examples) != 3 {
		t.Fatalf("%d examples, want 3", len(examples))
	}
	for _, m := range examples {
		var args []string
		for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(m[1], -1) {
			args = append(args, strings.Trim(word, "'"))
		}
		if _, err := parseArgs(args); err != nil {
			t.Errorf("yjoint %s: %v", m[1], err)
		}
	}
}
