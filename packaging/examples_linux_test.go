package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A project is a checkout of somebody who tests a tool of his own with what docs/examples has.
type project struct {
	*testing.T
	dir  string
	path string // PATH of what runs
	env  []string
}

const sloppyTool = "#!/bin/sh\ntee -p -- \"$@\" 2>/dev/null\nexit 0\n"

// newProject has the tool of the examples, what trial has found for it, and a release to be fetched.
func newProject(t *testing.T) *project {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("skipped: the examples are for amd64")
	}
	for _, program := range []string{"bash", "cmp", "curl", "make", "tar", "tee"} {
		needs(t, program)
	}
	bin := unpacked(t)
	if out, err := exec.Command(filepath.Join(bin, "faultsink"), "doctor", "--require", "exec").CombinedOutput(); err != nil {
		if os.Getenv("CI_REQUIRE_ALL") == "1" {
			t.Fatalf("CI_REQUIRE_ALL=1, but faultsink doctor says %s", out)
		}
		t.Skipf("skipped: faultsink doctor says %s", out)
	}
	p := &project{T: t, dir: t.TempDir(), path: os.Getenv("PATH")}
	for _, folder := range []string{"tmp", "builds"} {
		if err := os.Mkdir(filepath.Join(p.dir, folder), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p.env = []string{"YJOINT_RELEASE=file://" + packages(t), "YJOINT_VERSION=" + madeVersion, "LC_ALL=C", "TMPDIR=" + p.dir + "/tmp",
		"RUNNER_TEMP=" + p.dir + "/tmp", "GITHUB_PATH=" + p.dir + "/github-path", "GITHUB_STEP_SUMMARY=" + p.dir + "/summary",
		"CI_BUILDS_DIR=" + p.dir + "/builds", "CI_PROJECT_DIR=" + p.dir, "CI="}
	p.write("mytool", p.example("mytool"))
	// Status 1: not all is good.
	p.must(`status=0; `+bin+`/faultsink trial --scenario 'reader-*' --write-expect mytool.expect -- ./mytool {out} {out} >log || status=$?; [ $status = 1 ]`, true)
	return p
}

func (p *project) example(name string) string {
	p.Helper()
	text, err := os.ReadFile(filepath.Join("../docs/examples", name))
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

// write makes a file that can be run.
func (p *project) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o777); err != nil {
		p.Fatal(err)
	}
}

// run runs a script as CI does, and returns what it prints.
func (p *project) run(script string) (string, error) {
	cmd := exec.Command("bash", "-eo", "pipefail", "-c", script)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), append(p.env, "PATH="+p.path)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must demands that the script succeeds, or fails.
func (p *project) must(script string, succeed bool) string {
	p.Helper()
	out, err := p.run(script)
	if (err == nil) != succeed {
		p.Errorf("%s\n%v\n%s", script, err, out)
	}
	return out
}

// junit demands a report of JUnit's form, with cases.
func (p *project) junit(name string) {
	p.Helper()
	f, err := os.Open(filepath.Join(p.dir, name))
	if err != nil {
		p.Error(err)
		return
	}
	defer f.Close()
	cases := 0
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.Error(err)
			return
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "testcase" {
			cases++
		}
	}
	if cases == 0 {
		p.Errorf("%s: no case", name)
	}
}

func TestGitHubExample(t *testing.T) {
	p := newProject(t)
	workflow := readWorkflow(t, "../docs/examples/github.yml")
	if workflow.Env["YJOINT_RELEASE"] == "" || workflow.Env["YJOINT_VERSION"] == "" {
		t.Errorf("env is %q", workflow.Env)
	}
	steps := workflow.Jobs["faults"].Steps
	ran := 0
	for _, step := range steps {
		if step.Run == "" {
			continue
		}
		ran++
		p.must(step.Run, true)
		added, _ := os.ReadFile(filepath.Join(p.dir, "github-path"))
		for line := range strings.Lines(string(added)) {
			p.path = strings.TrimSpace(line) + ":" + p.path
		}
	}
	if ran != 4 {
		t.Errorf("%d steps ran, want 4", ran)
	}
	p.junit("trial.xml")
	if summary, _ := os.ReadFile(filepath.Join(p.dir, "summary")); !strings.Contains(string(summary), "reader-exits") {
		t.Errorf("the summary is %q", summary)
	}
	p.write("mytool", sloppyTool)
	for _, step := range steps {
		if strings.Contains(step.Run, "faultsink exec") {
			p.must(step.Run, false)
		}
	}
}

func TestGitLabExample(t *testing.T) {
	p := newProject(t)
	var pipeline map[string]struct {
		Image        string
		BeforeScript []string `yaml:"before_script"`
		Script       []string
		Variables    map[string]string
		Artifacts    struct{ Reports struct{ Junit string } }
	}
	if err := yaml.Unmarshal([]byte(p.example("gitlab.yml")), &pipeline); err != nil {
		t.Fatal(err)
	}
	job := pipeline["faults"]
	if len(pipeline) != 1 || job.Image == "" || job.Variables["YJOINT_VERSION"] == "" || len(job.Script) != 2 {
		t.Errorf("the pipeline is %+v", pipeline)
	}
	script := strings.Join(append(job.BeforeScript, job.Script...), "\n")
	p.must(script, true)
	p.junit(job.Artifacts.Reports.Junit)
	if _, err := os.Stat(filepath.Join(p.dir, "fault.json")); err != nil {
		t.Error(err)
	}
	p.write("mytool", sloppyTool)
	p.must(script, false)
}

func TestMakefileExample(t *testing.T) {
	p := newProject(t)
	p.write("faults.mk", p.example("faults.mk"))
	p.write("Makefile", "all:\n\ninclude faults.mk\n")
	if out := p.must("make check-faults", true); strings.Count(out, ": skipped: no faultsink in PATH\n") != 4 {
		t.Errorf("without faultsink it says %s", out)
	}
	p.must("CI=true make check-faults", false)
	p.path = unpacked(t) + ":" + p.path
	p.must("make check-faults", false) // nothing has been recorded
	p.must("make record-faults", true)
	if out := p.must("make -j check-faults", true); strings.Count(out, ": passed\n") != 3 {
		t.Errorf("it says %s", out)
	}
	p.write("mytool", sloppyTool)
	p.must("make check-faults-EIO", false)
}
