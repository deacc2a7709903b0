//go:build unix

package main

import (
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
	err = p.examine(t.Context(), &out, options{only: all, skip: none, jobs: 1})
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
