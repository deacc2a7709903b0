//go:build linux

package yjoint_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeExamples runs the examples of faultsink in the README as they stand there, and compares what they print.
func TestReadmeExamples(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("<!-- faultsink example -->\n```sh\n((?s:.*?))```\n```text\n((?s:.*?))```\n")
	found := example.FindAllStringSubmatch(string(readme), -1)
	if len(found) != 3 {
		t.Fatalf("%d examples, want 3", len(found))
	}
	for _, m := range found {
		cmd := exec.Command(bash, "-c", m[1])
		cmd.Dir = t.TempDir()
		got, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s%v", m[1], err)
		}
		if diff := cmp.Diff(m[2], string(got)); diff != "" {
			t.Errorf("%sprints something else (-README +run):\n%s", m[1], diff)
		}
	}
}
