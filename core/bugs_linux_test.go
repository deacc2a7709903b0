package core_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var plantBugs = flag.Bool("bugs", false, "TestPlantedBugs plants each bug of testdata/bugs and wants its test to fail; otherwise only whether they can be")

// patienceWithBug is what a test may take that takes so long without the bug: one may make it hang, and that is noticing it, too.
func patienceWithBug(d time.Duration) time.Duration { return 5*time.Second + 4*d }

// TestPlantedBugs requires that tests notice what they are there for. Each patch in testdata/bugs is a mistake that somebody could make
// in the engine, or that other tees have made. Its first line names a package and the test that must fail with it; what
// follows, up to the diff, says what goes wrong. A patch that no longer applies must be made anew: that is told without -bugs as well.
//
//	go test ./core -run '^TestPlantedBugs$' -v -timeout 0 -args -bugs
func TestPlantedBugs(t *testing.T) {
	patches, err := filepath.Glob("testdata/bugs/*.patch")
	if err != nil || len(patches) == 0 {
		t.Fatalf("%d patches, %v", len(patches), err)
	}
	var bugs []bug
	for _, path := range patches {
		bugs = append(bugs, readBug(t, path))
	}
	if _, err := exec.LookPath("git"); err != nil {
		skip := t.Skip
		if os.Getenv("CI_REQUIRE_ALL") == "1" {
			skip = t.Fatal
		}
		skip("git, which applies the patches: ", err)
	}
	if !*plantBugs {
		for _, b := range bugs {
			b.apply(t, "..", "--check")
		}
		return
	}
	takes := map[string]time.Duration{} // without a bug, by package and test
	for _, b := range bugs {
		if _, ran := takes[b.where()]; !ran {
			takes[b.where()] = b.takes(t)
		}
	}
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel() // those that make a test hang do nothing
			dir := copyModule(t)
			b.apply(t, dir)
			began := time.Now()
			out, err := b.run(dir, patienceWithBug(takes[b.where()]))
			switch {
			case err == nil:
				t.Errorf("%s of %s does not notice it\n%s", b.test, b.pkg, out)
			case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
				t.Errorf("it is no program any more\n%s", out)
			default:
				t.Logf("noticed in %v: %s", time.Since(began).Round(time.Millisecond), firstFailure(out))
			}
		})
	}
}

// bug is one patch.
type bug struct {
	name, path string // path is absolute
	pkg, test  string
}

func readBug(t *testing.T, path string) bug {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if path, err = filepath.Abs(path); err != nil {
		t.Fatal(err)
	}
	line, rest, _ := strings.Cut(string(text), "\n")
	pkg, test, ok := strings.Cut(line, " ")
	if !ok || !strings.HasPrefix(pkg, "./") || strings.ContainsAny(test, " /") || !strings.Contains(rest, "\n--- a/") {
		t.Fatalf("%s: want a line with a package and a test, what goes wrong, and a diff", path)
	}
	return bug{strings.TrimSuffix(filepath.Base(path), ".patch"), path, pkg, test}
}

func (b bug) where() string { return b.pkg + " " + b.test }

// takes returns what the test takes without the bug.
func (b bug) takes(t *testing.T) time.Duration {
	t.Helper()
	out, err := b.run("..", time.Minute)
	if err != nil {
		t.Fatalf("%s of %s fails without the bug: %v\n%s", b.test, b.pkg, err, out)
	}
	words := strings.Fields(out) // ok, package, time
	d, err := time.ParseDuration(words[len(words)-1])
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return d
}

// copyModule returns a folder with a copy of what the engine's tests are built from.
func copyModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"core", "internal", "fuzz"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// apply makes the mistake in the module in dir, or with --check only tells whether that can be done.
func (b bug) apply(t *testing.T, dir string, options ...string) {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("git", append(append([]string{"apply"}, options...), b.path)...)
	c.Dir = dir
	// Within a repository git would leave out, without a word, what is not of it.
	c.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: no longer applies: %v\n%s", b.path, err, out)
	}
}

// run runs the bug's test in the module in dir, for so long at most, and returns what it has printed. An error says that it has failed.
// With -trimpath what the bug has not changed comes from the cache.
func (b bug) run(dir string, d time.Duration) (string, error) {
	c := exec.Command("go", "test", b.pkg, "-trimpath", "-short", "-count=1", "-timeout", d.String(), "-run", "^"+b.test+"$")
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// firstFailure returns the first line that tells of a failure.
func firstFailure(out string) string {
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "panic: ") || strings.Contains(line, "_test.go:") {
			return line
		}
	}
	return strings.TrimSpace(out)
}
