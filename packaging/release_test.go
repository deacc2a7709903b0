package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A clone is a git repository with the files that packaging looks at before it builds.
type clone struct {
	*testing.T
	dir string
}

func newClone(t *testing.T) clone {
	t.Helper()
	t.Setenv("SOURCE_DATE_EPOCH", "")
	c := clone{t, t.TempDir()}
	c.git("init", "-q")
	c.write("CHANGELOG.md", goodChangelog)
	c.commit()
	return c
}

func (c clone) git(args ...string) {
	c.Helper()
	cmd := exec.Command("git", append([]string{"-C", c.dir, "-c", "user.name=n", "-c", "user.email=e", "-c", "tag.gpgSign=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z", "GIT_CONFIG_GLOBAL=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (c clone) write(name, text string) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o666); err != nil {
		c.Fatal(err)
	}
}

func (c clone) commit() {
	c.Helper()
	c.git("add", "-A")
	c.git("commit", "-q", "--allow-empty", "-m", "m")
}

// is demands what the version is called, as a regular expression.
func (c clone) is(want string, args ...string) {
	c.Helper()
	o, err := parse(append(args, "--source", c.dir))
	if err != nil {
		c.Fatal(err)
	}
	got, err := o.release()
	if err != nil || !regexp.MustCompile("^"+want+"$").MatchString(got.version) {
		c.Errorf("got %q, %v, want %s", got.version, err, want)
	}
}

// says demands what a run prints, and its status.
func (c clone) says(status int, want string, args ...string) {
	c.Helper()
	var out strings.Builder
	if got := run(append(args, "--source", c.dir), &out, &out); got != status || !strings.Contains(out.String(), want) {
		c.Errorf("status %d, %q; want %d, %q", got, out.String(), status, want)
	}
}

// TestVersionOfTag: a tag's tree has its version, other trees one that sorts after it and before the next.
func TestVersionOfTag(t *testing.T) {
	c := newClone(t)
	c.is(`0\.0\.0-20260102030405-[0-9a-f]{12}`)
	c.git("tag", "v1.0.0")
	c.git("tag", "v1.0") // no version
	c.git("tag", "wip")
	c.is(`1\.0\.0`)
	c.is(`1\.0\.0`, "--tagged")
	c.git("tag", "-m", "m", "v1.1.0-rc.1")
	c.is(`1\.1\.0-rc\.1`)
	c.write("new", "")
	c.is(`1\.1\.0-rc\.1\+dirty`)
	c.commit()
	c.is(`1\.1\.0-rc\.1\.0\.20260102030405-[0-9a-f]{12}`)
	c.git("tag", "v1.1.0")
	c.commit()
	c.is(`1\.1\.1-0\.20260102030405-[0-9a-f]{12}`)
	c.is(`3\.0\.0`, "--version", "v3.0.0")
}

func TestTagged(t *testing.T) {
	c := newClone(t)
	c.says(1, "--tagged: the tree is 0.0.0-20260102030405-", "--tagged", "--notes")
	c.git("tag", "v1.1.0")
	c.says(0, "### Added\n\n- C.\n\n### Removed\n\n- D.\n", "--tagged", "--notes")
	c.write("new", "")
	c.says(1, "--tagged: the tree is 1.1.0+dirty, not exactly that of a tag vX.Y.Z", "--tagged", "--notes")
	c.says(1, "not with --version", "--tagged", "--version", "1.1.0")
}

// TestTagWithoutSection: nothing is made of a tag that the changelog doesn't know.
func TestTagWithoutSection(t *testing.T) {
	c := newClone(t)
	c.git("tag", "v1.2.0")
	dist := filepath.Join(t.TempDir(), "dist")
	c.says(1, "packaging: CHANGELOG.md: version 1.2.0 has no section: it needs '## [1.2.0] - YYYY-MM-DD'", dist)
	if _, err := os.Stat(dist); !os.IsNotExist(err) {
		t.Errorf("%s: %v", dist, err)
	}
	c.write("CHANGELOG.md", strings.Replace(goodChangelog, "### Fixed", "### Improved", 1))
	c.says(1, "CHANGELOG.md: line 7: ### Improved: want one of", "--version", "1.1.1", dist)
}

// TestWithoutGit: a tree that was unpacked from an archive can be packaged by who says what it is.
func TestWithoutGit(t *testing.T) {
	c := clone{t, t.TempDir()}
	c.write("CHANGELOG.md", goodChangelog)
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(c.dir))
	c.says(1, "(without git --version and SOURCE_DATE_EPOCH are needed)", "--notes")
	t.Setenv("SOURCE_DATE_EPOCH", "1767323045")
	c.says(0, "- C.", "--notes", "--version", "1.1.0")
	c.says(1, "--version 1.x is no semantic version", "--notes", "--version", "1.x")
	t.Setenv("SOURCE_DATE_EPOCH", "today")
	c.says(1, "SOURCE_DATE_EPOCH: ", "--notes", "--version", "1.1.0")
}

func TestUsage(t *testing.T) {
	c := clone{t, t.TempDir()}
	c.says(0, "Usage: packaging/build [OPTION]... [DIR]", "--help")
	c.says(2, "--target linux/vax: want one of [linux/amd64 ", "--target", "linux/vax")
	c.says(2, "one DIR, not", "a", "b")
	c.says(2, "unknown flag: --nope", "--nope")
}
