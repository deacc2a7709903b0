//go:build linux && (amd64 || arm64)

package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/guard"
	"yjoint/cmd/internal/sweep"
)

// sweptWith is a sweep that is over, with a run of each outcome.
func sweptWith(texts ...string) *sweeping {
	s := &sweeping{sweepOptions: &sweepOptions{}, command: []string{"sh", "-c", "a\x01<'&'>"}, all: 100, sweep: &sweep.Sweep{Timeout: 10 * time.Second}}
	for i, o := range sweep.Outcomes {
		s.results = append(s.results, sweep.Result{Case: sweep.Case{Target: "./out", Kind: sweep.Write, At: int64(i), Errno: "EIO"},
			Outcome: o, Why: "because <" + strings.Join(texts, ""), Said: "said \x1b[1m]]> \xff", Took: time.Second})
	}
	return s
}

// TestJUnit: the file is well-formed whatever a program says, and has a case for each run.
func TestJUnit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s.xml")
	s := sweptWith("&\x00\n")
	var err error
	if s.xml, err = openReport(name, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.writeJUnit(nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var read junitSuites
	if err := xml.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var names, problems []string
	for _, c := range read.Suite.Cases {
		names = append(names, c.Class+" "+c.Name)
		switch {
		case c.Failure != nil:
			problems = append(problems, c.Failure.Type)
		case c.Error != nil:
			problems = append(problems, "error "+c.Error.Type)
		}
	}
	want := []string{"faultsink.sweep.out at 0 EIO", "faultsink.sweep.out at 1 EIO", "faultsink.sweep.out at 2 EIO", "faultsink.sweep.out at 3 EIO",
		"faultsink.sweep.out at 4 EIO", "faultsink.sweep.out at 5 EIO", "faultsink.sweep.out at 6 EIO"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"swallowed", "hung", "gave up", "not fired", "error failed"}, problems); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if suite := read.Suite; suite.Tests != 7 || suite.Failures != 4 || suite.Errors != 1 || suite.Time != "7.000" {
		t.Errorf("%+v", suite)
	}
	if text := read.Suite.Cases[3].Failure.Text; text != s.repeat(s.results[3]) && !strings.Contains(text, "--timeout 10s") {
		t.Errorf("%q", text)
	}
}

// TestSweepTable: a program's words don't break the table, and each line has its command.
func TestSweepTable(t *testing.T) {
	var out strings.Builder
	s := sweptWith("\x1b\n")
	if err := s.table(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 5*2+3 || lines[1] != "    faultsink exec --fault './out=at 2 EIO' -- sh -c 'a\x01<'\\''&'\\''>'" || strings.ContainsAny(lines[0], "\x1b") {
		t.Errorf("%q", lines)
	}
	if want := "7 runs: 1 noticed, 1 recovered, 1 swallowed, 1 hung, 1 gave up, 1 not fired, 1 failed; 93 of 100 left out"; lines[len(lines)-2] != want {
		t.Errorf("%q", lines[len(lines)-2])
	}
}

// TestSweepStatus: of several reasons, the one that says least of the program.
func TestSweepStatus(t *testing.T) {
	tests := map[int][]sweep.Outcome{
		0:   {sweep.Noticed, sweep.Recovered},
		122: {sweep.Swallowed, sweep.Noticed},
		123: {sweep.Swallowed, sweep.Unfired, sweep.Hung},
		125: {sweep.Failed, sweep.Unfired},
	}
	for want, outcomes := range tests {
		s := &sweeping{}
		for _, o := range outcomes {
			s.results = append(s.results, sweep.Result{Outcome: o})
		}
		if got := s.status(); got != want {
			t.Errorf("%v: %d, want %d", outcomes, got, want)
		}
	}
	for o, want := range map[sweep.Outcome]int{sweep.Hung: 122, sweep.GaveUp: 122} {
		if got := (&sweeping{results: []sweep.Result{{Outcome: o}}}).status(); got != want {
			t.Errorf("%v: %d, want %d", o, got, want)
		}
	}
}

// TestAwaitOrphans: what runs have left is waited for, and what was there before is not.
func TestAwaitOrphans(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	before := exec.Command("sleep", "1000")
	if err := before.Start(); err != nil {
		t.Fatal(err)
	}
	defer before.Wait()
	defer before.Process.Kill()
	others := guard.Children()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `sh -c 'read line <"$0"' "$0" >/dev/null 2>&1 & echo $!`, fifo).Output()
	orphan, err2 := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	defer unix.Kill(orphan, unix.SIGKILL)
	go func() {
		for !isWaiting() {
			time.Sleep(poll)
		}
		os.WriteFile(fifo, []byte("end\n"), 0)
	}()
	awaitOrphans(others)
	left := guard.Children()
	if slices.Contains(left, orphan) || !slices.Contains(left, before.Process.Pid) {
		t.Errorf("%v are left; %d is the orphan, %d was there before", left, orphan, before.Process.Pid)
	}
}

// isWaiting reports whether a thread of this process waits for a child.
func isWaiting() bool {
	threads, _ := filepath.Glob("/proc/self/task/*/syscall")
	return slices.ContainsFunc(threads, func(name string) bool {
		text, _ := os.ReadFile(name)
		return strings.HasPrefix(string(text), fmt.Sprintf("%d ", unix.SYS_WAIT4))
	})
}
