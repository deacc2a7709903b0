//go:build linux

package yjoint_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeExamples runs the examples of faultsink in the README as they stand there, and compares what they print.
func TestReadmeExamples(t *testing.T) {
	needs(t, noProgram("bash"))
	needs(t, noExec())
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("<!-- faultsink example -->\n```sh\n((?s:.*?))```\n```text\n((?s:.*?))```\n")
	found := example.FindAllStringSubmatch(string(readme), -1)
	if len(found) != 5 {
		t.Fatalf("%d examples, want 5", len(found))
	}
	for _, m := range found {
		cmd := exec.Command("bash", "-c", m[1])
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		got, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s%v", m[1], err)
		}
		if diff := cmp.Diff(m[2], string(got)); diff != "" {
			t.Errorf("%sprints something else (-README +run):\n%s", m[1], diff)
		}
	}
}

// needs skips the test where a prerequisite is missing; in CI, where all of them are there, it fails.
func needs(t *testing.T, missing string) {
	t.Helper()
	switch {
	case missing == "":
	case os.Getenv("CI_REQUIRE_ALL") == "1":
		t.Fatalf("CI_REQUIRE_ALL=1, but %s", missing)
	default:
		t.Skip("skipped: " + missing)
	}
}

// noProgram says why the program can't be run, or "".
func noProgram(name string) string {
	if _, err := exec.LookPath(name); err != nil {
		return err.Error()
	}
	return ""
}

// noExec says why `faultsink exec` doesn't work here, or "".
var noExec = sync.OnceValue(func() string {
	out, err := exec.Command("faultsink", "doctor", "--require", "exec").CombinedOutput()
	if err == nil {
		return ""
	}
	return strings.TrimSpace(string(out))
})
