package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yjoint/core/fault"
	_ "yjoint/internal/sysmon"
)

func TestMain(m *testing.M) {
	Main()
	os.Exit(m.Run())
}

// TestExpect has outcomes that were thought out by hand.
func TestExpect(t *testing.T) {
	for _, tt := range []struct {
		plan    string
		program Program
		want    Outcome
	}{
		{"", Program{Size: 10, Block: 4}, Outcome{Accepted: 10}},
		{"at 5 ENOSPC", Program{Size: 10, Block: 4}, Outcome{Accepted: 5, Errors: []string{"ENOSPC"}, Short: 1}},
		{"at 4 ENOSPC", Program{Size: 10, Block: 4, Patience: 1}, Outcome{Accepted: 4, Errors: []string{"ENOSPC", "ENOSPC"}}},
		{"across 5 ENOSPC", Program{Size: 10, Block: 4}, Outcome{Accepted: 4, Errors: []string{"ENOSPC"}}},
		{"at 5 EINTR*2", Program{Size: 10, Block: 4}, Outcome{Accepted: 10, Errors: []string{"EINTR", "EINTR"}, Short: 1}},
		{"at 5 short 1 -> EIO*1", Program{Size: 10, Block: 4, Patience: 1}, Outcome{Accepted: 10, Errors: []string{"EIO"}, Short: 2}},
		{"call 3 EIO*1; at 5 EINTR*1", Program{Size: 10, Block: 4, Patience: 1},
			Outcome{Accepted: 10, Errors: []string{"EIO", "EINTR"}, Short: 1}},
		{"fsync EIO; close ENOSPC", Program{Size: 10, Block: 4, Fsync: true}, Outcome{Accepted: 10, Fsync: "EIO", Close: "ENOSPC"}},
		{"fsync EIO; close ENOSPC", Program{Size: 10, Block: 4}, Outcome{Accepted: 10, Close: "ENOSPC"}},
	} {
		got, err := Expect(fault.MustParse(tt.plan), tt.program)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s, %+v: %v\n%s", tt.plan, tt.program, err, diff)
		}
	}
}

// TestCases requires that there are many, and that an expectation can be had for each.
func TestCases(t *testing.T) {
	all := append(Cases(), Random(1, 500)...)
	if len(all) < 600 {
		t.Errorf("%d cases", len(all))
	}
	for _, c := range all {
		if _, err := Expect(c.Plan, c.Program); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestCommand runs programs in another process, on files that don't fail.
func TestCommand(t *testing.T) {
	dir := t.TempDir()
	programs := []Program{{Path: filepath.Join(dir, "a"), Size: 100, Block: 7, Fsync: true}, {Path: filepath.Join(dir, "none", "b")}}
	cmd, err := Command(dir, programs)
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(stdout)
	if diff := cmp.Diff([]Outcome{{Accepted: 100}, {Open: "ENOENT"}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if text, err := os.ReadFile(programs[0].Path); err != nil || Check(text, programs[0], got[0]) != nil {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	text := make([]byte, 99)
	if Check(text, programs[0], Outcome{Accepted: 99}) == nil || Check(nil, programs[0], got[0]) == nil {
		t.Error("other bytes pass")
	}
}
