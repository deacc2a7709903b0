//go:build linux

package yjoint_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A block is a fenced one of the cookbook, with the text that it is to print.
type block struct {
	kind string // what the comment before it says it is: run, file, github, gitlab, make or go
	name string // of the file, or of what is required
	text string
	want string
}

var cookbookBlock = regexp.MustCompile("<!-- (\\w+) ?(.*) -->\n```\\w+\n((?s:.*?))```\n(?:```text\n((?s:.*?))```\n)?")

// recipes returns the blocks under each heading of the second level; those before the first are under "".
func recipes(t *testing.T) (headings []string, blocks map[string][]block) {
	t.Helper()
	text, err := os.ReadFile("docs/cookbook.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks = map[string][]block{}
	for i, section := range strings.Split(string(text), "\n## ") {
		heading, _, _ := strings.Cut(section, "\n")
		if i == 0 {
			heading = ""
		}
		headings = append(headings, heading)
		for _, m := range cookbookBlock.FindAllStringSubmatch(section, -1) {
			blocks[heading] = append(blocks[heading], block{m[1], m[2], m[3], m[4]})
		}
		if fences := strings.Count(section, "\n```") - 2*strings.Count(section, "\n```text"); fences != 2*len(blocks[heading]) {
			t.Errorf("%q: a block is not marked", heading)
		}
	}
	return headings, blocks
}

// TestCookbook does what the recipes say, each in a folder of its own that has the files from the beginning of the cookbook.
func TestCookbook(t *testing.T) {
	needs(t, noProgram("bash"))
	needs(t, noExec())
	headings, blocks := recipes(t)
	if len(headings) < 11 {
		t.Errorf("%d recipes, want ten or more", len(headings)-1)
	}
	for _, heading := range headings[1:] {
		t.Run(heading, func(t *testing.T) {
			t.Parallel()
			if len(blocks[heading]) == 0 {
				t.Fatal("nothing to run")
			}
			k := &kitchen{T: t, dir: t.TempDir(), path: os.Getenv("PATH")}
			for _, b := range append(blocks[""], blocks[heading]...) {
				k.cook(b)
			}
		})
	}
}

// A kitchen is where a recipe is tried.
type kitchen struct {
	*testing.T
	dir  string
	path string // PATH of what is run
}

func (k *kitchen) cook(b block) {
	switch b.kind {
	case "file":
		k.write(b.name, b.text)
	case "run":
		if b.name == "mount" {
			needs(k.T, noFuse())
		}
		k.compare(b, k.run(b.text, false))
	case "github":
		k.write(b.name, b.text)
		k.github(b.text)
	case "gitlab":
		k.write(b.name, b.text)
		k.steps(yamlStrings(b.text, `- `))
	case "make":
		needs(k.T, noProgram("make"))
		k.write(b.name, b.text)
		if out := k.run("make -j check", true); !strings.Contains(out, "\nall noticed\n") {
			k.Errorf("make says:\n%s", out)
		}
	case "go":
		k.goTest(b)
	default:
		k.Fatalf("unknown kind of block %q", b.kind)
	}
}

func (k *kitchen) write(name, text string) {
	k.Helper()
	name = filepath.Join(k.dir, name)
	os.MkdirAll(filepath.Dir(name), 0o777)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		k.Fatal(err)
	}
}

// run returns what bash prints, to both outputs.
func (k *kitchen) run(script string, mustSucceed bool) string {
	k.Helper()
	cmd := exec.Command("bash", "-c", script)
	if mustSucceed {
		cmd = exec.Command("bash", "-eo", "pipefail", "-c", script)
	}
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+k.path,
		"RUNNER_TEMP="+filepath.Join(k.dir, "temp"), "GITHUB_PATH="+filepath.Join(k.dir, "github-path"))
	out, err := cmd.CombinedOutput()
	if err != nil && mustSucceed {
		k.Errorf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}

func (k *kitchen) compare(b block, got string) {
	k.Helper()
	if diff := cmp.Diff(b.want, got); diff != "" {
		k.Errorf("%sprints something else (-cookbook +run):\n%s", b.text, diff)
	}
}

// github runs the steps of a workflow as a runner does.
func (k *kitchen) github(workflow string) {
	for _, step := range yamlStrings(workflow, `- run: `) {
		k.steps([]string{step})
		added, _ := os.ReadFile(filepath.Join(k.dir, "github-path"))
		for line := range strings.Lines(string(added)) {
			k.path = strings.TrimSpace(line) + ":" + k.path
		}
	}
}

// steps runs the scripts of a job in a checkout that has this repository in tools/yjoint.
func (k *kitchen) steps(scripts []string) {
	k.Helper()
	root, err := os.Getwd()
	if err != nil {
		k.Fatal(err)
	}
	os.Mkdir(filepath.Join(k.dir, "tools"), 0o777)
	if err := os.Symlink(root, filepath.Join(k.dir, "tools/yjoint")); err != nil && !os.IsExist(err) {
		k.Fatal(err)
	}
	faults := 0
	for _, script := range scripts {
		script = strings.ReplaceAll(script, "/usr/local/bin/", k.dir+"/bin/")
		k.run(script, true)
		faults += strings.Count(script, "faultsink exec")
	}
	if faults == 0 && len(scripts) != 1 {
		k.Errorf("no step runs faultsink exec: %q", scripts)
	}
}

// yamlStrings returns the texts that follow the prefix in a YAML text: on the same line, or in a block of lines that are further in.
func yamlStrings(text, prefix string) (all []string) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		value, found := strings.CutPrefix(strings.TrimLeft(lines[i], " "), prefix)
		switch {
		case !found || regexp.MustCompile(`^\w+: `).MatchString(value):
		case value != "|":
			all = append(all, value)
		default:
			indent := indentation(lines[i])
			var inner strings.Builder
			for i+1 < len(lines) && indentation(lines[i+1]) > indent {
				i++
				fmt.Fprintln(&inner, strings.TrimSpace(lines[i]))
			}
			all = append(all, inner.String())
		}
	}
	return all
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// goTest runs a test as if it stood in a folder of this module.
func (k *kitchen) goTest(b block) {
	k.write(b.name, b.text)
	root, err := os.Getwd()
	if err != nil {
		k.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "recipe", b.name): filepath.Join(k.dir, b.name)}})
	if err != nil {
		k.Fatal(err)
	}
	k.write("overlay.json", string(overlay))
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", filepath.Join(k.dir, "overlay.json"), "-o", k.dir, "./recipe")
	if out, err := build.CombinedOutput(); err != nil {
		k.Fatalf("%v\n%s", err, out)
	}
	if out := k.run("./recipe.test -test.v", true); !strings.Contains(out, "--- PASS: ") {
		k.Errorf("no test ran:\n%s", out)
	}
}
