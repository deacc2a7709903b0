package ledger

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yjoint/core/fault"
)

func mustParse(t *testing.T, texts ...string) []Spec {
	t.Helper()
	var specs []Spec
	for _, text := range texts {
		s, err := Parse(text, fault.ForExec, true, "/home/x[1]")
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
	}
	return specs
}

func TestTargets(t *testing.T) {
	tests := []struct {
		target, name string
		want         bool
	}{
		{"app.log", "/var/app.log", true},
		{"app.log", "/var/app.log.1", false},
		{"*.log", "/var/app.log", true},
		{"/var/*.log", "/var/app.log", true},
		{"/var/*.log", "/var/sub/app.log", false},
		{"logs/*.log", "/home/x[1]/logs/a.log", true},
		{"./app.log", "/home/x[1]/app.log", true},
		{"./stdout", "/home/x[1]/stdout", true},
		{"stdout", "/home/stdout", false},
	}
	for _, tt := range tests {
		s := mustParse(t, tt.target+"=close EIO")[0]
		if got := s.Target.Matches(tt.name); got != tt.want {
			t.Errorf("%s matches %s: %v, want %v", tt.target, tt.name, got, tt.want)
		}
	}
	for target, want := range map[string]int{"stdin": 0, "stdout": 1, "stderr": 2, "fd0": 0, "fd63": 63} {
		if n, ok := mustParse(t, target+"=close EIO")[0].Target.FD(); !ok || n != want {
			t.Errorf("%s is descriptor %d (%v), want %d", target, n, ok, want)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct{ text, want string }{
		{"app.log", `"app.log" has no "=": expected TARGET=PLAN`},
		{"=at 5 EIO", "the target is missing"},
		{"[=at 5 EIO", `"[" is no pattern`},
		{"a=", `"a=" has no plan`},
		{"a=at 5", `plan "at 5": at byte 4: expected an action`},
		{"a=at 5 exit 1", "faultsink exec can't do \"exit 1\": faultsink sink, faultsink gen can"},
		{"fd9999999=at 5 EIO", "fd9999999 is no descriptor"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.text, fault.ForExec, true, "/")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.text, err, tt.want)
		}
	}
	_, err := Join(mustParse(t, "a=at 5 EIO", "a=at 5 ENOSPC"))
	if err == nil || !strings.Contains(err.Error(), "the faults for a don't go together") {
		t.Errorf("two plans for one byte: %v", err)
	}
}

func TestJoin(t *testing.T) {
	specs, err := Join(mustParse(t, "a=at 5 EIO*1", "b=close EIO", "a=close ENOSPC"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range specs {
		got = append(got, s.String())
	}
	if diff := cmp.Diff([]string{"a=at 5 EIO*1; close ENOSPC", "b=close EIO"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDraw(t *testing.T) {
	draw := func(seed uint64) string {
		specs := mustParse(t, "a=random 1MiB", "b=random 1MiB", "c=close EIO")
		Draw(specs, seed)
		return fmt.Sprint(specs[0].Plan, "|", specs[1].Plan, "|", specs[2].Plan)
	}
	first := draw(1)
	plans := strings.Split(first, "|")
	if first != draw(1) || first == draw(2) || plans[0] == plans[1] || plans[2] != "close EIO" {
		t.Errorf("seed 1 gives %s and %s, seed 2 %s", first, draw(1), draw(2))
	}
	specs := mustParse(t, "a=random 1MiB")
	Draw(specs, 1)
	for seed := range uint64(500) {
		specs := mustParse(t, "a=random 1MiB")
		Draw(specs, seed)
		if text := specs[0].Plan.String(); strings.HasSuffix(text, "EINTR") || strings.Contains(text, "EINTR;") {
			t.Errorf("seed %d: %s interrupts for good", seed, text)
		}
	}
	if errs := New(specs).Unfired(); len(errs) > 0 {
		t.Errorf("what was drawn must not fire: %v", errs)
	}
	if _, err := Parse("a=random 0", fault.ForExec, true, "/"); err == nil {
		t.Error("a random plan for no bytes is accepted")
	}
}

// TestAccount follows two opens of one target: bytes and rules for bytes begin anew with each, "open" does not.
func TestAccount(t *testing.T) {
	l := New(mustParse(t, "a=open EMFILE*1; at 5 EIO*1", "b=at 1MB ENOSPC", "c=fsync EIO"))
	a := l.Match("/x/a")
	named := a.Named("/x/a")
	step := named.Call(fault.OpOpen, 0)
	if step.Action == nil || step.Action.Errno != syscall.EMFILE {
		t.Fatalf("the first open meets %v", step.Action)
	}
	named.Fired(step, fault.OpOpen, "openat", 7)
	if step := named.Call(fault.OpOpen, 0); step.Action != nil {
		t.Fatalf("the second open meets %v", step.Action)
	}
	for range 2 {
		s := a.Open("/x/a")
		if step := s.Call(fault.OpWrite, 9); step.Limit != 5 || step.Action != nil {
			t.Fatalf("the first write: %+v", step)
		}
		s.Moved(fault.OpWrite, 5)
		step := s.Call(fault.OpWrite, 4)
		if step.Action == nil || step.Action.Errno != syscall.EIO {
			t.Fatalf("the second write meets %v", step.Action)
		}
		s.Fired(step, fault.OpWrite, "write", 8)
		s.Progressed()
	}
	b := l.Match("/x/b").Open("/x/b")
	b.Call(fault.OpWrite, 812331)
	b.Moved(fault.OpWrite, 812331)
	b.Progressed()
	l.Other("/x/d")

	rules := l.Rules()
	want := Rule{Target: "a", Rule: "at 5 EIO*1", Opens: 2, Fired: 2, Actions: []int64{2},
		First: &Event{"/x/a", 5, "write", 8}, Last: &Event{"/x/a", 5, "write", 8}}
	if diff := cmp.Diff(want, rules[1]); diff != "" {
		t.Error(diff)
	}
	if rules[0].Fired != 1 || rules[0].First.Call != "openat" {
		t.Errorf("open: %+v", rules[0])
	}
	wantErrs := errors.Join(
		fmt.Errorf("rule 'b=at 1MB ENOSPC' did not fire: 1 open matched, the furthest reached byte 812331"),
		fmt.Errorf("rule 'c=fsync EIO' did not fire: nothing matched; opened for writing: /x/d"))
	if diff := cmp.Diff(wantErrs.Error(), errors.Join(l.Unfired()...).Error()); diff != "" {
		t.Error(diff)
	}
}

// TestStandardInput: who writes a rule for what is written to standard input means what is read from it.
func TestStandardInput(t *testing.T) {
	for plan, want := range map[string]string{
		"at 5 EIO":      "it was there, the furthest reached byte 0; for what is read there is 'read at'",
		"read at 5 EIO": "it was there, the furthest read byte 0",
	} {
		l := New(mustParse(t, "stdin="+plan))
		l.Entries()[0].Open("stdin").Progressed()
		want = fmt.Sprintf("rule 'stdin=%s' did not fire: %s", plan, want)
		if got := errors.Join(l.Unfired()...).Error(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestBelow: all files of a folder, for who looks on.
func TestBelow(t *testing.T) {
	l := New([]Spec{{Target: Below("/var/log/")}})
	for name, want := range map[string]bool{"/var/log/a": true, "/var/log/sub/a": true, "/var/log": false, "/var/logs/a": false, "/a": false} {
		if got := l.Match(name) != nil; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if l.Match("/tmp/link", "/var/log/a") == nil || New([]Spec{{Target: Below("/")}}).Match("/a") == nil {
		t.Error("no match")
	}
}

// TestOthers: the first few names, each once.
func TestOthers(t *testing.T) {
	l := New(nil)
	for _, name := range []string{"/a", "/b", "/a"} {
		l.Other(name)
	}
	if names, more := l.Others(); strings.Join(names, " ") != "/a /b" || more {
		t.Errorf("%v, %v", names, more)
	}
	for i := range mostOthers {
		l.Other(fmt.Sprintf("/%d", i))
	}
	if names, more := l.Others(); len(names) != mostOthers || !more {
		t.Errorf("%v, %v", names, more)
	}
}
