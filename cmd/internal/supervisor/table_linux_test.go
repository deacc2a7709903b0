//go:build linux && (amd64 || arm64)

package supervisor

import (
	"math"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// TestSearch looks for a description that a process has: it stays as long as one of the trees has that process, and the trees behind
// that one are not asked for. What none has is closed when it was missing twice.
func TestSearch(t *testing.T) {
	spec, err := ledger.Parse("f=at 1MB ENOSPC", fault.ForExec, true, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var asked string
	tree := func(name string, processes ...int) func() []int {
		return func() []int {
			asked += name
			return processes
		}
	}
	nobody, quick, whole := tree("n"), tree("q", os.Getpid()), tree("w", os.Getpid())
	for _, tt := range []struct {
		name  string
		trees []func() []int
		asked string // by two searches
		stays bool
	}{
		{"found at once", []func() []int{quick, whole}, "qq", true},
		{"missed at first", []func() []int{nobody, whole}, "nwnw", true},
		{"nobody has it", []func() []int{nobody, nobody}, "nnnn", false},
	} {
		t.Run("case="+tt.name, func(t *testing.T) {
			fd, err := unix.Open(t.TempDir(), unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			d, err := newDescription(fd, ledger.New([]ledger.Spec{spec}).Entries()[0].Open("f"))
			if err != nil {
				t.Fatal(err)
			}
			table := newTable()
			table.add(d)
			table.release(d)
			asked = ""
			for range 2 {
				if err := table.search(numbers{{0, math.MaxInt32}}, tt.trees...); err != nil {
					t.Fatal(err)
				}
			}
			if asked != tt.asked {
				t.Errorf("asked %q, want %q", asked, tt.asked)
			}
			if table.empty() == tt.stays {
				t.Errorf("stays: %t, want %t", !tt.stays, tt.stays)
			}
			if err := table.search(numbers{}, quick); (err != nil) != tt.stays {
				t.Errorf("where no number is watched: %v", err)
			}
			table.closeAll()
		})
	}
}
