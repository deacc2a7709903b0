package faultfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/conformance"
	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
	_ "yjoint/internal/sysmon"
)

func TestMain(m *testing.M) {
	conformance.Main()
	serveAndStay()
	os.Exit(m.Run())
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// await waits until it is so.
func await(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !isSo(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// requireMount skips the test where nothing can be mounted.
func requireMount(t *testing.T) {
	t.Helper()
	missing := ""
	if fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
		missing = fmt.Sprintf("%s: %v", device, err)
	} else {
		unix.Close(fd)
	}
	if _, err := helper(); err != nil && os.Geteuid() != 0 {
		missing = "neither root nor fusermount3: " + err.Error()
	}
	switch {
	case missing == "":
	case os.Getenv("CI_REQUIRE_ALL") == "1":
		t.Fatal("CI_REQUIRE_ALL=1, but " + missing)
	default:
		t.Skip(missing)
	}
}

// mounted is a file system for a test.
type mounted struct {
	*Mount
	t      *testing.T
	dir    string
	ledger *ledger.Ledger
	mu     sync.Mutex // guards the field below
	notes  []string
}

// mountFor mounts a file system with these faults; it is unmounted at the end of the test.
func mountFor(t *testing.T, o Options, faults ...string) *mounted {
	t.Helper()
	requireMount(t)
	m := &mounted{t: t, dir: t.TempDir()}
	m.ledger = ledgerOf(t, m.dir, faults...)
	o.Ledger = m.ledger
	o.Note = func(text string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.notes = append(m.notes, text)
	}
	var err error
	if m.Mount, err = New(m.dir, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Unmount(); err != nil {
			t.Error(err)
		}
		for _, p := range mountPoints() {
			if p.path == m.dir {
				t.Errorf("%s is still mounted", p.path)
			}
		}
	})
	return m
}

func ledgerOf(t *testing.T, dir string, faults ...string) *ledger.Ledger {
	t.Helper()
	specs := specsOf(t, dir, faults...)
	if err := Check(specs); err != nil {
		t.Fatal(err)
	}
	return ledger.New(specs)
}

func specsOf(t *testing.T, dir string, faults ...string) (specs []ledger.Spec) {
	t.Helper()
	for _, text := range faults {
		s, err := ledger.Parse(text, fault.ForMount, false, dir)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
	}
	return specs
}

func (m *mounted) path(name string) string { return filepath.Join(m.dir, name) }

// open opens a file by a plain system call.
func (m *mounted) open(name string, flags int) int {
	m.t.Helper()
	fd, err := unix.Open(m.path(name), flags|unix.O_CLOEXEC, 0o666)
	if err != nil {
		m.t.Fatal(&os.PathError{Op: "open", Path: name, Err: err})
	}
	return fd
}

// create opens a new file for writing.
func (m *mounted) create(name string) int { return m.open(name, unix.O_CREAT|unix.O_RDWR|unix.O_EXCL) }

// want requires the result of a system call.
func want(t *testing.T, what string, n int, err error, wantN int, wantErr error) {
	t.Helper()
	if n != wantN && !(err != nil && err == wantErr) || err != wantErr {
		t.Errorf("%s: %d, %v; want %d, %v", what, n, err, wantN, wantErr)
	}
}

// shell returns a command that runs a script in the folder that is mounted. It must not begin there: while a process forks,
// Go may stop all its threads, and nobody would answer the child's questions about the folder.
func (m *mounted) shell(script string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", `cd "$MOUNT" || exit; `+script)
	cmd.Env = append(os.Environ(), "MOUNT="+m.dir)
	return cmd
}

// sh runs a script in the folder that is mounted, and returns what it printed and its error.
func (m *mounted) sh(script string) (string, error) {
	cmd := m.shell(script)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// fired requires how often each rule has fired.
func (m *mounted) fired(want ...int64) {
	m.t.Helper()
	var got []int64
	for _, r := range m.ledger.Rules() {
		got = append(got, r.Fired)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		m.t.Errorf("rules fired %v times, want %v: %v", got, want, errors.Join(m.ledger.Unfired()...))
	}
}

// TestConformance requires that plans mean here what they mean to a fault.Writer, for each kind of storage. With -short each
// of them gets a third of the plans.
func TestConformance(t *testing.T) {
	all := append(conformance.Cases(), conformance.Random(1, 600)...)
	for k, kind := range []string{"memory", "backing", "discard"} {
		t.Run("storage="+kind, func(t *testing.T) {
			var cases []conformance.Case
			for i, c := range all {
				if !testing.Short() || i%3 == k {
					cases = append(cases, c)
				}
			}
			o := Options{Discard: kind == "discard"}
			if kind == "backing" {
				o.Backing = t.TempDir()
			}
			var faults []string
			for i, c := range cases {
				if len(c.Plan.Rules) > 0 {
					faults = append(faults, fmt.Sprintf("f%04d=%v", i, c.Plan))
				}
			}
			m := mountFor(t, o, faults...)
			var programs []conformance.Program
			for i := range cases {
				p := cases[i].Program
				p.Path = m.path(fmt.Sprintf("f%04d", i))
				programs = append(programs, p)
			}
			cmd, err := conformance.Command(t.TempDir(), programs)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = os.Stderr
			stdout, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := conformance.Read(stdout)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range cases {
				conforms(t, o, c, programs[i], outcomes[i])
			}
			t.Logf("%d plans", len(cases))
		})
	}
}

func conforms(t *testing.T, o Options, c conformance.Case, p conformance.Program, got conformance.Outcome) {
	t.Helper()
	want, err := conformance.Expect(c.Plan, p)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%v:\n got %+v\nwant %+v", c, got, want)
	}
	content, err := os.ReadFile(p.Path)
	switch {
	case err != nil:
		t.Error(err)
	case o.Discard:
		if int64(len(content)) != got.Accepted || strings.Trim(string(content), "\x00") != "" {
			t.Errorf("%v: %d bytes of zeros, want %d", c, len(content), got.Accepted)
		}
	default:
		if err := conformance.Check(content, p, got); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}
