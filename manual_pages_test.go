//go:build linux

package yjoint_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// manualPages are those of docs/man, by the names of their sources.
var manualPages = map[string]string{
	"yjoint.1":         "yjoint",
	"faultsink.1":      "faultsink",
	"faultsink-plan.7": "faultsink-plan",
}

// TestManualPages shows each page as a user sees it, by man and by mandoc, which must find nothing wrong with it. What is to be typed must
// be shown as it is.
func TestManualPages(t *testing.T) {
	needs(t, noProgram("man"))
	needs(t, noProgram("mandoc"))
	for name, about := range manualPages {
		t.Run("page="+name, func(t *testing.T) {
			page := "docs/man/" + name
			if _, err := os.ReadFile(page); err != nil { // by the test itself, so that its result isn't taken for that of another page
				t.Fatal(err)
			}
			if out, err := exec.Command("mandoc", "-T", "lint", page).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("mandoc finds: %v\n%s", err, out)
			}
			if out, err := exec.Command("lexgrog", page).CombinedOutput(); err != nil || !strings.Contains(string(out), ": \""+about+" - ") {
				t.Errorf("apropos will not find it: %v\n%s", err, out)
			}
			for _, viewer := range [][]string{{"man", "--warnings", "-l", page}, {"mandoc", "-T", "utf8", page}} {
				checkShown(t, about, shown(t, viewer))
			}
		})
	}
}

// shown returns the text that the viewer shows on a terminal of 80 columns.
func shown(t *testing.T, viewer []string) string {
	t.Helper()
	cmd := exec.Command(viewer[0], viewer[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80", "MANROFFOPT=", "MANPAGER=cat", "PAGER=cat", "GROFF_NO_SGR=1")
	var warnings strings.Builder
	cmd.Stderr = &warnings
	out, err := cmd.Output()
	if err != nil || warnings.Len() > 0 {
		t.Errorf("%q: %v\n%s", viewer, err, warnings.String())
	}
	return regexp.MustCompile(`.\x08`).ReplaceAllString(string(out), "") // bold and underlined
}

// checkShown requires that the page's examples are in the text as they are typed, and that all but what programs print fits.
func checkShown(t *testing.T, source, text string) {
	t.Helper()
	tooWide := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); utf8.RuneCountInString(line) > 80-len("           ") {
			tooWide[line] = true
		}
	}
	for _, e := range manualExamples(t, source) {
		for line := range strings.Lines(e.text + e.want) {
			line = strings.TrimRight(line, "\n")
			if !strings.Contains(text, " "+line+"\n") {
				t.Errorf("not shown as it is typed: %s", line)
			}
		}
		if e.kind == "cron" {
			continue // a job is one line
		}
		for line := range strings.Lines(e.text) {
			if line = strings.TrimSpace(line); tooWide[line] {
				t.Errorf("does not fit a terminal of 80 columns: %s", line)
			}
		}
	}
}
