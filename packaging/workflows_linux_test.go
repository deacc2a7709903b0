package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A workflow is what the tests look at in one of GitHub's.
type workflow struct {
	Env  map[string]string
	Jobs map[string]struct {
		Container struct{ Image, Options string }
		Steps     []struct {
			Uses, Run string
			With      map[string]string
		}
	}
}

func readWorkflow(t *testing.T, name string) workflow {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return w
}

// TestWorkflowOfCI: what decides is .ci/run, on Debian, with the Go of go.mod.
func TestWorkflowOfCI(t *testing.T) {
	job := readWorkflow(t, "../.github/workflows/ci.yml").Jobs["ci"]
	if !strings.HasPrefix(job.Container.Image, "debian:") || !strings.Contains(job.Container.Options, "--privileged") {
		t.Errorf("it runs in %+v", job.Container)
	}
	last := job.Steps[len(job.Steps)-1].Run
	if info, err := os.Stat(filepath.Join("..", last)); last != ".ci/run" || err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("its last step is %q: %v", last, err)
	}
	versions := 0
	for _, step := range job.Steps {
		if step.With["go-version-file"] == "go.mod" {
			versions++
		}
	}
	if versions != 1 {
		t.Error("the version of Go is not that of go.mod")
	}
}

// TestWorkflowOfRelease does what it does for a tag, for one platform, and with a gh that only tells what it was asked for.
func TestWorkflowOfRelease(t *testing.T) {
	needs(t, "bash")
	packages(t) // fills the compiler's cache
	c := newClone(t)
	copyTree(t, c.dir)
	log, err := os.ReadFile(filepath.Join(c.dir, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("CHANGELOG.md", strings.Replace(string(log), "## [Unreleased]\n", "## [Unreleased]\n\n## [9.9.9] - 2099-01-02\n\n### Fixed\n\n- All.\n", 1))
	c.commit()
	c.git("tag", "v9.9.9")
	tmp := t.TempDir()
	gh := "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + tmp + "/asked\n"
	if err := os.WriteFile(filepath.Join(tmp, "gh"), []byte(gh), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, step := range readWorkflow(t, "../.github/workflows/release.yml").Jobs["packages"].Steps {
		if step.Run == "" {
			continue
		}
		cmd := exec.Command("bash", "-e", "-c", strings.Replace(step.Run, " dist\n", " --target "+host().String()+" dist\n", 1))
		cmd.Dir = c.dir
		cmd.Env = append(os.Environ(), "RUNNER_TEMP="+tmp, "GITHUB_REF_NAME=v9.9.9", "MAINTAINER=N <a@b.example>", "PATH="+tmp+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s%v\n%s", step.Run, err, out)
		}
	}
	asked, _ := os.ReadFile(filepath.Join(tmp, "asked"))
	words := strings.Fields(string(asked))
	for _, want := range []string{"release", "v9.9.9", "--verify-tag", tmp + "/notes.md", "dist/SHA256SUMS", "dist/yjoint-9.9.9-1.x86_64.rpm",
		"dist/yjoint-9.9.9-linux-amd64.tar.gz", "dist/yjoint_9.9.9-1_amd64.deb"} {
		if !slices.Contains(words, want) && host().arch == "amd64" {
			t.Errorf("no %s in what gh is asked for: %q", want, words)
		}
	}
	if notes, _ := os.ReadFile(filepath.Join(tmp, "notes.md")); !strings.HasPrefix(string(notes), "### Fixed\n\n- All.\n") {
		t.Errorf("the notes are %q", notes)
	}
}

// copyTree copies the tree as it is, with what isn't committed yet.
func copyTree(t *testing.T, dir string) {
	t.Helper()
	printed(t, "sh", "-c", `cd .. && { git ls-files -coz --exclude-standard || find . -path ./.git -prune -o -type f -print0; } 2>/dev/null | tar --null -T - -c | tar -x -C "$0"`, dir)
}
