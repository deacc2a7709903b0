package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// made is the packages of this tree for this machine's platform, which one test run makes once.
var made struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if made.dir != "" {
		os.RemoveAll(made.dir)
	}
	os.Exit(code)
}

const (
	madeVersion = "1.2.3-rc.4" // is among what is unreleased
	madeEpoch   = "1767323045"
)

// packages returns the folder of what was made. A machine that no packages are made for can't test them.
func packages(t *testing.T) string {
	t.Helper()
	if !slices.ContainsFunc(targets, func(t target) bool { return t.os == runtime.GOOS && t.arch == runtime.GOARCH }) {
		t.Skipf("skipped: no packages are made for %s", host())
	}
	made.Do(func() {
		if made.dir, made.err = os.MkdirTemp("", "packages"); made.err != nil {
			return
		}
		os.Setenv("SOURCE_DATE_EPOCH", madeEpoch)
		var out bytes.Buffer
		args := []string{"--source", "..", "--version", madeVersion, "--target", host().String(), made.dir}
		if status := run(args, &out, &out); status != 0 {
			made.err = errors.New(out.String())
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return made.dir
}

// glob returns the one file of that pattern.
func glob(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) != 1 {
		t.Fatalf("%s: %q, %v", pattern, names, err)
	}
	return names[0]
}

// unpacked returns the folder of the archive's programs, ready to run.
func unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", glob(t, packages(t)+"/*.tar.gz"), "--strip-components=1", "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	return filepath.Join(dir, "bin")
}

// TestArchive: nothing of the machine is in it, and it is in order.
func TestArchive(t *testing.T) {
	name := glob(t, packages(t)+"/*.tar.gz")
	folder := "yjoint-" + madeVersion + "-" + runtime.GOOS + "-" + runtime.GOARCH
	if filepath.Base(name) != folder+".tar.gz" {
		t.Errorf("it is called %s", name)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var files, all []string
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		mode := map[bool]int64{true: 0o755, false: 0o644}[h.Typeflag == tar.TypeDir || strings.HasPrefix(h.Name, folder+"/bin/")]
		if h.Mode != mode || h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(time.Unix(1767323045, 0)) {
			t.Errorf("%s: mode %o, owner %d:%d, %s", h.Name, h.Mode, h.Uid, h.Gid, h.ModTime)
		}
		all = append(all, h.Name)
		if h.Typeflag == tar.TypeReg {
			files = append(files, strings.TrimPrefix(h.Name, folder+"/"))
		}
	}
	if !slices.Equal(all, slices.Compact(slices.Sorted(slices.Values(all)))) {
		t.Errorf("not in order: %q", all)
	}
	compareContents(t, archiveContents, files)
}

// compareContents compares the files with what must be among them.
func compareContents(t *testing.T, want, got []string) {
	t.Helper()
	var missing []string
	for _, name := range want {
		if !slices.Contains(got, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		t.Errorf("missing: %q, there are %q", missing, got)
	}
}

// archiveContents must be in every archive.
var archiveContents = []string{
	"bin/faultsink",
	"bin/yjoint",
	"share/bash-completion/completions/faultsink",
	"share/bash-completion/completions/yjoint",
	"share/doc/yjoint/CHANGELOG.md",
	"share/doc/yjoint/LICENSE",
	"share/doc/yjoint/README.md",
	"share/doc/yjoint/docs/cookbook.md",
	"share/doc/yjoint/docs/examples/faults.mk",
	"share/doc/yjoint/docs/examples/github.yml",
	"share/doc/yjoint/docs/examples/gitlab.yml",
	"share/doc/yjoint/third-party-licenses.txt",
	"share/fish/vendor_completions.d/faultsink.fish",
	"share/fish/vendor_completions.d/yjoint.fish",
	"share/man/man1/faultsink.1",
	"share/man/man1/yjoint.1",
	"share/man/man7/faultsink-plan.7",
	"share/zsh/site-functions/_faultsink",
	"share/zsh/site-functions/_yjoint",
}

// debContents must be in every .deb.
var debContents = []string{
	"/usr/bin/faultsink",
	"/usr/bin/yjoint",
	"/usr/share/bash-completion/completions/faultsink",
	"/usr/share/bash-completion/completions/yjoint",
	"/usr/share/doc/yjoint/README.md",
	"/usr/share/doc/yjoint/changelog.Debian.gz",
	"/usr/share/doc/yjoint/changelog.gz",
	"/usr/share/doc/yjoint/copyright",
	"/usr/share/doc/yjoint/third-party-licenses.txt",
	"/usr/share/fish/vendor_completions.d/faultsink.fish",
	"/usr/share/fish/vendor_completions.d/yjoint.fish",
	"/usr/share/lintian/overrides/yjoint",
	"/usr/share/man/man1/faultsink.1.gz",
	"/usr/share/man/man1/yjoint.1.gz",
	"/usr/share/man/man7/faultsink-plan.7.gz",
	"/usr/share/zsh/vendor-completions/_faultsink",
	"/usr/share/zsh/vendor-completions/_yjoint",
}

// rpmContents must be in every .rpm.
var rpmContents = []string{
	"/usr/bin/faultsink",
	"/usr/bin/yjoint",
	"/usr/share/bash-completion/completions/faultsink",
	"/usr/share/bash-completion/completions/yjoint",
	"/usr/share/doc/yjoint/CHANGELOG.md",
	"/usr/share/doc/yjoint/README.md",
	"/usr/share/fish/vendor_completions.d/faultsink.fish",
	"/usr/share/fish/vendor_completions.d/yjoint.fish",
	"/usr/share/licenses/yjoint/LICENSE",
	"/usr/share/licenses/yjoint/third-party-licenses.txt",
	"/usr/share/man/man1/faultsink.1.gz",
	"/usr/share/man/man1/yjoint.1.gz",
	"/usr/share/man/man7/faultsink-plan.7.gz",
	"/usr/share/zsh/site-functions/_faultsink",
	"/usr/share/zsh/site-functions/_yjoint",
}

func TestDeb(t *testing.T) {
	dir := packages(t)
	needs(t, "dpkg-deb")
	name := glob(t, dir+"/*.deb")
	list := strings.ReplaceAll(printed(t, "sh", "-c", `dpkg-deb --fsys-tarfile "$0" | tar -t`, name), "./usr", "/usr")
	compareContents(t, debContents, strings.Fields(list))
	fields := printed(t, "dpkg-deb", "--field", name, "Package", "Version", "Depends", "Suggests")
	if want := "Package: yjoint\nVersion: 1.2.3~rc.4-1\nSuggests: fuse3\n"; fields != want {
		t.Error(cmp.Diff(want, fields))
	}
}

func TestRPM(t *testing.T) {
	dir := packages(t)
	needs(t, "rpm")
	name := glob(t, dir+"/*.rpm")
	compareContents(t, rpmContents, strings.Fields(printed(t, "rpm", "-qpl", name)))
	fields := printed(t, "rpm", "-qp", "--queryformat", "%{NAME} %{VERSION} %{RELEASE} %{LICENSE} %{BUILDHOST} %{BUILDTIME}", name)
	if want := "yjoint 1.2.3~rc.4 1 MIT localhost " + madeEpoch; fields != want {
		t.Error(cmp.Diff(want, fields))
	}
}

// TestLicenses: of each module in the programs there is the license, and the version.
func TestLicenses(t *testing.T) {
	dir := unpacked(t)
	text, err := os.ReadFile(filepath.Join(dir, "../share/doc/yjoint/third-party-licenses.txt"))
	if err != nil {
		t.Fatal(err)
	}
	modules := 0
	for line := range strings.Lines(printed(t, "go", "version", "-m", filepath.Join(dir, "yjoint"), filepath.Join(dir, "faultsink"))) {
		words := strings.Fields(line)
		if words[0] != "dep" {
			continue
		}
		modules++
		if !strings.Contains(string(text), "\n==== "+words[1]+" "+words[2]+": LICENSE") {
			t.Errorf("no license of %s %s", words[1], words[2])
		}
	}
	if modules == 0 {
		t.Error("no modules")
	}
}

// TestSums: sha256sum agrees.
func TestSums(t *testing.T) {
	dir := packages(t)
	needs(t, "sha256sum")
	cmd := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// needs skips the test where the program is missing; in CI, where all of them are there, it fails.
func needs(t *testing.T, program string) {
	t.Helper()
	_, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("CI_REQUIRE_ALL") == "1":
		t.Fatalf("CI_REQUIRE_ALL=1, but %v", err)
	default:
		t.Skipf("skipped: %v", err)
	}
}

func printed(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
