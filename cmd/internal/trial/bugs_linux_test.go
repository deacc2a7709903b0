//go:build linux && (amd64 || arm64)

package trial

import (
	"context"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// toyTemplate is the toy with a bug.
func toyTemplate(t *testing.T, bug string) Template {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := ParseTemplate([]string{self, toyWord, bug, "{out}", "{out}"}, true)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// someCells returns of each scenario the first output and standard output, at the first of its bytes.
func someCells(tmpl Template) (some []Selected) {
	first := map[string]string{}
	for _, s := range Select(tmpl, "", false) {
		at, seen := first[s.Name]
		if !seen {
			at = s.Place.At
			first[s.Name] = at
		}
		if s.Place.At == at && (s.Place.Pos == "" || s.Place.Pos == "1" || s.Place.Pos == "stdout") {
			some = append(some, s)
		}
	}
	return some
}

// offCells runs cells of a toy and returns the verdicts of those that are not good, by their names.
func offCells(t *testing.T, bug string, cells []Selected) map[string]string {
	t.Helper()
	r := &Runner{Folder: t.TempDir()}
	tool := Tool{Name: "toy", Template: toyTemplate(t, bug)}
	all := make([]Cell, len(cells))
	r.each(context.Background(), tool, cells, Options{Size: DefaultSize, Jobs: 4 * runtime.NumCPU()}, all)
	off := map[string]string{}
	for _, c := range all {
		switch {
		case c.Outcome == NotApplicable && bug == "none" && c.Scenario != "fsync-error" && !strings.HasPrefix(c.Name(), "open-error[pos=stdout"):
			t.Errorf("%s: n/a: %s", c.Name(), c.Evidence)
		case c.Outcome == Trouble:
			t.Errorf("%s: %s", c.Name(), c.Evidence)
		case c.Severity() == Noted || c.Severity() == Bad:
			off[c.Name()] = c.Verdict()
			t.Logf("%s: %s: %s", c.Name(), c.Verdict(), c.Evidence)
		}
	}
	return off
}

// TestGoodToy: a tee that does everything right has no cell that is not good, at any place.
func TestGoodToy(t *testing.T) {
	cells := Select(toyTemplate(t, "none"), "", false)
	if testing.Short() {
		cells = someCells(toyTemplate(t, "none"))
	}
	if off := offCells(t, "none", cells); len(off) > 0 {
		t.Errorf("%v", off)
	}
}

// Bugs that turn red whatever has an output that fails, at all or in its midst.
const (
	exitsZero   = "exits 0 always"
	blocksOnOne = "blocks on one output while another is dead"
)

// bugs are the cells that each bug turns red.
var bugs = map[string]map[string]string{
	"drops the chunk on EAGAIN": {
		"nonblock-stall[pos=stdout,at=1]": "lost, silent; silent",
	},
	"leaves residue": {
		"reader-dies-mid-chunk[pos=stdout,at=mid]": "corrupt; truthful", "reader-dies-mid-chunk[pos=1,at=mid]": "corrupt; truthful",
		"write-enospc[pos=stdout,at=mid]": "corrupt; truthful", "write-enospc[pos=1,at=mid]": "corrupt; truthful",
		"write-edquot[pos=stdout,at=mid]": "corrupt; truthful", "write-edquot[pos=1,at=mid]": "corrupt; truthful",
		"write-eio[pos=stdout,at=mid]": "corrupt; truthful", "write-eio[pos=1,at=mid]": "corrupt; truthful",
		"write-efbig[pos=stdout,at=mid]": "corrupt; truthful", "write-efbig[pos=1,at=mid]": "corrupt; truthful",
		"stderr-full[pos=stdout,at=mid]": "corrupt; truthful", "stderr-full[pos=1,at=mid]": "corrupt; truthful",
		"nonblock-stall-dies[pos=stdout,at=1]": "corrupt; truthful",
	},
	"retries a short write from the start": {
		"short-writes[pos=1,at=0]": "corrupt; silent", "short-writes[pos=stdout,at=0]": "corrupt; silent",
		"eintr[pos=1,at=mid]": "corrupt; silent", "eintr[pos=stdout,at=mid]": "corrupt; silent",
		"nonblock-stall[pos=stdout,at=1]": "corrupt; silent",
	},
	exitsZero:   {}, // see redCells
	blocksOnOne: {},
	"ignores close errors": {
		"close-error[pos=1]": "intact; silent", "close-error[pos=stdout]": "intact; silent",
	},
	"opens read-write": {
		"reader-exits[pos=1,at=mid]": "hang", "reader-dies-blocked[pos=1,at=mid]": "hang", "reader-dies-mid-chunk[pos=1,at=mid]": "hang",
		"sigpipe-ignored[pos=1,at=mid]": "hang", "several-exit-at-once[at=mid]": "hang", "several-exit-in-turn[at=mid]": "hang",
		"all-exit[at=mid]": "hang", "all-exit-idle[at=mid]": "hang",
	},
	"spins on POLLERR": {
		"nonblock-stall-dies[pos=stdout,at=1]": "spin",
	},
	"waits for its source only": {
		"all-exit-idle[at=mid]": "hang",
	},
	"fills its buffer first": {
		"tiny-writes[at=1]": "hang; truthful",
	},
	"drops an output on EINTR": {
		"eintr[pos=1,at=mid]": "lost, told; truthful", "eintr[pos=stdout,at=mid]": "lost, told; truthful",
	},
	"reuses a buffer too early": {
		"nonblock-stall[pos=stdout,at=1]": "corrupt; silent",
	},
	"counts in 32 bits": {}, // TestBig
	"ignores read errors": {
		"source-error[at=0]": "intact; silent", "closed-stdin": "intact; silent",
	},
	"takes EAGAIN for the end": {
		"source-nonblock[at=0]": "lost, silent; silent", "all-exit-idle[at=mid]": "hang",
	},
}

// redCells returns the cells that the bug turns red, of these.
func redCells(t *testing.T, bug string, cells []Selected) map[string]string {
	t.Helper()
	red := maps.Clone(bugs[bug])
	for _, s := range cells {
		c, err := s.makeCase(toyTemplate(t, bug), s.Place, DefaultSize, 0)
		if err != nil || s.Name == "fsync-error" { // which a toy never does
			continue
		}
		failing := slices.ContainsFunc(c.Outputs, func(o Output) bool { return o.Want != Whole })
		dying := slices.ContainsFunc(c.Outputs, func(o Output) bool { return o.Want == Prefix })
		switch {
		case bug == exitsZero && (failing || c.Source.Fails):
			red[s.Name+s.Place.String()] = "intact; silent"
		case bug == blocksOnOne && dying:
			red[s.Name+s.Place.String()] = "hang"
		}
	}
	return red
}

// TestBugs: each bug turns the right cells red, and only those. With YJOINT_LONG=1 all cells are tried, otherwise beside those a third
// of the others, with another bug another third.
func TestBugs(t *testing.T) {
	for n, bug := range slices.Sorted(maps.Keys(bugs)) {
		t.Run("bug="+bug, func(t *testing.T) {
			t.Parallel() // most of the time is for what hangs
			cells := someCells(toyTemplate(t, bug))
			want := redCells(t, bug, cells)
			if os.Getenv("YJOINT_LONG") == "" {
				i := n
				cells = slices.DeleteFunc(cells, func(s Selected) bool {
					i++
					return want[s.Name+s.Place.String()] == "" && (testing.Short() || i%3 != 0)
				})
			}
			if off := offCells(t, bug, cells); !maps.Equal(off, want) {
				t.Errorf("got %v, want %v", off, want)
			}
		})
	}
}

// TestWrapped: a fault that waits for the tool to be asleep waits for the one that a wrapper starts, however long the wrapper sleeps.
func TestWrapped(t *testing.T) {
	tmpl := toyTemplate(t, "takes EAGAIN for the end")
	const busy = `i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec "$@"`
	tmpl.Words = slices.Concat([]string{"sh", "-c", `sh -c "$@"; exit $?`, "sh", busy, "sh"}, tmpl.Words)
	r := &Runner{Folder: t.TempDir()}
	cells := make([]Cell, 1)
	// A stream that a pipe holds: once it is there, the toy is never without bytes.
	r.each(t.Context(), Tool{Name: "toy", Template: tmpl}, Select(tmpl, "source-nonblock[at=0]", false), Options{Size: 50_000, Jobs: 1}, cells)
	if got := cells[0].Verdict(); got != "lost, silent; silent" {
		t.Errorf("%s; %s", got, cells[0].Evidence)
	}
}
