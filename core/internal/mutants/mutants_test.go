//go:build unix

package main

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var all, none = regexp.MustCompile(""), regexp.MustCompile("^$")

// TestExamine: exactly the mistakes that the toy's tests overlook are told, but for the one that is explained.
func TestExamine(t *testing.T) {
	p, err := load("./testdata/toy", "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = p.examine(t.Context(), &out, options{only: all, skip: none, tests: all, jobs: 1})
	if err == nil || err.Error() != "2 mutants survived without an explanation" {
		t.Error(err)
	}
	want := `toy.go:10: tax: income > 1000000 → >=: no test fails
toy.go:31: never: a && b → ||: no test comes by
./testdata/toy: 10 mutants, of which 1 can't be noticed; 7 of 9 killed (77.8 %, 0 of them by going on for too long)
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestSomeTests: what is not run notices nothing.
func TestSomeTests(t *testing.T) {
	p, err := load("./testdata/toy", "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	p.examine(t.Context(), &out, options{only: all, skip: none, tests: none, jobs: 1})
	if want := "10 mutants, of which 1 can't be noticed; 0 of 9 killed"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, &out)
	}
}

// TestSample: each third mutant, and none that is explained.
func TestSample(t *testing.T) {
	p, err := load("./testdata/toy", "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	p.examine(t.Context(), &out, options{only: all, skip: none, tests: all, every: 3, jobs: 1})
	if want := ": 3 mutants, of which 0 can't be noticed; "; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, &out)
	}
}

// TestNeeded: an explanation is needed as long as one of the mutants that are printed alike survives.
func TestNeeded(t *testing.T) {
	points := []point{{file: "a.go", line: 1, fun: "f", code: "x", change: "y"}, {file: "a.go", line: 2, fun: "f", code: "x", change: "y"}}
	explained := map[string]string{"f: x → y": "since", "g: x → y": "since"}
	for _, tt := range []struct {
		fates []fate
		want  string
	}{
		{[]fate{killed, survived}, ""},
		{[]fate{timedOut, killed}, ""},
		{[]fate{killed, killed}, "a.go:1: f: x → y: is explained, but a test fails\na.go:2: f: x → y: is explained, but a test fails\n"},
	} {
		var out strings.Builder
		stale(&out, points, explained)
		if err := tell(&out, "p", points, tt.fates, explained); err != nil {
			t.Error(err)
		}
		told, sums, _ := strings.Cut(out.String(), "p: ")
		if want := "g: x → y: is explained, but there is no such mutant\n" + tt.want; told != want || sums == "" {
			t.Errorf("fates %v:\n%s", tt.fates, &out)
		}
	}
}

// TestKinds lists the mutants of the toy.
func TestKinds(t *testing.T) {
	p, err := load("./testdata/toy", "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := p.examine(t.Context(), &out, options{only: all, skip: none, list: true}); err != nil {
		t.Fatal(err)
	}
	want := `toy.go:10: tax: income > 1000000 → >=
toy.go:10: tax: income > 1000000 → the opposite
toy.go:11: tax: errLarge → nil
toy.go:13: tax: income <= 100 → <
toy.go:13: tax: income <= 100 → the opposite
toy.go:16: tax: income - 100 → +
toy.go:16: tax: (income - 100) / 10 → *
toy.go:23: count: b → the opposite
toy.go:24: count: n++ → n--
toy.go:31: never: a && b → ||
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTroubleIsNoKill: tests that can't be run have not noticed anything.
func TestTroubleIsNoKill(t *testing.T) {
	x := &examination{p: &pkg{folder: "."}, folder: t.TempDir(), binary: "./not-there", tests: []test{{name: "T", touches: map[int]bool{1: true}}}}
	if fates, err := x.all(t.Context(), []point{{number: 1}}, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v", fates, err)
	}
}
