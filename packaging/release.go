package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// A release is what all packages of one run have in common.
type release struct {
	source     string
	version    string    // semantic version, without "v"
	time       time.Time // of all files: the commit's, or SOURCE_DATE_EPOCH
	maintainer string
}

// release finds out what is to be packaged. Version and time come from git, unless they are given: so a tree without git's data can
// be packaged too.
func (o *options) release() (release, error) {
	r := release{source: o.source, version: o.version, maintainer: o.maintainer}
	if r.version != "" && !semver.IsValid("v"+r.version) {
		return r, fmt.Errorf("--version %s is no semantic version", r.version)
	}
	if o.tagged && r.version != "" {
		return r, errors.New("--tagged takes the version from the tag: not with --version")
	}
	given := false
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return r, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
		}
		r.time, given = time.Unix(seconds, 0).UTC(), true
	}
	if r.version != "" && given {
		return r, nil
	}
	c, err := commitOf(o.source)
	if err != nil {
		return r, fmt.Errorf("%w (without git --version and SOURCE_DATE_EPOCH are needed)", err)
	}
	if o.tagged && (c.tag == "" || c.modified) {
		return r, fmt.Errorf("--tagged: the tree is %s, not exactly that of a tag vX.Y.Z", c.version())
	}
	if r.version == "" {
		r.version = c.version()
	}
	if !given {
		r.time = c.time
	}
	return r, nil
}

// A commit is what git says of a work tree.
type commit struct {
	hash     string
	time     time.Time
	tag      string // of this very commit, or ""
	before   string // tag of the last release before it, or ""
	modified bool   // there are changes that aren't committed, or files that git doesn't know
}

func commitOf(dir string) (commit, error) {
	var c commit
	head, err := git(dir, "log", "-1", "--format=%H %ct")
	if err != nil {
		return c, err
	}
	hash, seconds, _ := strings.Cut(head, " ")
	epoch, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return c, fmt.Errorf("git log: %w", err)
	}
	c.hash, c.time = hash, time.Unix(epoch, 0).UTC()
	here, err := git(dir, "tag", "--points-at", "HEAD")
	if err != nil {
		return c, err
	}
	merged, err := git(dir, "tag", "--merged", "HEAD")
	if err != nil {
		return c, err
	}
	status, err := git(dir, "status", "--porcelain")
	c.tag, c.before, c.modified = highest(here), highest(merged), status != ""
	return c, err
}

// highest returns the highest of the tags that are versions.
func highest(tags string) string {
	versions := slices.DeleteFunc(strings.Fields(tags), func(tag string) bool { return semver.Canonical(tag) != tag })
	if len(versions) == 0 {
		return ""
	}
	return slices.MaxFunc(versions, semver.Compare)
}

// version is the tag's, or what Go's own tools call a commit after it: so packages and a plain `go build` have the same one, and it
// sorts between the last release and the next.
func (c commit) version() string {
	v := c.tag
	if v == "" {
		v = module.PseudoVersion(semver.Major(c.before), c.before, c.time, c.hash[:12])
	}
	if c.modified {
		v += "+dirty"
	}
	return strings.TrimPrefix(v, "v")
}

// git returns what git prints.
func git(dir string, args ...string) (string, error) {
	return output(exec.Command("git", append([]string{"-C", dir}, args...)...))
}

// output runs a command and returns its standard output; its standard error is part of the error.
func output(cmd *exec.Cmd) (string, error) {
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(complaints.Bytes()))
	}
	return strings.TrimRight(string(out), "\n"), nil
}
